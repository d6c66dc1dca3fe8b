from datetime import UTC, datetime

import pytest

from fixtures.probes import security_records as records

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIRA = {"name": "Mira Oduya", "kind": "person", "role": "administrator"}
BOT = {"name": "bot", "kind": "service", "role": "deployer", "owner": "Mira Oduya"}
GUARDED = {
    "name": "main",
    "protected": True,
    "required_approvals": 1,
    "required_checks": ["test"],
    "force_push": False,
}
PRODUCTION = {"name": "production", "deploys_from": ["main"], "credentials": ["own"]}


@pytest.mark.parametrize(
    ("value", "age"),
    [
        ("2026-11-19T12:00:00Z", 1.0),
        ("2026-11-21T12:00:00Z", float("inf")),
        ("2026-11-19T12:00:00", float("inf")),
        ("yesterday", float("inf")),
        (None, float("inf")),
    ],
)
def test_only_a_past_time_with_its_offset_has_an_age(value, age):
    assert records.age_days(value, NOW) == age


@pytest.mark.parametrize(
    ("accounts", "departed", "said"),
    [
        ([MIRA, BOT], [], None),
        ([MIRA, BOT], [{"name": "mira  oduya", "left": "2026-10-01"}], "still has access"),
        ([BOT], [], "belongs to nobody"),
        ([{"name": "x", "kind": "person"}], [], "lacks"),
    ],
    ids=["sound", "departed", "ownerless", "no role"],
)
def test_a_list_of_accounts_is_judged(accounts, departed, said):
    problems = records.access_problems(accounts, departed)
    assert (said in "; ".join(problems)) if said else not problems


def test_a_host_without_heartbeat_is_silent():
    beats = [
        {"host": "a", "at": "2026-11-20T10:00:00Z"},
        {"host": "a", "at": "2026-11-20T11:00:00Z"},
    ]
    hours = records.silent_hosts(["a", "b"], beats, NOW)
    assert hours["a"] == pytest.approx(1)
    assert hours["b"] == float("inf")


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        ({"sent_at": "2026-11-20T10:00:00Z", "seen_at": "2026-11-20T10:00:09Z"}, True),
        ({"sent_at": "2026-11-20T10:00:00Z", "seen_at": "2026-11-20T09:00:00Z"}, False),
        ({"sent_at": "2026-11-20T10:00:00Z"}, False),
    ],
    ids=["seen", "before it was raised", "never"],
)
def test_a_test_event_is_seen_after_it_was_raised(event, seen):
    assert records.event_seen(event) is seen


def test_only_a_mandatory_second_factor_counts():
    accounts = [
        {"name": "a", "role": "r", "mfa": value} for value in (True, False, "optional", None)
    ]
    assert len(records.without_second_factor(accounts)) == 3


@pytest.mark.parametrize(
    ("branch", "environment", "said"),
    [
        ({}, {}, None),
        ({"force_push": True}, {}, "force pushes"),
        ({"required_checks": []}, {}, "required checks"),
        ({"required_approvals": 0}, {}, "required approval"),
        ({}, {"deploys_from": ["*"]}, "deployed from *"),
        ({}, {"deploys_from": []}, "deployed from *"),
        ({}, {"credentials": []}, "no credentials"),
    ],
    ids=["sound", "force", "checks", "approval", "any", "unsaid", "credentials"],
)
def test_a_forge_s_export_is_judged(branch, environment, said):
    problems = records.pipeline_problems([GUARDED | branch], [PRODUCTION | environment])
    assert (said in "; ".join(problems)) if said else not problems


def test_shared_credentials_are_named():
    both = [PRODUCTION, PRODUCTION | {"name": "staging"}]
    assert "shares its credentials" in records.pipeline_problems([GUARDED], both)[0]


def test_open_findings_of_a_severity_are_named():
    findings = [
        {"id": "1", "title": "a", "severity": "Critical", "state": "open"},
        {"id": "2", "title": "b", "severity": "critical", "state": "Fixed"},
        {"id": "3", "title": "c", "severity": "low", "state": "open"},
        {"id": "4", "title": "d", "severity": "critical"},
    ]
    assert records.open_findings(findings, "critical") == ["1: a", "4: d"]
