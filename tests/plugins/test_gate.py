"""Selection by item, the list of items, the summary for the forge."""

import json
import sys

from tests.plugins.inner import BOTH, GREEN


def test_items_are_listed_without_a_target(project):
    project.suite(GREEN)

    listed = project.pytester.run(sys.executable, "-m", "pytest", "--items=json")

    rows = {row["id"]: row for row in json.loads(listed.stdout.str())}
    assert len(rows) == 516
    assert rows["MA-POST-01"]["state"] == "encoded"
    assert rows["MA-POST-01"]["checks"] == ["suites/test_inner.py::test_first"]
    assert rows["MA-PRE-06"]["state"] == "attested"
    assert rows["NC-MIG-11"]["state"] == "uncovered"


def test_a_marker_may_name_an_item(project):
    project.profile(BOTH)
    project.suite(GREEN)

    outcome = project.run(expression="MA-POST-02")

    assert outcome.code == 0, outcome.text
    assert outcome.verdict["selection"]["expected"] == ["MA-POST-02"]


def test_the_summary_of_the_forge_is_filled_where_it_is_asked_for(project, monkeypatch):
    summary = project.pytester.path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    project.profile(BOTH)
    project.suite(GREEN)

    project.run()

    assert summary.read_text(encoding="utf-8").startswith("## GO")
