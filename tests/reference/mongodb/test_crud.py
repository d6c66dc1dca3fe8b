from __future__ import annotations

import pytest
from bson import Int64
from bson.decimal128 import Decimal128
from pymongo import DeleteOne, InsertOne, ReplaceOne, ReturnDocument, UpdateMany, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, WriteError


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        ({"a": 1}, {"$set": {"b.c": 2}}, {"a": 1, "b": {"c": 2}}),
        ({"a": [1, 2]}, {"$set": {"a.3": 9}}, {"a": [1, 2, None, 9]}),
        ({"a": 1, "b": 2}, {"$unset": {"a": ""}}, {"b": 2}),
        ({"a": [1, 2]}, {"$unset": {"a.0": ""}}, {"a": [None, 2]}),
        ({"a": 1}, {"$inc": {"a": 2, "n": 5}}, {"a": 3, "n": 5}),
        ({"a": 2**31 - 1}, {"$inc": {"a": 1}}, {"a": Int64(2**31)}),
        ({"a": Int64(1)}, {"$inc": {"a": 1}}, {"a": Int64(2)}),
        ({"a": 1}, {"$inc": {"a": 0.5}}, {"a": 1.5}),
        ({"a": 1}, {"$inc": {"a": Decimal128("0.1")}}, {"a": Decimal128("1.1")}),
        ({"a": 3}, {"$mul": {"a": Int64(2), "n": 7}}, {"a": Int64(6), "n": 0}),
        ({"a": 3, "b": "x"}, {"$min": {"a": 1}, "$max": {"b": 5}}, {"a": 1, "b": "x"}),
        ({"a": 1, "b": 2}, {"$rename": {"a": "c"}}, {"b": 2, "c": 1}),
        ({"a": [1]}, {"$push": {"a": 2, "n": 1}}, {"a": [1, 2], "n": [1]}),
        (
            {"a": [3, 1]},
            {"$push": {"a": {"$each": [2, 5], "$sort": 1, "$slice": -3}}},
            {"a": [2, 3, 5]},
        ),
        ({"a": [1]}, {"$push": {"a": {"$each": [7], "$position": 0}}}, {"a": [7, 1]}),
        ({"a": [1]}, {"$addToSet": {"a": {"$each": [1.0, 2]}}}, {"a": [1, 2]}),
        ({"a": [1, 2, 3]}, {"$pop": {"a": -1}}, {"a": [2, 3]}),
        ({"a": [{"n": 1}, {"n": 2}]}, {"$pull": {"a": {"n": {"$gt": 1}}}}, {"a": [{"n": 1}]}),
        ({"a": [1, 2, 1]}, {"$pullAll": {"a": [1]}}, {"a": [2]}),
        ({"a": 1}, {"$setOnInsert": {"b": 1}}, {"a": 1}),
        ({"a": 1}, {"$set": {"z": 1, "b": 1}}, {"a": 1, "b": 1, "z": 1}),
    ],
    ids=lambda value: str(value)[:50],
)
def test_an_update_changes_values_and_keeps_types(tokens, before, update, after):
    tokens.insert_one({"_id": 1} | before)
    result = tokens.update_one({"_id": 1}, update)
    found = tokens.find_one({"_id": 1})
    assert list(found.items()) == list(({"_id": 1} | after).items())
    assert [type(value) for value in found.values()][1:] == [type(v) for v in after.values()]
    assert result.modified_count == (before != after)


@pytest.mark.parametrize(
    ("update", "code"),
    [
        ({"$inc": {"n": 1}}, 2),
        ({"$inc": {"s": 1}}, 14),
        ({"$set": {"_id": 2}}, 66),
        ({"$set": {"a": 1, "a.b": 2}}, 40),
        ({"$set": {"s.x": 1}}, 28),
        ({"$set": {"a.$.b": 1}}, 115),
        ({"$nonsense": {"a": 1}}, 9),
        ({"$push": {"s": 1}}, 2),
        ([{"$set": {"a": 1}}], 115),
    ],
    ids=str,
)
def test_an_update_that_cannot_be_done_is_refused_and_changes_nothing(tokens, update, code):
    document = {"_id": 1, "n": Int64(2**63 - 1), "s": "text", "a": {}}
    tokens.insert_one(document)
    with pytest.raises(WriteError) as refusal:
        tokens.update_one({"_id": 1}, update)
    assert refusal.value.code == code
    assert tokens.find_one() == document


def test_the_same_value_of_another_type_is_a_change(tokens):
    tokens.insert_one({"_id": 1, "a": 1})
    assert tokens.update_one({}, {"$set": {"a": 1}}).modified_count == 0
    assert tokens.update_one({}, {"$set": {"a": 1.0}}).modified_count == 1
    assert type(tokens.find_one()["a"]) is float


def test_an_upsert_takes_over_what_the_filter_says(tokens):
    update = {"$set": {"c": 3}, "$setOnInsert": {"d": 4}}
    result = tokens.update_one({"_id": 5, "a": 1, "b": {"$gt": 2}}, update, upsert=True)
    assert result.upserted_id == 5
    assert tokens.find_one() == {"_id": 5, "a": 1, "c": 3, "d": 4}


def test_a_replacement_keeps_the_identity(tokens):
    tokens.insert_one({"_id": 1, "a": 1})
    tokens.replace_one({"a": 1}, {"b": 2})
    assert tokens.find_one() == {"_id": 1, "b": 2}
    with pytest.raises(WriteError):
        tokens.replace_one({"_id": 1}, {"_id": 2})


def test_bulk_writes_are_done_in_order_and_counted(tokens):
    result = tokens.bulk_write(
        [
            InsertOne({"_id": 1, "a": 1}),
            UpdateOne({"_id": 1}, {"$inc": {"a": 1}}),
            UpdateMany({}, {"$set": {"b": 1}}),
            ReplaceOne({"_id": 2}, {"c": 1}, upsert=True),
            DeleteOne({"_id": 1}),
        ]
    )
    assert (result.inserted_count, result.modified_count, result.deleted_count) == (1, 2, 1)
    assert result.upserted_ids == {3: 2}
    assert list(tokens.find()) == [{"_id": 2, "c": 1}]


@pytest.mark.parametrize(("ordered", "left"), [(True, 1), (False, 2)], ids=["ordered", "unordered"])
def test_a_duplicate_is_reported_by_its_place(tokens, ordered, left):
    with pytest.raises(BulkWriteError) as failure:
        tokens.insert_many([{"_id": 1}, {"_id": 1}, {"_id": 2}], ordered=ordered)
    [error] = failure.value.details["writeErrors"]
    assert (error["index"], error["code"], error["keyValue"]) == (1, 11000, {"_id": 1})
    assert tokens.count_documents({}) == left


def test_one_document_is_found_and_modified(tokens):
    tokens.insert_many([{"_id": 1, "a": 5}, {"_id": 2, "a": 9}])
    before = tokens.find_one_and_update({}, {"$inc": {"a": 1}}, sort=[("a", -1)])
    after = tokens.find_one_and_update(
        {"_id": 2}, {"$inc": {"a": 1}}, return_document=ReturnDocument.AFTER, projection={"a": 1}
    )
    assert (before, after) == ({"_id": 2, "a": 9}, {"_id": 2, "a": 11})
    assert tokens.find_one_and_delete({"_id": 1}) == {"_id": 1, "a": 5}
    assert tokens.find_one_and_update({"_id": 1}, {"$set": {"a": 1}}) is None


def test_documents_are_deleted_one_or_all(tokens):
    tokens.insert_many([{"a": 1} for _ in range(4)])
    assert tokens.delete_one({"a": 1}).deleted_count == 1
    assert tokens.delete_many({"a": 1}).deleted_count == 3
    assert tokens.delete_many({"a": 1}).deleted_count == 0


def test_an_unacknowledged_write_is_done_all_the_same(tokens):
    from pymongo import WriteConcern

    tokens.with_options(write_concern=WriteConcern(w=0)).insert_one({"_id": 1})
    tokens.insert_one({"_id": 2})
    assert tokens.count_documents({}) == 2


def test_values_in_use_are_counted_and_listed(tokens):
    tokens.insert_many([{"m": ["a", "b"]}, {"m": "a"}, {"m": None}, {}])
    assert tokens.distinct("m") == [None, "a", "b"]
    assert tokens.estimated_document_count() == 4
    assert tokens.count_documents({"m": "a"}) == 2


def test_an_identity_cannot_be_an_array(tokens):
    with pytest.raises(WriteError) as refusal:
        tokens.insert_one({"_id": [1]})
    assert refusal.value.code == 53


def test_a_unique_index_holds_for_inserts_and_updates(tokens):
    tokens.create_index("secret", unique=True)
    tokens.insert_many([{"_id": 1, "secret": "a"}, {"_id": 2, "secret": "b"}])
    with pytest.raises(DuplicateKeyError):
        tokens.insert_one({"secret": "a"})
    with pytest.raises(DuplicateKeyError):
        tokens.update_one({"_id": 2}, {"$set": {"secret": "a"}})
    tokens.delete_one({"_id": 1})
    tokens.update_one({"_id": 2}, {"$set": {"secret": "a"}})
