from __future__ import annotations

import pytest
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import CollectionInvalid, OperationFailure, WriteError

SCHEMA = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["npub", "amount"],
        "properties": {
            "npub": {"bsonType": "string", "pattern": "^npub1"},
            "amount": {"bsonType": ["int", "long"], "minimum": 0},
            "status": {"enum": ["active", "spent"]},
        },
    }
}


def test_collections_and_databases_are_listed_while_they_exist(client, database):
    database.create_collection("made")
    database.implied.insert_one({})
    assert sorted(database.list_collection_names()) == ["implied", "made"]
    assert database.name in client.list_database_names()
    with pytest.raises(CollectionInvalid):
        database.create_collection("made")
    database.made.drop()
    database.made.drop()
    assert database.list_collection_names() == ["implied"]


def test_indexes_are_built_listed_and_dropped(tokens):
    tokens.insert_many([{"npub": "a"}, {"npub": "b"}])
    name = tokens.create_index([("npub", ASCENDING), ("mint", DESCENDING)])
    assert tokens.create_index([("npub", 1), ("mint", -1)]) == name
    assert list(tokens.index_information()) == ["_id_", "npub_1_mint_-1"]
    assert list(tokens.find({"npub": "b"}, hint=name)) == list(tokens.find({"npub": "b"}))
    tokens.drop_index(name)
    assert list(tokens.index_information()) == ["_id_"]
    with pytest.raises(OperationFailure) as refusal:
        tokens.drop_index(name)
    assert refusal.value.code == 27


def test_an_index_finds_what_a_scan_finds_after_every_kind_of_write(tokens):
    tokens.insert_many([{"_id": n, "k": n % 7, "l": [n % 3, n % 5]} for n in range(200)])
    scanned = {field: [list(tokens.find({field: n})) for n in range(7)] for field in ("k", "l")}
    tokens.create_index("k")
    tokens.create_index("l")
    assert {f: [list(tokens.find({f: n})) for n in range(7)] for f in ("k", "l")} == scanned
    tokens.update_many({"k": 3}, {"$set": {"k": 4}})
    tokens.delete_many({"l": 2})
    tokens.replace_one({"_id": 0}, {"k": 3})
    assert tokens.database.command("validate", "tokens")["valid"]
    assert [one["_id"] for one in tokens.find({"k": 3})] == [0]


def test_a_unique_index_is_not_built_over_duplicates(tokens):
    tokens.insert_many([{"a": 1}, {"a": 1}])
    with pytest.raises(OperationFailure) as refusal:
        tokens.create_index("a", unique=True)
    assert refusal.value.code == 11000
    assert list(tokens.index_information()) == ["_id_"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"unique": True}, 86),
        ({"name": "other"}, 85),
    ],
    ids=str,
)
def test_another_index_in_the_place_of_one_is_refused(tokens, options, code):
    tokens.create_index("a")
    with pytest.raises(OperationFailure) as refusal:
        tokens.create_index("a", **options)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("keys", "options"),
    [
        ([("a", "text")], {}),
        ([("a", "2dsphere")], {}),
        ([("a", "hashed")], {}),
        ([("$**", 1)], {}),
        ([("a", 1)], {"expireAfterSeconds": 5}),
        ([("a", 1)], {"collation": {"locale": "de"}}),
    ],
    ids=str,
)
def test_an_index_that_would_not_work_is_refused(tokens, keys, options):
    with pytest.raises(OperationFailure) as refusal:
        tokens.create_index(keys, **options)
    assert refusal.value.code == 67


def test_a_partial_unique_index_holds_for_what_it_covers(tokens):
    partial = {"status": "active"}
    tokens.create_index("secret", unique=True, partialFilterExpression=partial)
    tokens.insert_many([{"secret": 1}, {"secret": 1}, {"secret": 1, "status": "active"}])
    with pytest.raises(WriteError):
        tokens.insert_one({"secret": 1, "status": "active"})
    assert tokens.count_documents({"secret": 1}) == 3


@pytest.mark.parametrize(
    "document",
    [
        {"npub": "npub1x"},
        {"npub": "x", "amount": 1},
        {"npub": "npub1x", "amount": 1.5},
        {"npub": "npub1x", "amount": -1},
        {"npub": "npub1x", "amount": 1, "status": "lost"},
    ],
    ids=str,
)
def test_a_validator_keeps_documents_out(database, document):
    good = {"_id": 1, "npub": "npub1x", "amount": 1, "status": "active"}
    database.create_collection("tokens", validator=SCHEMA)
    database.tokens.insert_one(good)
    with pytest.raises(WriteError) as refusal:
        database.tokens.insert_one(document)
    assert refusal.value.code == 121
    with pytest.raises(WriteError):
        database.tokens.replace_one({"_id": 1}, document)
    assert list(database.tokens.find()) == [good]


def test_a_validator_added_later_is_moderate_with_what_was_there(database):
    database.tokens.insert_one({"_id": 1})
    database.command("collMod", "tokens", validator=SCHEMA, validationLevel="moderate")
    database.tokens.update_one({"_id": 1}, {"$set": {"a": 1}})
    with pytest.raises(WriteError):
        database.tokens.insert_one({"_id": 2})
    [described] = database.list_collections()
    assert described["options"]["validator"] == SCHEMA


def test_a_validator_that_cannot_be_enforced_is_refused(database):
    with pytest.raises(OperationFailure):
        database.create_collection("tokens", validator={"$jsonSchema": {"oneOf": [{}]}})
    assert database.list_collection_names() == []
