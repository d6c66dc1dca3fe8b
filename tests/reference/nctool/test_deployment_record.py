"""The phases that the embedded release went through, and the logs of the week before."""

import json
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.mongodb import start_store
from fixtures.reference.nctool import deployment_record
from fixtures.reference.nctool.facts import Facts

FACTS = Facts()


@pytest.fixture(scope="module")
def store():
    running = start_store()
    yield running
    running.close()


def test_each_phase_began_after_a_person_signed_the_one_before():
    done = deployment_record.phases(FACTS, NONE)

    assert [phase.name for phase in done] == ["infrastructure", "migration", "error-handling"]
    assert all(a.signed < b.started for a, b in pairwise(done))
    assert all(phase.signed_by for phase in done[:-1])
    assert done[0].started <= FACTS.deployed_at < done[0].signed


def test_the_script_in_one_go_takes_minutes_and_nobody_signs():
    done = deployment_record.phases(FACTS, Defects.for_items(["NC-DEP-15"]))

    assert len(done) == 5
    assert done[-1].started - done[1].started < timedelta(hours=1)
    assert not any(phase.signed for phase in done)


def test_the_records_are_written_and_the_week_before_is_kept(tmp_path, store):
    places = deployment_record.write(tmp_path, store.url, FACTS, NONE)
    record = json.loads(Path(places["deployment_record"]).read_text(encoding="utf-8"))
    logs = sorted(Path(places["previous_logs"]).glob("*.log"))

    assert [phase["outcome"] for phase in record["phases"]] == ["green", "green", None]
    assert len(logs) == 2
    assert all(len(log.read_text(encoding="utf-8").splitlines()) == 400 for log in logs)
    last = logs[0].read_text(encoding="utf-8").splitlines()[-1]
    assert last[:10] <= f"{FACTS.deployed_at:%Y-%m-%d}"
