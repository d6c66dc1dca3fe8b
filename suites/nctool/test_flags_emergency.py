"""Taking a feature back at once, and whether everybody learns of it."""

import time
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest

from fixtures.clients.nctool import ACTOR
from fixtures.clients.waiting import until

ATOMIC = "atomicMeltOperations"
ALERT = "FEATURE_EMERGENCY_DISABLED"
MISSPELT = "atomicMeltOperation"
CLOCK = timedelta(seconds=60)
ALERT_S = 2.0


def reason():
    """A reason that no other drill gives."""
    return f"drill {token_hex(8)}"


@pytest.mark.item("NC-FF-35")
@pytest.mark.writes
def test_an_emergency_disable_takes_the_feature_from_everybody(
    rollout, payer, early_users, limits, evidence
):
    """The feature is off within the bound also for whoever had it a moment ago; who did it is told.

    Each melt that still takes the broken path makes the damage larger.
    """
    user, why = payer.funded(early_users[0]), reason()
    rollout.set(ATOMIC, 100, allowedUsers=list(early_users))
    before = payer.path_of(user)
    disabled, began = rollout.disable(ATOMIC, why), time.monotonic()
    bound = limits["disabled_after_s"]
    until(lambda: not rollout.has(ATOMIC, user), float(bound.value))
    took_s, still = time.monotonic() - began, rollout.has(ATOMIC, user)
    after, row = payer.path_of(user), rollout.stored(ATOMIC)
    evidence.observe(melts=2, disabled_after_s=took_s, disabled_by=row.get("disabledBy"))
    assert before == "atomic", f"before, a listed user's melt took the {before} path"
    assert disabled.status == 200, disabled.explain("the feature to be switched off")
    assert not still, f"{took_s:.1f} s after the emergency disable {user} still has {ATOMIC}"
    assert bound.holds(took_s), bound.explain(round(took_s, 1))
    assert after == "legacy", f"after the emergency disable a melt took the {after} path"
    limit = limits["rolloutPercentage"]
    assert limit.holds(row["rolloutPercentage"]), limit.explain(row["rolloutPercentage"])
    assert row["enabled"] is False, f"the stored flag says enabled {row['enabled']}"
    assert row.get("disabledReason") == why, f"the stored reason is {row.get('disabledReason')!r}"
    assert row.get("disabledBy") == ACTOR, f"{row.get('disabledBy')!r} is recorded, not {ACTOR!r}"
    at = row.get("disabledAt")
    assert isinstance(at, datetime), f"the stored time is {at!r}"
    assert abs(datetime.now(UTC) - at) < CLOCK, f"it is recorded as done at {at}"


@pytest.mark.item("NC-FF-36")
@pytest.mark.writes
def test_an_emergency_disable_alerts_operations(rollout, alerts, target, evidence):
    """Operations receive one critical alert with the feature, the reason and the time.

    Until they know, nobody looks at the wallets that the feature has touched.
    """
    why, receiver = reason(), target.require("alert_receiver", "nctool")
    disabled = rollout.disable(ATOMIC, why)
    found = until(lambda: alerts.about(why), ALERT_S)
    evidence.observe(features_disabled=1, alerts=len(found))
    assert disabled.status == 200, disabled.explain("the feature to be switched off")
    assert len(found) == 1, f"{len(found)} alerts speak of {why!r}: {[one.name for one in found]}"
    alert = found[0]
    assert alert.name == ALERT, f"the alert is called {alert.name}"
    assert alert.labels.get("severity") == "critical", f"its labels: {dict(alert.labels)}"
    assert alert.mentions(ATOMIC), f"the alert does not name {ATOMIC}: {dict(alert.labels)}"
    stamped = datetime.fromisoformat(alert.annotations.get("timestamp", "1970-01-01T00:00:00Z"))
    assert abs(datetime.now(UTC) - stamped) < CLOCK, f"its annotations: {dict(alert.annotations)}"
    assert receiver in alert.receivers, f"{receiver} is not told, but {alert.receivers}"
    assert disabled.json().get("alerted") is True, disabled.explain("the delivery to be reported")


@pytest.mark.item("NC-FF-37")
@pytest.mark.writes
def test_an_emergency_disable_of_an_unknown_feature_fails(rollout, alerts, evidence):
    """A misspelt name is an error and raises no alert that says that it was done.

    Whoever misspells it in the hurry believes the feature to be off while it goes on.
    """
    right, wrong = reason(), reason()
    rollout.set(ATOMIC, 100)
    misspelt = rollout.disable(MISSPELT, wrong)
    left = rollout.stored(ATOMIC)
    control = rollout.disable(ATOMIC, right)
    delivered = until(lambda: alerts.about(right), ALERT_S)
    claimed = alerts.about(wrong)
    evidence.observe(disables_tried=2, alerts_of_success=len(claimed), status=misspelt.status)
    assert control.status == 200, control.explain("the right name to be accepted")
    assert delivered, "no alert was delivered for the right name, so none proves nothing"
    assert left["enabled"], f"{ATOMIC} was switched off by the name {MISSPELT}"
    assert 400 <= misspelt.status < 500, misspelt.explain("an error: there is no such feature")
    assert not claimed, f"an alert says that {MISSPELT} was switched off: {claimed[0].annotations}"
