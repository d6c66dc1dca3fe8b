"""Changing flags: what is refused, what is guarded against, and what a change really changes."""

from secrets import token_hex

import pytest

from fixtures.clients.waiting import until
from fixtures.probes.crowd import crowd, shown

ATOMIC, RECONCILIATION = "atomicMeltOperations", "preFlightReconciliation"
ENHANCED = "enhancedErrorHandling"
SOUND = {"enabled": True, "rolloutPercentage": 50}
UNSOUND = {
    "below nothing": {**SOUND, "rolloutPercentage": -1},
    "above everybody": {**SOUND, "rolloutPercentage": 101},
    "a text": {**SOUND, "rolloutPercentage": "50"},
    "nothing": {**SOUND, "rolloutPercentage": None},
    "a fraction": {**SOUND, "rolloutPercentage": 50.5},
    "a truth": {**SOUND, "rolloutPercentage": True},
    "an unknown key": {**SOUND, "rollout_percentage": 50},
    "no switch": {"rolloutPercentage": 50},
    "a switch as text": {**SOUND, "enabled": "true"},
    "a placeholder in the list": {**SOUND, "allowedUsers": ["npub1admin..."]},
}
ALERT_S = 2.0


@pytest.mark.item("NC-FF-38")
@pytest.mark.writes
def test_a_change_that_makes_no_sense_is_refused(staging, rollout, evidence):
    """Settings of a wrong type, range or name are refused, and the stored flag stays as it was.

    A percentage that is text compares in ways that nobody foresaw, and switches on whom it likes.
    """
    control = staging.api.put_flag(ATOMIC, SOUND)
    before = rollout.stored(ATOMIC)
    replies = {name: staging.api.put_flag(ATOMIC, values) for name, values in UNSOUND.items()}
    after = rollout.stored(ATOMIC)
    refused = [name for name, reply in replies.items() if reply.status in {400, 422}]
    evidence.observe(changes_tried=len(replies), changes_refused=len(refused))
    assert control.status == 200, control.explain("sound settings to be stored")
    assert before["rolloutPercentage"] == SOUND["rolloutPercentage"], f"stored is {before}"
    for name, reply in replies.items():
        assert name in refused, reply.explain(f"400 or 422 for {name}")
    assert after == before, f"what was refused changed the flag from {before} to {after}"


@pytest.mark.item("NC-PRE-22")
@pytest.mark.writes
def test_a_misconfigured_flag_is_guarded_against(target, staging, rollout, alerts, plans, evidence):
    """Validation finds an impossible flag, one staged plan is active, and the way back works.

    These four are what the release's plan relies on when somebody sets a flag wrongly.
    """
    planned = target.require("rollout_plan", "nctool")
    healthy, active = rollout.validate(), rollout.active_plans()
    rollout.choose("phases")
    staged = [rollout.stage(name) for name in ("5.1", "5.2")]
    served = sum(rollout.decisions(ATOMIC, crowd(1_000).users))
    why = f"drill {token_hex(8)}"
    disabled = rollout.disable(ATOMIC, why)
    off = not any(rollout.decisions(ATOMIC, crowd(1_000).users))
    alerted = until(lambda: alerts.about(why), ALERT_S)
    rows = staging.store.writing()["featureflags"]
    rows.update_one({"name": RECONCILIATION}, {"$set": {"rolloutPercentage": 500}})
    spoilt = rollout.validate()
    evidence.observe(mitigations_tried=4, users_served=served, alerts=len(alerted))
    assert healthy.status == 200, healthy.explain("a validation")
    assert healthy.json()["valid"] is True, healthy.explain("the flags as they are to be valid")
    assert healthy.json()["flags"] >= len(plans.features), healthy.explain("all flags validated")
    assert active == [planned], f"the active plans are {active}, the release follows {planned}"
    for reply in staged:
        assert reply.status == 200, reply.explain("a stage of the plan to be applied")
    assert disabled.status == 200, disabled.explain("the emergency disable to work")
    assert served, f"nobody had {ATOMIC} before the emergency disable: it proves nothing"
    assert off, f"{ATOMIC} is still on after the emergency disable"
    assert alerted, f"no alert about {why!r} was delivered"
    assert spoilt.json()["valid"] is False, spoilt.explain("a percentage of 500 to be found")
    named = [text for text in spoilt.json()["problems"] if RECONCILIATION in text]
    assert named, spoilt.explain(f"the problem to name {RECONCILIATION}")


@pytest.mark.item("NC-FF-39")
@pytest.mark.writes
def test_a_stored_flag_is_what_the_service_does(live_rollout, staging, rollout, payer, evidence):
    """Live, each stored flag is what users are served; in staging, a change of it changes that.

    With two sources of truth people edit one while the service obeys the other.
    """
    people = crowd(1_000)
    strays = {}
    for name, flag in live_rollout.all_stored().items():
        served = people.enabled(live_rollout.decisions(name, people.users))
        share = flag.get("rolloutPercentage") if flag.get("enabled") is True else 0
        due = people.within(share or 0)
        strays[name] = served ^ due
    user = payer.funded()
    rollout.set(ATOMIC, 0, allowedUsers=[user])
    rollout.set(RECONCILIATION, 100, severityThreshold="HIGH")
    changed = payer.path_of(user), staging.store.count("reconciliations", {"npub": user})
    rollout.set(ATOMIC, 0, enabled=False)
    rollout.set(RECONCILIATION, 100, enabled=False, severityThreshold="HIGH")
    back = payer.path_of(user), staging.store.count("reconciliations", {"npub": user})
    rollout.set(ENHANCED, 100, enabled=False)
    plain = staging.api.balance(people.users[0]).json()["error"]
    rollout.set(ENHANCED, 100)
    enhanced = staging.api.balance(people.users[0]).json()["error"]
    evidence.observe(flags_compared=len(strays), users_evaluated=len(people), settings_changed=6)
    for name, users in strays.items():
        assert not users, f"{name} is served otherwise than stored to {shown(users)}"
    assert changed == ("atomic", 1), f"switched on, the melt's path and records are {changed}"
    assert back == ("legacy", 1), f"switched off again, they are {back}"
    assert "severity" not in plain, f"switched off, an error says {plain}"
    assert "severity" in enhanced, f"switched on again, an error says {enhanced}"
