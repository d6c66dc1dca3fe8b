from __future__ import annotations

import pytest
from bson import Int64
from bson.decimal128 import Decimal128
from pymongo.errors import OperationFailure

ROWS = [
    {"_id": 1, "npub": "a", "mint": "m", "amount": 1, "proofs": [{"amount": 1}]},
    {"_id": 2, "npub": "a", "mint": "m", "amount": Int64(2), "proofs": [{"amount": 2}]},
    {"_id": 3, "npub": "b", "mint": "n", "amount": 4, "proofs": []},
    {"_id": 4, "npub": "b", "mint": "m", "amount": True},
]


@pytest.fixture
def rows(tokens):
    tokens.insert_many(ROWS)
    return tokens


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        (
            [{"$group": {"_id": "$npub", "sum": {"$sum": "$amount"}, "n": {"$sum": 1}}}],
            [{"_id": "a", "sum": 3, "n": 2}, {"_id": "b", "sum": 4, "n": 2}],
        ),
        (
            [
                {"$match": {"amount": {"$type": "number"}}},
                {"$group": {"_id": {"n": "$npub", "m": "$mint"}, "most": {"$max": "$amount"}}},
                {"$sort": {"_id.n": -1}},
                {"$limit": 1},
            ],
            [{"_id": {"n": "b", "m": "n"}, "most": 4}],
        ),
        ([{"$match": {"_id": {"$gt": 1}}}, {"$count": "n"}], [{"n": 3}]),
        (
            [{"$unwind": "$proofs"}, {"$group": {"_id": None, "s": {"$sum": "$proofs.amount"}}}],
            [{"_id": None, "s": 3}],
        ),
        (
            [{"$match": {"_id": 3}}, {"$project": {"_id": 0, "double": {"$add": ["$amount", 4]}}}],
            [{"double": 8}],
        ),
        (
            [
                {"$match": {"_id": 2}},
                {"$addFields": {"n": {"$size": "$proofs"}}},
                {"$unset": "proofs"},
            ],
            [{"_id": 2, "npub": "a", "mint": "m", "amount": 2, "n": 1}],
        ),
        (
            [
                {
                    "$group": {
                        "_id": {"$eq": ["$amount", 1]},
                        "n": {"$sum": {"$cond": ["$proofs", 1, 0]}},
                    }
                }
            ],
            [{"_id": True, "n": 1}, {"_id": False, "n": 2}],
        ),
        (
            [{"$match": {"_id": 4}}, {"$project": {"t": {"$type": "$amount"}, "m": "$nothing"}}],
            [{"_id": 4, "t": "bool"}],
        ),
        (
            [
                {"$match": {"_id": 1}},
                {"$set": {"mint": "$nothing", "s": {"$sum": "$proofs.amount"}}},
            ],
            [{"_id": 1, "npub": "a", "amount": 1, "proofs": [{"amount": 1}], "s": 1}],
        ),
        (
            [{"$match": {"_id": 1}}, {"$replaceRoot": {"newRoot": {"a": {"$toUpper": "$npub"}}}}],
            [{"a": "A"}],
        ),
        (
            [{"$match": {"_id": 1}}, {"$project": {"proofs": 0, "_id": 0, "npub": 0}}],
            [{"mint": "m", "amount": 1}],
        ),
        ([{"$sortByCount": "$mint"}], [{"_id": "m", "count": 3}, {"_id": "n", "count": 1}]),
        (
            [
                {"$group": {"_id": "$npub", "ids": {"$push": "$_id"}, "f": {"$first": "$mint"}}},
                {"$skip": 1},
            ],
            [{"_id": "b", "ids": [3, 4], "f": "n"}],
        ),
    ],
    ids=str,
)
def test_a_pipeline_gives_its_documents(rows, pipeline, expected):
    assert list(rows.aggregate(pipeline)) == expected


def test_sums_keep_the_type_of_whole_numbers(rows):
    [a, b] = rows.aggregate([{"$group": {"_id": "$npub", "sum": {"$sum": "$amount"}}}])
    assert (type(a["sum"]), type(b["sum"])) == (Int64, int)


def test_a_sum_beyond_64_bits_is_refused(tokens):
    tokens.insert_many([{"n": Int64(2**62)} for _ in range(2)])
    with pytest.raises(OperationFailure, match="64 bits"):
        list(tokens.aggregate([{"$group": {"_id": None, "s": {"$sum": "$n"}}}]))


def test_decimals_are_summed_exactly(tokens):
    tokens.insert_many([{"n": Decimal128("0.1")}, {"n": Decimal128("0.2")}, {"n": 1}])
    [total] = tokens.aggregate([{"$group": {"_id": None, "s": {"$sum": "$n"}}}])
    assert total["s"] == Decimal128("1.3")


def test_documents_of_another_collection_are_joined(database, rows):
    database.mints.insert_many([{"_id": "m", "name": "one"}, {"_id": "n", "name": "two"}])
    stage = {"from": "mints", "localField": "mint", "foreignField": "_id", "as": "of"}
    found = rows.aggregate([{"$lookup": stage}, {"$sort": {"_id": 1}}])
    assert [one["of"][0]["name"] for one in found] == ["one", "one", "two", "one"]


def test_a_result_is_kept_in_a_collection(database, rows):
    database.totals.insert_one({"_id": "old"})
    group = {"$group": {"_id": "$npub", "sum": {"$sum": "$amount"}}}
    assert list(rows.aggregate([group, {"$out": "totals"}])) == []
    assert [one["_id"] for one in database.totals.find()] == ["a", "b"]


def test_large_results_come_in_batches(tokens):
    tokens.insert_many([{"_id": n} for n in range(500)])
    assert len(list(tokens.aggregate([{"$match": {}}], batchSize=30))) == 500


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        ({"$merge": {"into": "x"}}, 40324),
        ({"$facet": {}}, 40324),
        ({"$unionWith": "x"}, 40324),
        ({"$nonsense": 1}, 40324),
        ({"$group": {"_id": None, "s": {"$stdDevPop": "$amount"}}}, 115),
        ({"$project": {"a": {"$nonsense": 1}}}, 115),
        ({"$project": {"a": "$$NOW"}}, 115),
        ({"$group": {"s": {"$sum": 1}}}, 2),
        ({"$limit": 0}, 2),
    ],
    ids=str,
)
def test_a_stage_that_is_not_served_is_refused_whatever_the_collection_holds(tokens, stage, code):
    with pytest.raises(OperationFailure) as refusal:
        tokens.aggregate([stage])
    assert refusal.value.code == code
