from __future__ import annotations

from datetime import datetime

import pytest
from bson import Int64, ObjectId, Regex
from bson.decimal128 import Decimal128

from fixtures.reference.mongodb.errors import CommandError
from fixtures.reference.mongodb.matching import compile_filter

DOCUMENT = {
    "_id": ObjectId("0123456789ab0123456789ab"),
    "npub": "npub1abc",
    "amount": 21,
    "long": Int64(21),
    "double": 21.5,
    "decimal": Decimal128("21"),
    "gone": None,
    "flag": True,
    "at": datetime(2025, 8, 8),
    "tags": ["a", "b"],
    "proofs": [{"amount": 1, "id": "x"}, {"amount": 20, "id": "y"}],
    "metadata": {"migrated": True, "legacy": {"n": 1}},
    "empty": [],
}


@pytest.mark.parametrize(
    "criteria",
    [
        {},
        {"amount": 21},
        {"amount": 21.0, "long": 21, "decimal": 21},
        {"gone": None, "absent": None},
        {"absent": {"$exists": False}, "gone": {"$exists": True}},
        {"amount": {"$gt": 20, "$lte": 21}},
        {"amount": {"$in": [1, 21.0]}},
        {"npub": {"$in": [Regex("^npub1")]}},
        {"npub": Regex("ABC$", "i")},
        {"npub": {"$regex": "ABC$", "$options": "i"}},
        {"npub": {"$not": {"$regex": "x"}}},
        {"tags": "a"},
        {"tags": ["a", "b"]},
        {"tags": {"$all": ["b", "a"], "$size": 2}},
        {"tags": {"$ne": "c", "$nin": ["d"]}},
        {"tags.1": "b"},
        {"proofs.amount": 20},
        {"proofs": {"$elemMatch": {"amount": {"$gt": 5}, "id": "y"}}},
        {"proofs.0.id": "x"},
        {"metadata": {"migrated": True, "legacy": {"n": 1}}},
        {"metadata.legacy.n": {"$type": "int"}},
        {"amount": {"$type": "int"}, "long": {"$type": "long"}, "double": {"$type": 1}},
        {"decimal": {"$type": ["number"]}, "gone": {"$type": "null"}},
        {"$or": [{"amount": 1}, {"flag": True}]},
        {"$and": [{"amount": 21}, {"$nor": [{"amount": 20}]}]},
        {"$expr": {"$gt": ["$double", "$amount"]}},
        {"at": {"$lt": datetime(2026, 1, 1)}},
        {"amount": {"$mod": [2, 1]}},
        {"empty": [], "empty.0": {"$exists": False}},
        {"$jsonSchema": {"required": ["npub"], "properties": {"amount": {"bsonType": "int"}}}},
    ],
    ids=str,
)
def test_the_filter_matches(criteria):
    assert compile_filter(criteria)(DOCUMENT)


@pytest.mark.parametrize(
    "criteria",
    [
        {"flag": 1},
        {"amount": True},
        {"amount": "21"},
        {"amount": {"$gt": "1"}},
        {"amount": {"$gte": None}},
        {"long": {"$type": "int"}},
        {"amount": {"$type": "long"}},
        {"gone": {"$exists": False}},
        {"absent": {"$exists": True}},
        {"tags": {"$ne": "a"}},
        {"tags": {"$nin": ["b"]}},
        {"tags": ["b", "a"]},
        {"proofs": {"$elemMatch": {"amount": 1, "id": "y"}}},
        {"metadata": {"legacy": {"n": 1}, "migrated": True}},
        {"$nor": [{"amount": 21}]},
        {"$expr": {"$lt": ["$double", "$amount"]}},
        {"$jsonSchema": {"required": ["absent"]}},
    ],
    ids=str,
)
def test_the_filter_does_not_match(criteria):
    assert not compile_filter(criteria)(DOCUMENT)


@pytest.mark.parametrize(
    "criteria",
    [
        {"a": {"$near": [1, 2]}},
        {"a": {"$bitsAllSet": 1}},
        {"$where": "true"},
        {"$text": {"$search": "x"}},
        {"$and": []},
        {"a": {"$in": 1}},
        {"a": {"$regex": "("}},
        {"a": {"$type": "nonsense"}},
        {"$expr": {"$nonsense": 1}},
        {"$expr": {"$gt": ["$$NOW", 1]}},
        {"$jsonSchema": {"oneOf": []}},
    ],
    ids=str,
)
def test_what_is_not_understood_is_refused_before_any_document_is_seen(criteria):
    with pytest.raises(CommandError):
        compile_filter(criteria)
