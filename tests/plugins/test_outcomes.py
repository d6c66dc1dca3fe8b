"""What counts as a pass, and what does not, serially and under xdist."""

import pytest

from tests.plugins.inner import BOTH, GREEN, check, workers


@workers
def test_two_honest_checks_let_the_release_pass(project, parallel):
    project.profile(BOTH)
    project.suite(GREEN)

    outcome = project.run(*parallel)

    assert outcome.code == 0, outcome.text
    assert outcome.verdict["verdict"] == "go"
    assert outcome.verdict["counts"]["passed"] == 2
    for name in ("plan.json", "verdict.json", "report.html", "details.html", "junit.xml"):
        assert (outcome.run / name).stat().st_size, name
    assert "report.html" in outcome.text


NOT_A_PASS = {
    "skip": ("pytest.skip('later')", "not_verified", 10),
    "imperative xfail": ("pytest.xfail('known')", "not_verified", 10),
    "failed assertion": (
        "observe(target, evidence)\nassert target.profile.name == 'other'",
        "failed",
        1,
    ),
    "exception": ("observe(target, evidence)\nraise OSError('gone')", "error", 1),
    "nothing asserted": ("observe(target, evidence)", "error", 1),
    "only constants asserted": ("observe(target, evidence)\nassert 1 == 1", "error", 1),
    "nothing exchanged": ("evidence.observe(n=1)\nassert target.profile.name", "error", 1),
    "nothing observed": (
        "target.recorder.write('http', request={}, response=None)\nassert target.profile.name",
        "inconclusive",
        10,
    ),
    "less than the minimum": (
        "target.recorder.write('http', request={}, response=None)\n"
        "evidence.observe(**dict.fromkeys(ENOUGH, 0))\nassert target.profile.name",
        "inconclusive",
        10,
    ),
    "too little": ("evidence.inconclusive('two samples of 59')", "inconclusive", 10),
    "key missing": ("target.require('store')", "not_verified", 10),
}


@workers
@pytest.mark.parametrize(("body", "status", "code"), NOT_A_PASS.values(), ids=NOT_A_PASS)
def test_what_is_no_pass_does_not_let_pass(project, parallel, body, status, code):
    project.profile(BOTH)
    project.suite(check(body))

    outcome = project.run(*parallel)

    assert outcome.status("MA-POST-01") == "passed", outcome.text
    assert outcome.status("MA-POST-02") == status, outcome.text
    assert outcome.code == code, outcome.text


@pytest.mark.parametrize("phase", ["call", "setup"])
def test_a_broken_target_is_told_in_the_sentence_of_the_client(project, phase):
    project.profile(BOTH)
    body = "from fixtures.clients.outcomes import ClientError\n    raise ClientError('No answer.')"
    fixture = f"\n@pytest.fixture\ndef ready():\n    {body}\n"
    suite = check("observe(target, evidence)\n" + body.replace("\n    ", "\n"))
    if phase == "setup":
        suite = fixture + suite.replace("evidence):", "ready, evidence):")
    project.suite(suite)

    outcome = project.run()

    assert outcome.status("MA-POST-02") == "error", outcome.text
    told, _, place = outcome.message("MA-POST-02").partition("\n")
    assert told == ("No answer." if phase == "call" else "setup: No answer.")
    assert "test_inner.py:" in place


def test_what_fixtures_assert_does_not_stand_for_the_check(project):
    fixture = "\n@pytest.fixture\ndef ready(target):\n    assert target\n"
    project.profile(BOTH)
    project.suite(
        fixture + check("observe(target, evidence)").replace("evidence):", "ready, evidence):")
    )

    outcome = project.run()

    assert outcome.status("MA-POST-02") == "error", outcome.text
    assert "asserted nothing" in outcome.message("MA-POST-02")


@pytest.mark.parametrize(
    "decorators",
    [
        "@pytest.mark.skip(reason='later')",
        "@pytest.mark.xfail(reason='known')",
        "@pytest.mark.xfail(reason='known', strict=False)",
        "@pytest.mark.parametrize('case', [])",
    ],
    ids=["skip", "xfail", "lenient xfail", "empty parameters"],
)
def test_a_marked_check_does_not_let_pass(project, decorators):
    project.profile(BOTH)
    body = "observe(target, evidence)\nassert target.profile.name == 'inner'"
    suite = check(body, decorators=decorators)
    if "parametrize" in decorators:
        suite = suite.replace("def test_second(", "def test_second(case, ")
    project.suite(suite)

    outcome = project.run()

    assert outcome.code != 0, outcome.text
    assert "MA-POST-02" in outcome.text or "test_second" in outcome.text


def test_a_failure_marked_xfail_stays_a_failure(project):
    project.profile(BOTH)
    body = "observe(target, evidence)\nassert target.profile.name == 'other'"
    project.suite(check(body, decorators="@pytest.mark.xfail(reason='known')"))

    outcome = project.run()

    assert outcome.status("MA-POST-02") == "failed", outcome.text
    assert outcome.code == 1


@pytest.mark.parametrize(
    ("inner", "status"),
    [("pytest.skip('later')", "not_verified"), ("assert target is None", "failed")],
    ids=["skip", "failure"],
)
def test_a_part_of_a_check_is_not_covered_by_its_end(project, inner, status):
    project.profile(BOTH)
    body = f"observe(target, evidence)\nwith subtests.test():\n    {inner}\nassert target.profile"
    project.suite(check(body).replace("def test_second(", "def test_second(subtests, "))

    outcome = project.run()

    assert outcome.status("MA-POST-02") == status, outcome.text
    assert not outcome.verdict["problems"]
