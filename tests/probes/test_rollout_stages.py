from __future__ import annotations

from dataclasses import replace

import pytest

from contracts import rollout_plans
from fixtures.probes.crowd import crowd
from fixtures.probes.rollout_stages import Served, stage_problems

STAGE = rollout_plans.load("nctool").stages["4.2"]
PEOPLE = crowd(2_000)
EARLY = list(crowd(3, "early").users)
FLAG = {
    "enabled": True,
    "rolloutPercentage": 25,
    "severityThreshold": "HIGH",
    "autoCorrection": True,
    "allowedUsers": EARLY,
}
SOUND = Served(FLAG, PEOPLE, PEOPLE.within(25), frozenset())


def test_a_feature_as_planned_has_no_problem():
    assert stage_problems(STAGE, SOUND, EARLY) == []
    assert SOUND.share_pct == pytest.approx(25, abs=5)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param({"enabled": False}, "enabled is stored as False", id="off"),
        pytest.param({"autoCorrection": 1}, "autoCorrection is stored as 1", id="another type"),
        pytest.param({"severityThreshold": "LOW"}, "the plan says 'HIGH'", id="threshold"),
        pytest.param({"allowedUsers": ["npub1admin..."]}, "does not use", id="placeholder"),
        pytest.param({"allowedUsers": []}, "no early user", id="nobody listed"),
        pytest.param({"rolloutPercentage": "25"}, "no share can be expected", id="text"),
        pytest.param({"rolloutPercentage": 500}, "no share can be expected", id="too much"),
        pytest.param({"rolloutPercentage": 50}, "chance explain", id="another share"),
    ],
)
def test_what_differs_from_the_plan_is_named(change, named):
    seen = replace(SOUND, flag={**FLAG, **change})
    assert any(named in problem for problem in stage_problems(STAGE, seen, EARLY))


def test_a_setting_that_is_missing_is_not_as_planned():
    flag = {key: value for key, value in FLAG.items() if key != "autoCorrection"}
    assert stage_problems(STAGE, replace(SOUND, flag=flag), EARLY)


def test_whoever_is_listed_must_be_served():
    (problem,) = stage_problems(STAGE, replace(SOUND, unserved=frozenset(EARLY[:1])), EARLY)
    assert EARLY[0] in problem


def test_users_who_change_sides_show_in_the_share():
    seen = replace(SOUND, enabled=PEOPLE.within(40))
    assert any("users are served" in problem for problem in stage_problems(STAGE, seen, EARLY))
