"""Plans as the engine chooses them."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.database import Database


@pytest.fixture
def filled(tokens: Collection[Any]) -> Collection[Any]:
    tokens.insert_many({"_id": n, "npub": n % 10, "amount": n} for n in range(100))
    tokens.create_index([("npub", 1), ("amount", 1)], name="by_npub")
    return tokens


def plan(tokens: Collection[Any], inner: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = tokens.database.command("explain", inner)
    return answer["queryPlanner"]["winningPlan"], answer["executionStats"]


def test_an_equal_value_is_found_by_its_index(filled: Collection[Any]) -> None:
    found, cost = plan(filled, {"find": "tokens", "filter": {"npub": 3, "amount": {"$gt": 50}}})
    assert found["inputStage"] == {
        "stage": "IXSCAN",
        "indexName": "by_npub",
        "keyPattern": {"npub": 1, "amount": 1},
        "direction": "forward",
    }
    assert (cost["nReturned"], cost["totalKeysExamined"], cost["totalDocsExamined"]) == (5, 10, 10)


@pytest.mark.parametrize(
    ("criteria", "returned"),
    [({"amount": 7}, 1), ({"npub": {"$gt": 8}}, 10), ({}, 100)],
    ids=["no index", "no equality", "everything"],
)
def test_all_else_is_a_scan(
    filled: Collection[Any], criteria: dict[str, Any], returned: int
) -> None:
    found, cost = plan(filled, {"find": "tokens", "filter": criteria})
    assert found["stage"] == "COLLSCAN"
    assert (cost["nReturned"], cost["totalDocsExamined"]) == (returned, 100)


def test_identities_are_found_by_their_own_index(filled: Collection[Any]) -> None:
    found, cost = plan(filled, {"count": "tokens", "query": {"_id": 5}})
    assert found["inputStage"]["indexName"] == "_id_"
    assert cost["totalDocsExamined"] == 1


def test_a_sort_is_a_stage_above(filled: Collection[Any]) -> None:
    found, _ = plan(filled, {"find": "tokens", "filter": {"npub": 3}, "sort": {"amount": -1}})
    assert found["stage"] == "SORT"
    assert found["inputStage"]["inputStage"]["stage"] == "IXSCAN"


def test_a_pipeline_is_explained_by_what_it_matches_first(filled: Collection[Any]) -> None:
    pipeline = [{"$match": {"npub": 3}}, {"$group": {"_id": None, "sum": {"$sum": "$amount"}}}]
    found, _ = plan(filled, {"aggregate": "tokens", "pipeline": pipeline, "cursor": {}})
    assert found["inputStage"]["stage"] == "IXSCAN"
    found, _ = plan(filled, {"aggregate": "tokens", "pipeline": pipeline[1:], "cursor": {}})
    assert found["stage"] == "COLLSCAN"


def test_a_hidden_index_finds_nothing(tokens: Collection[Any]) -> None:
    tokens.insert_many({"_id": n, "npub": n} for n in range(5))
    tokens.create_index("npub", name="hidden", hidden=True)
    found, _ = plan(tokens, {"find": "tokens", "filter": {"npub": 3}})
    assert found["stage"] == "COLLSCAN"
    assert tokens.find_one({"npub": 3}) == {"_id": 3, "npub": 3}


def test_a_cursor_of_the_driver_explains_itself(filled: Collection[Any]) -> None:
    answer = filled.find({"npub": 3}).explain()
    assert answer["queryPlanner"]["winningPlan"]["inputStage"]["stage"] == "IXSCAN"


def test_the_plan_alone_runs_nothing(filled: Collection[Any]) -> None:
    answer = filled.database.command("explain", {"find": "tokens"}, verbosity="queryPlanner")
    assert "executionStats" not in answer


def test_a_collection_that_is_not_there_ends_at_once(database: Database[Any]) -> None:
    found, _ = plan(database.tokens, {"find": "missing"})
    assert found == {"stage": "EOF"}
