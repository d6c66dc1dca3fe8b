from datetime import UTC, datetime, timedelta

import pytest

from fixtures.probes.error_review import count_by_class, problems_of_review

START = datetime(2026, 1, 1, 2, tzinfo=UTC)
END = START + timedelta(hours=22)
OCCURRED = {("CRITICAL", "lost"): 1.0, ("LOW", "poor"): 900.0}


def review(**changes):
    return {
        "commit": "c",
        "window": {"start": START.isoformat(), "end": END.isoformat()},
        "reviewer": "somebody",
        "reviewed_at": (END + timedelta(hours=1)).isoformat(),
        "classes": [
            {"severity": "CRITICAL", "class": "lost", "count": 1, "finding": "repaired"},
            {"severity": "LOW", "class": "poor", "count": 905, "finding": "as ever"},
        ],
        **changes,
    }


def problems(written, occurred=OCCURRED):
    return problems_of_review(written, occurred, "c", START, END)


def test_a_review_of_all_that_occurred_has_no_problem():
    assert problems(review()) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reviewer": " "}, "no reviewer"),
        ({"commit": "d"}, "of commit d"),
        ({"window": {"start": END.isoformat(), "end": END.isoformat()}}, "covers"),
        ({"reviewed_at": START.isoformat()}, "before the day was over"),
        ({"classes": review()["classes"][1:]}, "does not name it"),
        ({"classes": [*review()["classes"][:1],
                      review()["classes"][1] | {"count": 500}]}, "says 500"),
        ({"classes": [review()["classes"][0] | {"finding": ""},
                      review()["classes"][1]]}, "says nothing about it"),
        ({"classes": [{"severity": "LOW"}]}, "cannot be read"),
        ({"reviewed_at": "yesterday"}, "cannot be read"),
    ],
)  # fmt: skip
def test_what_a_review_lacks_is_said(changes, said):
    (problem,) = problems(review(**changes))
    assert said in problem


def test_errors_of_processes_are_counted_together_and_only_those_of_the_window():
    series = [
        ({"severity": "LOW", "class": "poor"}, [(0.0, 5.0), (60.0, 8.0)]),
        ({"severity": "LOW", "class": "poor"}, [(0.0, 1.0), (60.0, 2.0)]),
        ({"severity": "HIGH", "class": "quiet"}, [(0.0, 9.0), (60.0, 9.0)]),
        ({"severity": "CRITICAL", "class": "lost"}, [(60.0, 1.0)]),
    ]
    assert count_by_class(series, 0.0) == {("LOW", "poor"): 4.0, ("CRITICAL", "lost"): 1.0}
