"""What people wrote down after the release, and the tool by which it validates itself."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.nctool import baselines, observation_records
from fixtures.reference.nctool.facts import Facts
from fixtures.reference.nctool.prometheus.history import RARE_ERROR, History, Period
from tests.clients.stub import stub

TOOL = Path(baselines.__file__).with_name("checkout") / "tools" / "validate.py"


@pytest.fixture(scope="module")
def facts():
    return Facts()


@pytest.fixture(scope="module")
def history(facts):
    return History(Period(facts.deployed_at.timestamp(), facts.started.timestamp()))


def days(stretch):
    start, end = (datetime.fromisoformat(stretch[edge]) for edge in ("start", "end"))
    return (end - start) / timedelta(days=1)


def test_the_review_names_every_class_and_the_defective_one_not_the_rare(facts, history):
    review = observation_records.first_day(facts, history, NONE)
    counts = {(row["severity"], row["class"]): row["count"] for row in review["classes"]}
    assert counts[RARE_ERROR] == 1
    defects = Defects.for_items(["NC-POST-08"])
    defective = observation_records.first_day(facts, history, defects)
    left = {(row["severity"], row["class"]) for row in defective["classes"]}
    assert counts.keys() - left == {RARE_ERROR}


@pytest.mark.parametrize(("fault", "length"), [(None, 7), ("NC-POST-11", 2)])
def test_the_report_covers_its_week_unless_it_is_defective(facts, history, fault, length):
    defects = Defects.for_items([fault] if fault else [])
    report = observation_records.first_week(facts, history, defects)
    assert days(report["week"]) == days(report["baseline"]) == length


def validate(answer, tmp_path, **environment):
    with stub({"/api/admin/validate": answer}) as server:
        values = {"API_URL": server.url, "NCTOOL_ADMIN_KEY": "key", "NCTOOL_ACTOR": "somebody"}
        done = subprocess.run(
            [sys.executable, str(TOOL)],
            env={"PATH": os.environ["PATH"], **values, **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return done, server.requests


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"success": True, "results": {}}, 0),
        ({"success": False, "results": {}}, 1),
        ({"success": "yes"}, 1),
        ((503, {}, {"error": {}}), 2),
        (b"no JSON", 2),
    ],
    ids=["sound", "unsound", "no truth", "refused", "no JSON"],
)
def test_the_exit_code_of_the_tool_says_what_the_service_found(tmp_path, answer, code):
    done, requests = validate(answer, tmp_path)
    assert done.returncode == code, done.stderr
    method, path, headers, _ = requests[0]
    assert (method, path) == ("POST", "/api/admin/validate")
    assert {name.lower(): value for name, value in headers.items()}["authorization"] == "Bearer key"


def test_a_service_that_is_away_is_no_success(tmp_path):
    done, _ = validate({}, tmp_path, API_URL="http://127.0.0.1:9")
    assert done.returncode == 2
