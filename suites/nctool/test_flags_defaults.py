"""What the flags say before the rollout begins, in this environment and in the others."""

import pytest

from fixtures.probes.crowd import crowd

ATOMIC, RECONCILIATION = "atomicMeltOperations", "preFlightReconciliation"
FLAGS = "featureflags"
TIERS = {"development", "staging", "preproduction", "production"}
MANY = 1_000


def settings(flag):
    """What a flag decides by: not what the service has recorded in it."""
    recorded = ("_id", "updatedAt", "updatedBy")
    return {key: value for key, value in flag.items() if key not in recorded}


def is_on(flag):
    """Whether everybody, anonymous operations included, has the feature of a stored flag."""
    return flag.get("enabled") is True and flag.get("rolloutPercentage") == 100


@pytest.mark.item("NC-FF-01")
@pytest.mark.writes
def test_the_atomic_melt_is_off_for_everybody_before_the_rollout(
    live_rollout, live_payer, early_users, limits, evidence
):
    """The new path begins switched off, at 0 % and without anybody on its list.

    The release is deployed first and judged; nobody's money is its first test.
    """
    flag, users = live_rollout.stored(ATOMIC), (*early_users, *crowd(MANY).users, None)
    served = sum(live_rollout.decisions(ATOMIC, users))
    path = live_payer.path_of(live_payer.funded(early_users[0]))
    percentage, limit = (
        flag.get("rolloutPercentage"),
        limits["atomicMeltOperations.rolloutPercentage"],
    )
    evidence.observe(users_evaluated=len(users), users_served=served, melts=1, path=path)
    assert flag["enabled"] is False, f"{ATOMIC} is stored as enabled: {flag['enabled']}"
    assert limit.holds(percentage), limit.explain(percentage)
    assert not flag.get("allowedUsers"), f"its allow-list names {flag['allowedUsers']}"
    assert served == 0, f"{served} of {len(users)} users have {ATOMIC}"
    assert path == "legacy", f"the melt of {early_users[0]} took the {path} path"


@pytest.mark.item("NC-FF-02")
def test_the_reconciliation_is_off_before_the_rollout_and_strict(live_rollout, limits, evidence):
    """The reconciliation begins switched off, at 0 %, and set to block on HIGH discrepancies only.

    With a lower threshold its first day would refuse ordinary payments.
    """
    flag, users = live_rollout.stored(RECONCILIATION), (*crowd(MANY).users, None)
    served = sum(live_rollout.decisions(RECONCILIATION, users))
    percentage, limit = (
        flag.get("rolloutPercentage"),
        limits["preFlightReconciliation.rolloutPercentage"],
    )
    threshold = flag.get("severityThreshold")
    evidence.observe(users_evaluated=len(users), users_served=served, threshold=threshold)
    assert flag["enabled"] is False, f"{RECONCILIATION} is stored as enabled: {flag['enabled']}"
    assert limit.holds(percentage), limit.explain(percentage)
    assert threshold == "HIGH", f"its severityThreshold is {threshold}, not HIGH"
    assert served == 0, f"{served} of {len(users)} users have {RECONCILIATION}"


@pytest.mark.item("NC-FF-44")
def test_each_environment_has_the_flags_of_its_tier(target, store, rollout, plans, evidence):
    """Development has all that is new, staging obeys its rows, pre-production equals production.

    What pre-production tried with other flags has not been tried for production.
    """
    environments = target.require("environments", "nctool")
    flags = {
        one.database: {row["name"]: settings(row) for row in store.other(one.database).find(FLAGS)}
        for one in environments
    }
    by_tier = {one.tier: flags[one.database] for one in environments}
    obeyed = {name: rollout.has(name) == is_on(row) for name, row in rollout.all_stored().items()}
    evidence.observe(environments_read=len(environments), tiers_read=len(by_tier))
    assert by_tier.keys() == TIERS, f"the environments are of {sorted(by_tier)}"
    for name in plans.features:
        row = by_tier["development"].get(name, {})
        assert is_on(row), f"{name} is not on for everybody in development: {row}"
    assert by_tier["preproduction"] == by_tier["production"], (
        f"pre-production has {by_tier['preproduction']}, production {by_tier['production']}"
    )
    assert set(obeyed) == set(plans.features), f"staging stores the flags {sorted(obeyed)}"
    assert all(obeyed.values()), f"staging decides otherwise than its rows: {obeyed}"
