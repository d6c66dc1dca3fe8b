"""The weekly job: what each week sets, and what it must leave alone."""

import pytest

from fixtures.probes.crowd import crowd, share_pct
from fixtures.probes.rollout import binomial_bounds

ATOMIC, RECONCILIATION = "atomicMeltOperations", "preFlightReconciliation"
SCHEDULE = "schedule"
OTHER_PLANS_STAGE = {ATOMIC: "5.2", RECONCILIATION: "4.1"}
NO_WEEKS = {
    "the week before the first": {"week": 0},
    "no week at all": {},
    "nothing": {"week": None},
    "the week after the last": {"week": 7},
    "a week of the calendar": {"week": 32},
    "a word": {"week": "1"},
    "half a week": {"week": 1.5},
}


def settings_of(rollout):
    """What a job may change: every stored flag without its number."""
    return {
        name: {key: value for key, value in row.items() if key != "_id"}
        for name, row in rollout.all_stored().items()
    }


@pytest.mark.writes
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(1, marks=pytest.mark.item("NC-FF-25"), id="week 1"),
        pytest.param(2, marks=pytest.mark.item("NC-FF-26"), id="week 2"),
        pytest.param(3, marks=pytest.mark.item("NC-FF-27"), id="week 3"),
        pytest.param(4, marks=pytest.mark.item("NC-FF-28"), id="week 4"),
        pytest.param(5, marks=pytest.mark.item("NC-FF-29"), id="week 5"),
        pytest.param(6, marks=pytest.mark.item("NC-FF-30"), id="week 6"),
    ],
)
def test_a_week_sets_both_features_as_scheduled(number, rollout, plans, limits, evidence):
    """The job sets both percentages and levels of monitoring of its week, by the only active plan.

    Two plans that contradict each other would each undo what the other one did.
    """
    people = crowd(2_000)
    rollout.choose(SCHEDULE)
    if number - 1 in plans.weeks:
        rollout.week({"week": number - 1})
    ran = rollout.week({"week": number})
    active = rollout.active_plans()
    other = {feature: rollout.stage(OTHER_PLANS_STAGE[feature]) for feature in OTHER_PLANS_STAGE}
    flags = {feature: rollout.stored(feature) for feature in (ATOMIC, RECONCILIATION)}
    enabled = {
        feature: people.enabled(rollout.decisions(feature, people.users)) for feature in flags
    }
    evidence.observe(
        users_evaluated=len(people), features_read=len(flags), active_plans=len(active),
        atomic_share_pct=share_pct(enabled[ATOMIC], people),
        reconciliation_share_pct=share_pct(enabled[RECONCILIATION], people),
    )  # fmt: skip
    assert ran.status == 200, ran.explain(f"the step of week {number}")
    assert active == [SCHEDULE], f"declared active are {active}, and one plan may be"
    for feature, reply in other.items():
        refused = 400 <= reply.status < 500
        assert refused, reply.explain(f"a stage of {feature} by the other plan to be refused")
    expected = {
        ATOMIC: limits["atomicMeltOperations.rolloutPercentage"],
        RECONCILIATION: limits["preFlightReconciliation.rolloutPercentage"],
    }
    for feature, flag in flags.items():
        stored, count = flag["rolloutPercentage"], len(enabled[feature])
        assert flag["enabled"] is True, f"in week {number} {feature} is still off"
        assert expected[feature].holds(stored), (
            f"week {number}: {expected[feature].explain(stored)}"
        )
        level = plans.weeks[number].monitoring[feature]
        assert flag.get("monitoring") == level, (
            f"week {number}: {feature} has {flag.get('monitoring')} monitoring instead of {level}"
        )
        bounds = binomial_bounds(len(people), stored / 100)
        assert count in bounds, f"{count} of {len(people)} users have {feature} at {stored} %"


@pytest.mark.item("NC-FF-31")
@pytest.mark.writes
def test_the_job_changes_nothing_outside_of_its_weeks(rollout, plans, evidence):
    """A week that the schedule does not know changes no flag, and is not the end of the rollout.

    A job that starts a day early, or counts weeks of the calendar, would declare it complete.
    """
    rollout.choose(SCHEDULE)
    control = rollout.week({"week": 2})
    before = settings_of(rollout)
    replies = {name: rollout.week(body) for name, body in NO_WEEKS.items()}
    after = settings_of(rollout)
    completed = [name for name, reply in replies.items() if "completed" in reply.text]
    evidence.observe(weeks_asked=len(replies), flags_read=len(after), completed=len(completed))
    assert control.status == 200, control.explain("week 2 to be applied")
    assert before[ATOMIC].get("monitoring") == plans.weeks[2].monitoring[ATOMIC]
    assert after == before, f"the flags were {before} and are {after}"
    for name in NO_WEEKS:
        assert name not in completed, replies[name].explain(f"{name} not to be a completed rollout")


@pytest.mark.item("NC-FF-32")
@pytest.mark.writes
def test_the_job_leaves_off_what_was_rolled_back(rollout, evidence):
    """A feature that was taken back stays off, week after week, until a person clears it.

    Whatever made people take it back is still there when the job runs next.
    """
    rollout.choose(SCHEDULE)
    first = rollout.week({"week": 1})
    on = rollout.stored(ATOMIC)
    rollout.disable(ATOMIC, "drill: a rollback")
    runs = [rollout.week({"week": number}) for number in (2, 3)]
    off, other = rollout.stored(ATOMIC), rollout.stored(RECONCILIATION)
    served = sum(rollout.decisions(ATOMIC, crowd(2_000).users))
    cleared = rollout.clear(ATOMIC)
    again = rollout.week({"week": 3})
    back = rollout.stored(ATOMIC)
    evidence.observe(weeks_run=4, users_served=served, percentage=off["rolloutPercentage"])
    assert first.status == 200, first.explain("week 1")
    assert on["enabled"], f"week 1 left {ATOMIC} off"
    for run in runs:
        assert run.status == 200, run.explain("a week's step for the features that are left")
    assert other["rolloutPercentage"] > on["rolloutPercentage"], "the other feature did not go on"
    assert (off["enabled"], off["rolloutPercentage"]) == (False, 0), (
        f"{ATOMIC} was rolled back, and the job set enabled {off['enabled']} at "
        f"{off['rolloutPercentage']} %"
    )
    assert served == 0, f"{served} users have {ATOMIC}, which was rolled back"
    assert cleared.status == 200, cleared.explain("a rollback that a person clears")
    assert again.status == 200, again.explain("week 3 again")
    assert back["enabled"], f"{ATOMIC} was cleared, and week 3 leaves it off"
