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


SAID = "\\x1b[2J\\x1b]0;gone\\x07\\u202eog\\x00\\x9b8m\\rGO"
SEEN = "⟨U+001B⟩[2J⟨U+001B⟩]0;gone⟨U+0007⟩⟨U+202E⟩og⟨U+0000⟩⟨U+009B⟩8m⟨U+000D⟩"


@workers
@pytest.mark.parametrize(
    "body",
    [f"print('{SAID}')\nassert 0, '{SAID}'", f"evidence.not_verified('{SAID}')"],
    ids=["failed", "not verified"],
)
def test_what_a_target_says_does_not_command_the_terminal(project, parallel, body):
    project.profile(BOTH)
    project.suite(check(body.replace("assert 0", "assert not target")))

    outcome = project.run(*parallel, "--color=yes", "-rs")

    assert outcome.code != 0
    assert SEEN in outcome.text
    assert not re.search("\x1b(?!\\[[0-9;]*m)|[\x00\x07\x9b\u202e]|\r(?!\n)", outcome.text)
    page = (outcome.run / "details.html").read_text(encoding="utf-8")
    assert not re.search("[\x00\x07\x1b\x9b\u202e]", page)
