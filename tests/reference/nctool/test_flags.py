from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fixtures.probes.rollout import js_hash
from fixtures.reference.defects import NONE
from fixtures.reference.mongodb import start_store
from fixtures.reference.nctool.service import flags
from fixtures.reference.nctool.service.dashboard import figures
from fixtures.reference.nctool.service.decisions import Rule, hash_user
from fixtures.reference.nctool.service.flag_rules import ATOMIC, RECONCILIATION, FlagRules
from fixtures.reference.nctool.service.npubs import is_npub
from fixtures.reference.nctool.users import EARLY_USERS
from tests.reference.nctool.flags_rig import ADMIN, rig

SOUND = {"enabled": True, "rolloutPercentage": 50}


@pytest.fixture(scope="module")
def store():
    with start_store() as running:
        yield running.url


@pytest.fixture(scope="module")
def shared(store):
    with rig(store, "flags") as made:
        yield made


@pytest.fixture
def process(shared):
    return shared.reset()


# ─ decisions


@settings(deadline=None)
@given(st.text(max_size=80))
@example("anonymous")
@example("polygenelubricants")  # a well-known text whose hash is -2**31 in 32 bits
def test_the_hash_is_that_of_an_independent_implementation(text):
    assert hash_user(text) == js_hash(text)


def test_the_published_hash_of_anonymous_operations():
    assert hash_user("anonymous") == 2_095_811_475


@settings(deadline=None)
@given(st.integers(0, 99), st.sampled_from(EARLY_USERS))
def test_more_per_cent_never_take_a_user_out(percentage, user):
    rule, flag = Rule(NONE), {"enabled": True}
    lower, higher = (
        rule.decide({**flag, "rolloutPercentage": p}, user) for p in (percentage, percentage + 1)
    )
    assert higher.enabled or not lower.enabled


@pytest.mark.parametrize(
    ("flag", "user", "enabled"),
    [
        pytest.param(None, "a", False, id="no row"),
        pytest.param({"enabled": False, "rolloutPercentage": 100}, "a", False, id="off"),
        pytest.param({"enabled": True, "allowedUsers": ["a"]}, "a", True, id="listed"),
        pytest.param({"enabled": True, "allowedUsers": ["a"]}, "b", False, id="not listed"),
        pytest.param({"enabled": True}, "a", False, id="no percentage"),
        pytest.param({"enabled": True, "rolloutPercentage": "100"}, "a", False, id="text"),
        pytest.param({"enabled": True, "rolloutPercentage": 99}, None, False, id="anonymous"),
        pytest.param({"enabled": True, "rolloutPercentage": 100}, None, True, id="everybody"),
    ],
)
def test_a_rule_decides(flag, user, enabled):
    assert Rule(NONE).decide(flag, user).enabled is enabled


# ─ what may be stored


@pytest.mark.parametrize(
    "change",
    [
        {"rolloutPercentage": -1}, {"rolloutPercentage": 101}, {"rolloutPercentage": "50"},
        {"rolloutPercentage": None}, {"rolloutPercentage": True}, {"rolloutPercentage": 1.5},
        {"enabled": "yes"}, {"enabled": None}, {"allowedUsers": ["npub1admin..."]},
        {"allowedUsers": EARLY_USERS[0]}, {"severityThreshold": "SEVERE"}, {"monitoring": "none"},
        {"transactionTimeout": 0}, {"alertOnSeverity": []}, {"name": "x"}, {"rolledBack": None},
    ],
    ids=str,
)  # fmt: skip
def test_unsound_settings_are_named(change):
    (problem,) = FlagRules(NONE).problems({**SOUND, **change})
    assert problem.startswith(next(iter(change)))


@pytest.mark.parametrize("missing", sorted(SOUND))
def test_a_setting_that_is_required_is_missed(missing):
    assert FlagRules(NONE).problems({k: v for k, v in SOUND.items() if k != missing})


def test_sound_settings_have_no_problem():
    assert FlagRules(NONE).problems({**SOUND, "allowedUsers": list(EARLY_USERS)}) == []


def test_an_npub_has_its_checksum():
    assert all(map(is_npub, EARLY_USERS))
    assert not is_npub(EARLY_USERS[0][:-1] + "q")
    assert not is_npub(EARLY_USERS[0].upper())


# ─ the process


def test_a_write_of_one_process_is_seen_by_another_at_its_next_look(process, monkeypatch):
    monkeypatch.setattr(flags, "CHECK_S", 0.0)
    other = flags.FeatureFlags(process.context)
    assert not other.is_enabled(ATOMIC, "a")
    assert process.put(ATOMIC, 100).status_code == 200
    assert other.is_enabled(ATOMIC, "a")
    process.admin.post(f"/api/admin/flags/{ATOMIC}/emergency-disable", json={"reason": "test"})
    assert not other.is_enabled(ATOMIC, "a")


def test_what_was_read_is_held_only_for_its_lifetime(process, monkeypatch):
    monkeypatch.setattr(flags, "CHECK_S", 0.0)
    assert not process.context.flags.is_enabled(RECONCILIATION)
    past = {"$set": {"enabled": True, "rolloutPercentage": 100}}
    process.db.featureflags.update_one({"name": RECONCILIATION}, past)
    assert not process.context.flags.is_enabled(RECONCILIATION)
    monkeypatch.setattr(process.context.flags, "_lifetime_s", 0.0)
    assert process.context.flags.is_enabled(RECONCILIATION)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}], ids=["none", "wrong"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/admin/flags"), ("PUT", f"/api/admin/flags/{ATOMIC}"),
        ("POST", f"/api/admin/flags/{ATOMIC}/emergency-disable"), ("GET", "/api/admin/dashboard"),
        ("POST", f"/api/admin/flags/{ATOMIC}/clear-rollback"), ("POST", "/api/admin/schedule"),
        ("POST", "/api/admin/rollout"), ("PUT", "/api/admin/rollout"),
        ("POST", "/api/admin/flags/reload"), ("POST", "/api/admin/flag-validation"),
    ],
)  # fmt: skip
def test_the_administration_is_closed_to_others(process, method, path, headers):
    reply = process.http.request(method, path, headers=headers, json={"reason": "x"})
    assert reply.status_code == 401


def test_a_change_needs_a_person(process):
    reply = process.http.put(
        f"/api/admin/flags/{ATOMIC}", json=SOUND, headers={**ADMIN, "X-Actor": ""}
    )
    assert reply.status_code == 400
    assert process.put(ATOMIC, 5).json()["updatedBy"] == "somebody"


def test_what_was_rolled_back_can_be_switched_on_only_when_cleared(process):
    process.admin.post(f"/api/admin/flags/{ATOMIC}/emergency-disable", json={"reason": "test"})
    assert process.put(ATOMIC, 5).status_code == 409
    assert process.admin.post("/api/admin/rollout", json={"stage": "5.2"}).status_code == 409
    process.admin.post(f"/api/admin/flags/{ATOMIC}/clear-rollback")
    cleared = process.put(ATOMIC, 5)
    assert cleared.status_code == 200
    assert not cleared.json().keys() & {"rolledBack", "disabledReason", "disabledBy"}


def test_only_the_active_plan_changes_anything(process):
    assert process.admin.post("/api/admin/rollout", json={"stage": "4.1"}).status_code == 409
    assert process.admin.post("/api/admin/schedule", json={"week": 1}).status_code == 200
    assert process.admin.put("/api/admin/rollout", json={"plan": "mine"}).status_code == 400
    plans = process.admin.put("/api/admin/rollout", json={"plan": "phases"}).json()["plans"]
    assert [plan["name"] for plan in plans if plan["active"]] == ["phases"]
    assert process.admin.post("/api/admin/schedule", json={"week": 1}).status_code == 409
    assert process.admin.post("/api/admin/rollout", json={"stage": "4.1"}).status_code == 200


@pytest.mark.parametrize("week", [0, 7, 32, None, "1", True, 1.5], ids=str)
def test_a_week_that_is_none_is_a_mistake(process, week):
    process.admin.put("/api/admin/rollout", json={"plan": "schedule"})
    assert process.admin.post("/api/admin/schedule", json={"week": week}).status_code == 400


@pytest.mark.parametrize("npubs", [[], [1], ["x" * 300], None, ["a"] * 10_001], ids=range(5))
def test_a_list_of_users_that_makes_no_sense_is_refused(process, npubs):
    reply = process.http.post(f"/api/flags/{ATOMIC}/evaluations", json={"npubs": npubs})
    assert reply.status_code == 400


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_rates_are_shares_of_one_whole(success, error):
    shown = figures({"success": success, "error": error})
    assert shown["usageCount"] == success + error
    if success + error:
        assert shown["successRate"] + shown["errorRate"] == pytest.approx(100, abs=0.001)
    else:
        assert shown["successRate"] is None
