"""The token store after the release: plans, slow statements and query times."""

from datetime import timedelta

import pytest

from fixtures.probes.query_plans import read_plan
from fixtures.probes.time_series import Comparison, chance_of_as_many, quantile_of_buckets
from suites.nctool.observed import HOUR, WEEK

TOKENS = "cashutokens"
NEW_INDEX = {"npub": 1, "status": 1, "transaction_type": 1}
WATCHED = 2 * HOUR
ENOUGH_STATEMENTS = 1_000
BY_CHANCE = 0.01


@pytest.mark.item("NC-POST-02")
def test_the_new_query_goes_by_the_new_index(store, evidence):
    """The queries that atomic melts live on find a user's tokens by the new index.

    An index that is there and not used makes each melt read every token of everybody.
    """
    newest = store.aggregate(TOKENS, [{"$limit": 1}, {"$project": {"npub": 1}}])
    if not newest:
        evidence.inconclusive(f"{TOKENS} is empty, so every plan is as good as any other")
    user = newest[0]["npub"]
    queries = {
        "a user's tokens to spend": {"npub": user, "status": "unspent"},
        "a user's melted tokens": {"npub": user, "status": "spent", "transaction_type": "melted"},
    }
    plans = {
        name: read_plan(store.command("explain", {"find": TOKENS, "filter": query}))
        for name, query in queries.items()
    }

    evidence.observe(
        queries_explained=len(plans),
        documents=store.count(TOKENS),
        documents_examined=max(plan.examined or 0 for plan in plans.values()),
    )
    for name, plan in plans.items():
        assert not plan.scans, f"{name}: expected an index, observed {' < '.join(plan.stages)}"
        assert plan.uses(NEW_INDEX), f"{name}: expected {NEW_INDEX}, observed {plan.keys}"


@pytest.mark.item("NC-POST-02")
def test_statements_are_as_fast_as_before_the_release(observed, evidence):
    """In the first two hours no more statements were slow, and the usual ones not slower.

    The store is shared: one query without an index slows all others down with it.
    """
    now = observed.window(timedelta(0), WATCHED)
    before = now.earlier(WEEK)
    buckets = [observed.buckets("query_buckets", window) for window in (now, before)]
    slow, slow_before = (observed.value("slow_queries", window) for window in (now, before))
    if not all(buckets):
        evidence.inconclusive("Prometheus has no times of statements for one of the weeks")
    done, done_before = (max(each.values()) for each in buckets)
    times = [1000 * quantile_of_buckets(each, 0.95) for each in buckets]
    compared = Comparison(*times, done, done_before)
    if compared.too_few(ENOUGH_STATEMENTS):
        evidence.inconclusive(f"{done:.0f} statements now and {done_before:.0f} before: too few")
    slower_pct = observed.figures["query_buckets"].regression_pct
    more_pct = observed.figures["slow_queries"].regression_pct
    expected = slow_before * done / done_before
    by_chance = chance_of_as_many(slow, expected * (1 + more_pct / 100))

    evidence.observe(
        statements=round(done),
        slow=round(slow),
        slow_expected=round(expected, 1),
        p95_ms=round(compared.now, 2),
        p95_before_ms=round(compared.before, 2),
    )
    assert compared.worse_pct <= slower_pct, (
        f"expected: at most {slower_pct:g} % slower than {compared.before:.1f} ms in the week "
        f"before\nobserved: {compared.now:.1f} ms (95th percentile of {done:.0f} statements)"
    )
    assert by_chance >= BY_CHANCE, (
        f"expected: about {expected:.0f} slow statements as before, at most {more_pct:g} % more\n"
        f"observed: {slow:.0f}, by chance with probability {by_chance:.1g}"
    )
