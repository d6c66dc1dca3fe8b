"""Whether phases were signed one by one."""

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.probes.phase_order import PLAN, Happening, misplaced, order_problems, phases_of

AT = datetime(2026, 11, 13, 9, 0, tzinfo=UTC)


def hour(number):
    return AT + timedelta(hours=number)


def record(*names, gap=1):
    return {
        "phases": [
            {
                "name": name,
                "started_at": hour(10 * number).isoformat(),
                "signed_at": hour(10 * number + 10 - gap).isoformat(),
                "signed_by": "lead@nctool.test",
                "outcome": "green",
            }
            for number, name in enumerate(names)
        ]
    }


def test_phases_signed_one_by_one_are_in_order():
    assert order_problems(phases_of(record(*PLAN))) == []
    assert order_problems(phases_of(record(*PLAN[:2]))) == []


def test_the_last_phase_need_not_be_signed_yet():
    document = record(*PLAN[:3])
    document["phases"][-1] |= {"signed_at": None, "signed_by": None, "outcome": None}

    assert order_problems(phases_of(document)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signed_at": None}, "nobody signed"),
        ({"signed_by": " "}, "nobody signed"),
        ({"outcome": "red"}, "nobody signed"),
        ({"signed_at": hour(30).isoformat()}, "was signed at"),
        ({"signed_at": hour(-30).isoformat()}, "before it began"),
    ],
    ids=["unsigned", "by nobody", "red", "late", "early"],
)
def test_a_gate_that_did_not_hold_is_named(change, said):
    document = record(*PLAN[:2])
    document["phases"][0] |= change

    assert any(said in each for each in order_problems(phases_of(document)))


def test_another_order_than_the_plan_is_named():
    assert "the plan is" in order_problems(phases_of(record(PLAN[1], PLAN[0])))[0]


def test_what_happened_before_its_phase_is_named():
    phases = phases_of(record(*PLAN[:2]))
    inside = Happening("a run", "migration", hour(11))

    assert misplaced([inside], phases) == []
    assert "before migration began" in misplaced([Happening("a run", PLAN[1], hour(9))], phases)[0]
    assert "has not begun" in misplaced([Happening("a flag", PLAN[4], hour(40))], phases)[0]


@pytest.mark.parametrize("document", [{}, {"phases": [{}]}, {"phases": None}])
def test_a_record_that_is_none_is_refused(document):
    with pytest.raises(ValueError, match="lacks"):
        phases_of(document)


def test_a_time_without_zone_is_refused():
    document = record(PLAN[0])
    document["phases"][0]["started_at"] = "2026-11-13T09:00:00"

    with pytest.raises(ValueError, match="time zone"):
        phases_of(document)
