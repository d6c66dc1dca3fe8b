from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.readiness import AUDIENCES, contact_problems, gaps, not_briefed, unreached

BEGIN = datetime(2026, 3, 1, 8, tzinfo=UTC)
END = BEGIN + timedelta(hours=26)


def shift(starts, ends, person="Ruth Castellan"):
    begins, until = (BEGIN + timedelta(hours=hours) for hours in (starts, ends))
    return {"person": person, "begins": begins.isoformat(), "ends": until.isoformat()}


def test_shifts_that_meet_leave_no_gap():
    assert gaps([shift(12, 30), shift(-3, 12)], BEGIN, END) == []


@pytest.mark.parametrize(
    ("shifts", "hours"),
    [
        pytest.param([shift(-1, 12), shift(14, 30)], ("20:00", "22:00"), id="two hours at night"),
        pytest.param([shift(-1, 25)], ("09:00", "10:00"), id="it ends too early"),
        pytest.param([shift(1, 30)], ("08:00", "09:00"), id="it begins too late"),
        pytest.param([], ("08:00", "10:00"), id="nobody at all"),
        pytest.param([shift(-1, 30, person=" ")], ("08:00", "10:00"), id="no person"),
        pytest.param([shift(-1, 30, person="TBD")], ("08:00", "10:00"), id="a placeholder"),
        pytest.param([shift(30, -1)], ("08:00", "10:00"), id="an end before its begin"),
        pytest.param(
            [{"person": "Ruth", "begins": "2026-03-01T07:00:00", "ends": "2026-03-03T07:00:00"}],
            ("08:00", "10:00"),
            id="times without a zone",
        ),
    ],
)
def test_a_gap_is_named(shifts, hours):
    found = gaps(shifts, BEGIN, END)
    assert len(found) == 1
    assert all(hour in found[0] for hour in hours), found


@given(cuts=st.lists(st.floats(0.1, 25.9), max_size=6))
def test_cutting_a_rota_into_shifts_opens_no_gap(cuts):
    edges = [-1.0, *sorted(cuts), 27.0]
    shifts = [shift(one, other) for one, other in pairwise(edges)]
    assert gaps(reversed(shifts), BEGIN, END) == []


def contact(role, name="Ruth Castellan", phone="+49301", email="ruth@nctool.test"):
    return {"role": role, "name": name, "phone": phone, "email": email}


COMPLETE = [contact("primary"), contact("secondary", "Ibrahim Sall"), contact("escalation")]


def test_a_complete_list_of_contacts_has_no_problem():
    assert contact_problems(COMPLETE, ["Henrike Voss"]) == []


@pytest.mark.parametrize(
    ("contacts", "departed", "said"),
    [
        pytest.param(COMPLETE[:2], [], "no escalation contact", id="a role is missing"),
        pytest.param(
            [*COMPLETE[:2], contact("escalation", phone="[Phone]")],
            [],
            "lacks phone",
            id="brackets",
        ),
        pytest.param(COMPLETE, ["SALL, Ibrahim"], "Ibrahim Sall (secondary) has left", id="left"),
    ],
)
def test_what_is_wrong_with_contacts_is_named(contacts, departed, said):
    assert [each for each in contact_problems(contacts, departed) if said in each]


def test_the_briefing_is_compared_by_person_and_not_by_spelling():
    assert not_briefed(["Oskar Brandt"], ["brandt, oskar", "Ruth"]) == []
    assert not_briefed(["Oskar Brandt"], ["Ruth"]) == ["Oskar Brandt"]


def told(name, **other):
    frequency = AUDIENCES[name] or "as needed"
    return {
        "audience": name, "channels": ["email"], "message": "m.md", "frequency": frequency, **other
    }  # fmt: skip


def test_a_plan_for_every_audience_has_no_problem():
    assert unreached([told(name) for name in AUDIENCES]) == []


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        pytest.param("partners", {"channels": []}, "partners has no channel", id="no channel"),
        pytest.param("users", {"message": ""}, "no message", id="no message"),
        pytest.param("management", {"frequency": "daily"}, "planned is hourly", id="too seldom"),
        pytest.param(
            "users", {"audience": "someone else"}, "users is not in the plan", id="absent"
        ),
    ],
)
def test_an_audience_that_is_not_reached_is_named(name, change, said):
    plan = [told(each, **(change if each == name else {})) for each in AUDIENCES]
    assert [each for each in unreached(plan) if said in each]
