from datetime import UTC, datetime, timedelta

import pytest

from fixtures.probes.week_report import problems_of_report

WEEK = timedelta(days=7)
START = datetime(2026, 1, 8, tzinfo=UTC)
END = START + WEEK
MEASURED = {"week": {"p50": 60.0, "p95": 240.0}, "baseline": {"p50": 61.0, "p95": 245.0}}


def stretch(start, end):
    return {"start": start.isoformat(), "end": end.isoformat()}


def report(**changes):
    return {
        "commit": "c",
        "analyst": "somebody",
        "week": stretch(START, END),
        "baseline": stretch(START - WEEK, START),
        "response_ms": {"week": {"p50": 61.0, "p95": 241.0}, "baseline": MEASURED["baseline"]},
        "conclusion": "as before",
        **changes,
    }


def test_a_report_of_the_whole_week_has_no_problem():
    assert problems_of_report(report(), MEASURED, "c", START, END) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"analyst": ""}, "lacks its analyst"),
        ({"conclusion": " "}, "lacks its analyst or its conclusion"),
        ({"commit": "d"}, "of commit d"),
        ({"week": stretch(END - timedelta(days=2), END)}, "week is 2 days"),
        ({"baseline": stretch(START - timedelta(days=2), START)}, "baseline is 2 days"),
        ({"response_ms": {**MEASURED, "week": {"p50": 40.0, "p95": 240.0}}}, "says 40 ms"),
        ({"response_ms": {"week": {}}}, "cannot be read"),
        ({"week": {"start": "monday", "end": "friday"}}, "cannot be read"),
    ],
)
def test_what_a_report_lacks_is_said(changes, said):
    (problem,) = problems_of_report(report(**changes), MEASURED, "c", START, END)
    assert said in problem
