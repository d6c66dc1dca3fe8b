import math
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.probes.migration_log import entry_problems, failures, going_up, hours, phase_of

START = datetime(2026, 11, 20, 10, tzinfo=UTC)


def entry(**changes):
    end = START + timedelta(seconds=90)
    return {
        "migrationId": "002-1", "phase": "data", "direction": "up", "status": "COMPLETED",
        "startTime": START, "endTime": end, "duration": 90_000,
        "history": [{"status": "STARTED"}, {"status": "COMPLETED"}], **changes,
    }  # fmt: skip


def test_a_whole_entry_has_no_problem():
    assert entry_problems(entry()) == []
    assert hours(entry()) == pytest.approx(0.025)


def test_a_phase_that_ended_before_it_began_took_no_time_that_keeps_a_limit():
    assert hours(entry(endTime=START - timedelta(hours=1))) == math.inf


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "STARTED"},
        {"migrationId": None},
        {"endTime": None},
        {"endTime": START},
        {"duration": 89_000},
        {"duration": None},
        {"history": [{"status": "COMPLETED"}]},
    ],
    ids=str,
)
def test_an_entry_that_lacks_something_is_noticed(changes):
    assert entry_problems(entry(**changes))


@pytest.mark.parametrize(
    ("said", "phase"),
    [
        ("schema", "schema"),
        ("phase1", "schema"),
        ("phase2", "data"),
        ("Data Migration", "data"),
        ("phase3", "cleanup"),
        ("Cleanup", "cleanup"),
    ],
)
def test_a_phase_is_known_by_each_name_of_the_plan(said, phase):
    assert phase_of({"phase": said}) == phase


def test_entries_are_told_by_phase_oldest_first_without_those_that_go_down():
    later = entry(migrationId="later", startTime=START + timedelta(hours=1))
    found = going_up([later, entry(), entry(direction="down"), entry(phase="phase1")])

    assert [one["migrationId"] for one in found["data"]] == ["002-1", "later"]
    assert found.keys() == {"data", "schema"}


def test_a_failure_counts_also_after_it_was_rolled_back():
    rolled_back = entry(status="ROLLED_BACK", history=[{"status": "FAILED"}])

    assert failures([entry(), rolled_back, entry(status="FAILED")])[0] is rolled_back
    assert len(failures([rolled_back, entry(status="FAILED")])) == 2
