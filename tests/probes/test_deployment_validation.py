import json
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.probes.deployment_validation import NAMES, read_report

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def result(**changes):
    return {
        "success": True,
        "observed": {"looked_at": 1},
        "problems": [],
        "timestamp": NOW.isoformat(),
        **changes,
    }


def report(success=True, timestamp=NOW, **results):
    found = {name: result() for name in NAMES} | results
    body = {
        "success": success,
        "results": {name: each for name, each in found.items() if each is not None},
        "timestamp": timestamp.isoformat(),
    }
    return read_report(json.dumps(body))


def problems(read, name="applicationHealth"):
    return read.problems(name, NOW, NOW + timedelta(seconds=1))


def test_a_complete_report_is_believed():
    assert all(problems(report(), name) == [] for name in NAMES)
    assert report().consistent


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (report(applicationHealth=None), "no result applicationHealth"),
        (report(applicationHealth=result(observed={})), "without a single observation"),
        (report(applicationHealth=result(success=False)), "nobody says why"),
        (report(applicationHealth=result(success=False, problems=["ill"])), "ill"),
        (report(timestamp=NOW - timedelta(days=1)), "the report is of"),
        (report(applicationHealth=result(timestamp="2025-01-01T00:00:00Z")), "is of 2025"),
    ],
    ids=["missing", "unseen", "unexplained", "failed", "old report", "old result"],
)
def test_what_cannot_be_believed_is_said(read, said):
    (problem,) = problems(read)
    assert said in problem


@pytest.mark.parametrize(
    "read",
    [
        report(applicationHealth=None),
        report(applicationHealth=result(success=False)),
        report(success=False),
        read_report(json.dumps({"success": True, "results": {}, "timestamp": NOW.isoformat()})),
    ],
    ids=["one missing", "one failed", "all well, and failed", "all of none"],
)
def test_a_whole_that_is_not_the_sum_of_its_results_is_inconsistent(read):
    assert not read.consistent


def test_a_failure_is_one_of_the_check_and_of_the_whole():
    failed = result(success=False, problems=["ill"])
    assert report(success=False, applicationHealth=failed).failed("applicationHealth")
    assert not report(success=True, applicationHealth=failed).failed("applicationHealth")
    assert not report().failed("applicationHealth")
    assert not report(applicationHealth=None).failed("applicationHealth")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"success": "yes", "results": {}, "timestamp": "2026-01-01T00:00:00Z"}',
        '{"success": true, "results": {"a": null}, "timestamp": "2026-01-01T00:00:00Z"}',
        '{"success": true, "results": {}, "timestamp": "2026-01-01T00:00:00"}',
        '{"success": true, "results": {}, "timestamp": "now"}',
    ],
)
def test_what_is_no_report_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        read_report(text)
