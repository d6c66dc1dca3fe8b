import pytest

from fixtures.probes.query_plans import read_plan

KEY = {"npub": 1, "status": 1}
IXSCAN = {"stage": "IXSCAN", "keyPattern": KEY, "indexName": "npub_1_status_1"}
COLLSCAN = {"stage": "COLLSCAN", "direction": "forward"}


def explained(plan, **more):
    return {"queryPlanner": {"winningPlan": plan, "rejectedPlans": [COLLSCAN]}, **more}


def test_an_index_is_found_below_what_is_done_with_its_documents():
    plan = read_plan(
        explained(
            {"stage": "SORT", "inputStage": {"stage": "FETCH", "inputStage": IXSCAN}},
            executionStats={"totalDocsExamined": 7, "nReturned": 5},
        )
    )
    assert not plan.scans
    assert plan.uses(KEY)
    assert not plan.uses(dict(reversed(KEY.items())))
    assert (plan.examined, plan.returned) == (7, 5)


@pytest.mark.parametrize(
    "plan",
    [
        COLLSCAN,
        {"stage": "OR", "inputStages": [IXSCAN, COLLSCAN]},
        {"stage": "SHARD_MERGE",
         "shards": [{"shardName": "a", "winningPlan": IXSCAN},
                    {"shardName": "b", "winningPlan": COLLSCAN}]},
        {"queryPlan": {"stage": "FETCH", "inputStage": COLLSCAN}, "slotBasedPlan": {}},
        {"stage": "EQ_LOOKUP", "inputStage": {"stage": "CLUSTERED_COLLSCAN"}},
    ],
    ids=["plain", "one branch", "one shard", "slot based", "clustered"],
)  # fmt: skip
def test_a_scan_is_found_wherever_it_is(plan):
    assert read_plan(explained(plan)).scans


def test_a_rejected_plan_is_not_the_plan():
    assert not read_plan(explained(IXSCAN)).scans


def test_a_look_up_by_identity_goes_by_that_index():
    assert read_plan(explained({"stage": "IDHACK"})).uses({"_id": 1})


@pytest.mark.parametrize(
    "answer",
    [{}, {"queryPlanner": {}}, {"queryPlanner": []}, explained({}), explained({"stage": "EOF"})],
    ids=["nothing", "no plan", "no planner", "no stage", "no collection"],
)
def test_what_says_nothing_about_the_query_is_no_plan(answer):
    with pytest.raises(ValueError, match="no winning plan"):
        read_plan(answer)
