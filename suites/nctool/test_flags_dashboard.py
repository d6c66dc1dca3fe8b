"""The dashboard's figures of each feature."""

import math

import pytest

from fixtures.clients.waiting import until

ATOMIC = "atomicMeltOperations"
COUNTED_S = 2.0


@pytest.mark.item("NC-FF-40")
@pytest.mark.writes
def test_the_dashboard_counts_each_operation_and_its_rates_add_up(rollout, payer, evidence):
    """Melts by the new path move its usage; success and error rate are shares of the same whole.

    The next stage is decided on these figures: rates that do not add up decide nothing.
    """
    user = payer.funded()
    rollout.set(ATOMIC, 0, allowedUsers=[user])
    before = rollout.dashboard()[ATOMIC]["usageCount"]
    melts = [payer.melt(user), payer.melt(user), payer.melt(user, amount=5_000)]
    expected = before + len(melts)
    until(lambda: rollout.dashboard()[ATOMIC]["usageCount"] >= expected, COUNTED_S)
    figures = rollout.dashboard()
    after = figures[ATOMIC]
    used = {name: one for name, one in figures.items() if one["usageCount"]}
    sums = {name: one["successRate"] + one["errorRate"] for name, one in used.items()}
    evidence.observe(
        operations_counted=after["usageCount"] - before, features_read=len(figures),
        success_rate_pct=after["successRate"], error_rate_pct=after["errorRate"],
    )  # fmt: skip
    assert [reply.status < 400 for reply in melts] == [True, True, False], melts[-1].explain(
        "two melts to be paid, and one to fail that costs more than the wallet holds"
    )
    assert after["usageCount"] == expected, (
        f"{len(melts)} melts moved the usage from {before} to {after['usageCount']}"
    )
    assert after["errorRate"] > 0, f"a melt failed, and the error rate is {after['errorRate']} %"
    for name, total in sums.items():
        assert math.isclose(total, 100, abs_tol=0.01), (
            f"{name}: success {used[name]['successRate']} % and error {used[name]['errorRate']} % "
            f"add up to {total:g} %"
        )
