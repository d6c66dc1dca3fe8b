"""Indexes beside documents: whatever is written, they hold what an index built anew would."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Regex
from hypothesis import given
from hypothesis import strategies as st

from fixtures.reference.mongodb import raw
from fixtures.reference.mongodb.contents import Contents, Index
from fixtures.reference.mongodb.errors import CommandError
from fixtures.reference.mongodb.matching import compile_filter
from fixtures.reference.mongodb.store import Scope, Store
from fixtures.reference.mongodb.updating import Update
from fixtures.reference.mongodb.values import order_key

NS = "d.tokens"
INDEXES = (
    ("by_npub", (("npub", 1), ("status", 1)), {}),
    ("by_nested", (("metadata.at", 1),), {"unique": True, "sparse": True}),
    ("by_part", (("status", 1),), {"partial": {"amount": {"$gt": 2}}}),
)
VALUES = st.integers(0, 4)
UPDATES = st.sampled_from(
    [
        {"$set": {"npub": "b"}},
        {"$unset": {"npub": ""}},
        {"$set": {"metadata.at": 1}},
        {"$set": {"metadata.at": 2, "other": 1}},
        {"$unset": {"metadata": ""}},
        {"$set": {"amount": 1}},
        {"$set": {"amount": 9}},
        {"$rename": {"other": "status"}},
        {"$rename": {"npub": "other"}},
        {"npub": "c", "status": 3},
    ]
)
STEPS = st.lists(st.tuples(VALUES, UPDATES | st.none()), max_size=12)


def indexes() -> dict[str, Index]:
    return {name: Index(name, keys, **options) for name, keys, options in INDEXES}


def shown(contents: Contents) -> Any:
    """The indexes without the order in which documents came into them."""
    return {
        name: (one.entries, {key: set(found) for key, found in one.first.items()})
        for name, one in contents.indexes.items()
    }


def rebuilt(contents: Contents) -> Contents:
    made = Contents()
    made.indexes = indexes()
    for identity, document in contents.documents.items():
        made.put(identity, document, made.entries(raw.decode(document)))
    return made


@given(STEPS)
def test_an_index_holds_what_one_built_anew_would(steps: list[tuple[int, Any]]) -> None:
    store = Store()
    store.ensure(NS)
    store.namespaces[NS].indexes = indexes()
    for number in range(5):
        document = {"_id": number, "npub": "a", "status": number % 2, "amount": number}
        store.write(
            Scope(),
            NS,
            lambda writer, one=document: writer.insert(order_key(one["_id"]), raw.encode(one), one),
        )
    for number, update in steps:
        key = order_key(number)
        before = store.namespaces[NS].documents.get(key)
        try:
            if update is None or before is None:
                store.write(Scope(), NS, lambda writer, one=key: writer.remove([one]))
                continue
            change = Update(update)
            made = change.apply(before)
            store.write(
                Scope(),
                NS,
                lambda writer, one=key, to=made, by=change: writer.replace({one: to}, by.touched),
            )
        except CommandError as error:
            if error.name != "DuplicateKey" or store.namespaces[NS].documents[key] != before:
                raise
    held = store.namespaces[NS]
    assert shown(held) == shown(rebuilt(held))
    assert held.size == sum(map(len, held.documents.values()))


@pytest.mark.parametrize(
    ("update", "touched"),
    [
        ({"$set": {"a.b": 1, "c": 2}, "$unset": {"d": ""}}, {"a", "c", "d"}),
        ({"$rename": {"a": "b"}}, {"a", "b"}),
        ({"$setOnInsert": {"a": 1}}, set()),
        ({"a": 1}, None),
    ],
    ids=["operators", "renames", "on insert", "replacement"],
)
def test_an_update_tells_which_fields_it_may_change(update: Any, touched: Any) -> None:
    assert Update(update).touched == touched


@pytest.mark.parametrize(
    "criteria",
    [
        {},
        {"_id": 3},
        {"_id": {"$eq": 3}},
        {"_id": {"$in": [1, 3, 9]}},
        {"_id": {"$in": [1, 3], "$gt": 2}},
        {"_id": {"$in": [1, 3]}, "npub": "b"},
        {"_id": {"$in": [1, Regex("x")]}},
        {"_id": 1, "$and": [{"_id": 3}]},
        {"$and": [{"_id": {"$gt": 1}}, {"_id": 3}]},
        {"_id": {"$gt": 2}, "$and": [{"_id": 1}]},
        {"npub": "a", "_id": {"$in": [2, 3]}},
        {"npub": "b"},
    ],
    ids=str,
)
def test_what_is_looked_up_is_what_matches(criteria: Any) -> None:
    contents = Contents()
    contents.indexes = indexes()
    for number in range(5):
        one = {"_id": number, "npub": "ab"[number % 2], "metadata": {"at": number}}
        contents.put(order_key(number), raw.encode(one), contents.entries(one))
    matches = compile_filter(criteria)
    everything = (raw.decode(one) for one in contents.documents.values())
    found = [document for _, _, document in contents.select(criteria)]
    assert found == [one for one in everything if matches(one)]


def test_a_filter_that_is_not_understood_is_refused_also_where_an_identity_is_named() -> None:
    contents = Contents()
    for criteria in ({"_id": {"$in": [{"$gt": 1}]}}, {"_id": 1, "$where": "x"}):
        with pytest.raises(CommandError):
            list(contents.select(criteria))
