"""Secrets reach neither disk nor screen, and pages escape what is said."""

import html
import json
import re

import pytest

from tests.plugins.inner import BOTH, CASES, GREEN, check, workers


def test_planted_secrets_reach_neither_disk_nor_screen(project, monkeypatch):
    secret = "kmWq83hvnPaqz0XyT5"
    monkeypatch.setenv("UPSTREAM_API_KEY", secret)
    project.profile(BOTH, system='upstream_key = "env:UPSTREAM_API_KEY"')
    project.suite(
        check(
            "import os\nkey = os.environ['UPSTREAM_API_KEY']\nprint('key', key)\n"
            "sent = {'headers': {'x-api-key': key}}\n"
            "target.recorder.write('http', request=sent, response=None)\n"
            "evidence.observe(n=1, key=key)\nassert key == 'other', f'refused {key}'"
        )
    )

    outcome = project.run()

    assert outcome.code == 1
    assert secret not in outcome.text
    for path in outcome.run.iterdir():
        assert secret not in path.read_text(encoding="utf-8"), path.name
    assert "[redacted]" in (outcome.run / "evidence-main.jsonl").read_text()
    assert "[redacted]" in outcome.text


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"


KEY = "import os\nKEY = os.environ['UPSTREAM_API_KEY']\n"


@workers
@pytest.mark.parametrize(
    "suite",
    [
        f"\n{KEY}raise RuntimeError(KEY)",
        KEY + CASES.replace('"one"', "KEY"),
        CASES.replace("one", JWT),
        KEY + GREEN.replace("assert target", "pytest.exit(KEY)\n    assert target"),
        KEY + GREEN.replace("assert target", "__import__('warnings').warn(KEY)\n    assert target"),
    ],
    ids=["collection", "known in an id", "shape in an id", "exit", "warning"],
)
def test_secrets_outside_of_checks_reach_neither_disk_nor_screen(
    project, monkeypatch, parallel, suite
):
    secret = JWT if JWT in suite else "kmWq83hvnPaqz0XyT5"
    monkeypatch.setenv("UPSTREAM_API_KEY", secret)
    project.profile(BOTH, system='upstream_key = "env:UPSTREAM_API_KEY"')
    project.suite(suite)

    outcome = project.run("-v", "-W", "default", *parallel)

    assert secret not in outcome.text
    for path in outcome.run.iterdir():
        assert secret not in path.read_text(encoding="utf-8"), path.name


def test_the_page_for_engineers_escapes_what_a_parameter_says(project):
    project.profile(["MA-POST-01"])
    project.suite('''
@pytest.mark.item("MA-POST-01")
@pytest.mark.parametrize("case", ["x"], ids=["<img src=x onerror=alert(1)>"])
def test_cases(case, target, evidence):
    """A claim."""
    observe(target, evidence)
    assert case == "x"
''')

    outcome = project.run()

    page = (outcome.run / "details.html").read_text(encoding="utf-8")
    blob = json.loads(html.unescape(re.search(r'data-jsonblob="([^"]*)"', page)[1]))
    cells = [cell for tests in blob["tests"].values() for cell in tests[0]["resultsTableRow"]]
    assert outcome.code == 0, outcome.text
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in "".join(cells)
    assert "<img" not in "".join(cells)
