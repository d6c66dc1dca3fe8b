from __future__ import annotations

import math
import string
from datetime import UTC, datetime
from decimal import Decimal

import bson
import pytest
from bson import Binary, Code, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.decimal128 import Decimal128
from bson.raw_bson import RawBSONDocument
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.errors import DuplicateKeyError, WriteError

from fixtures.reference.mongodb import raw
from fixtures.reference.mongodb.errors import CommandError
from fixtures.reference.mongodb.values import order_key

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1).map(Int64),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.tuples(st.binary(max_size=9), st.sampled_from([0, 2, 3, 4, 5, 128])).map(
        lambda pair: Binary(pair[0].ljust(16, b"x"), pair[1])
    ),
    st.binary(min_size=12, max_size=12).map(ObjectId),
    st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)),
    st.decimals(allow_nan=True, places=6, min_value=-1000, max_value=1000).map(Decimal128),
    st.tuples(st.sampled_from(["a", "^b.*", ""]), st.sampled_from(["", "i", "imx"])).map(
        lambda pair: Regex(*pair)
    ),
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)).map(lambda p: Timestamp(*p)),
    st.sampled_from([MinKey(), MaxKey(), Code("f()"), Code("g()", {"a": 1})]),
)
NAMES = st.text(string.ascii_letters + "é_-", min_size=1, max_size=8).filter(
    lambda name: name != "_id"
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=6)
THOROUGH = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def as_raw(database):
    return database.tokens.with_options(bson.CodecOptions(document_class=RawBSONDocument))


@THOROUGH
@given(document=DOCUMENTS)
def test_what_goes_in_comes_out_byte_for_byte(database, document):
    sent = bson.encode({"_id": ObjectId()} | document)
    as_raw(database).insert_one(RawBSONDocument(sent))
    identity = bson.decode(sent)["_id"]
    assert as_raw(database).find_one({"_id": identity}).raw == sent


@THOROUGH
@given(document=DOCUMENTS, touched=NAMES, value=VALUES)
def test_an_update_leaves_all_other_fields_byte_for_byte(database, document, touched, value):
    identity = ObjectId()
    as_raw(database).insert_one(RawBSONDocument(bson.encode({"_id": identity} | document)))
    database.tokens.update_one({"_id": identity}, {"$set": {touched: value}})
    expected = {"_id": identity} | document
    expected[touched] = value
    assert as_raw(database).find_one({"_id": identity}).raw == bson.encode(expected)


@given(document=DOCUMENTS)
def test_a_document_is_taken_apart_and_put_together_unchanged(document):
    encoded = bson.encode(document)
    assert raw.assemble(part for _, part in raw.elements(encoded)) == encoded
    assert raw.Draft(encoded).encode() == encoded


@given(content=st.binary(max_size=60))
def test_bytes_that_are_no_document_are_refused_and_nothing_else(content):
    try:
        list(raw.elements(content))
        raw.decode(content)
    except (ValueError, CommandError):
        return


@given(one=VALUES, other=VALUES)
def test_values_have_one_order(one, other):
    assert (order_key(one) < order_key(other)) == (order_key(other) > order_key(one))
    assert order_key(one) == order_key(bson.decode(bson.encode({"": one}))[""])


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (1, Int64(1)), (0.5, Decimal128("0.50")), (Int64(2**60), Decimal128(str(2**60)))],
    ids=repr,
)
def test_numbers_are_equal_by_value_across_types(one, other):
    assert order_key(one) == order_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (0, False), ("1", 1), (None, 0), ({"a": 1, "b": 2}, {"b": 2, "a": 1})],
    ids=repr,
)
def test_values_of_other_types_or_field_orders_are_not_equal(one, other):
    assert order_key(one) != order_key(other)


def test_types_are_ordered_as_documented():
    ordered = [
        MinKey(),
        None,
        math.nan,
        -1.5,
        Decimal128(Decimal("2.25")),
        Int64(2**62),
        "a",
        {"a": 1},
        [1],
        b"x",
        ObjectId(),
        False,
        True,
        datetime.now(UTC),
        Timestamp(1, 1),
        Regex("a"),
        MaxKey(),
    ]
    assert sorted(reversed(ordered), key=order_key) == ordered


def test_an_identity_is_moved_to_the_front(database):
    as_raw(database).database.command(
        {"insert": "tokens", "documents": [RawBSONDocument(bson.encode({"a": 1, "_id": 7}))]}
    )
    assert as_raw(database).find_one({"_id": 7}).raw == bson.encode({"_id": 7, "a": 1})


def test_equal_numbers_are_one_identity(tokens):
    tokens.insert_one({"_id": 1})
    with pytest.raises(DuplicateKeyError):
        tokens.insert_one({"_id": 1.0})
    tokens.insert_one({"_id": True})
    assert tokens.count_documents({}) == 2


def test_a_field_that_cannot_be_rewritten_exactly_is_not_changed(database):
    twice = raw.assemble([raw.element("_id", 1), raw.element("a", 1), raw.element("a", 2)])
    as_raw(database).insert_one(RawBSONDocument(twice))
    with pytest.raises(WriteError, match="repeated field names"):
        database.tokens.update_one({"_id": 1}, {"$set": {"b": 1}})
    assert as_raw(database).find_one({"_id": 1}).raw == twice
