"""What the gate lets pass, and what not: through inner sessions, serially and under xdist."""

import html
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

GREEN = '''
@pytest.mark.item("MA-POST-01")
def test_first(target, evidence):
    """A claim."""
    observe(target, evidence)
    assert target.profile.name == "inner"


@pytest.mark.item("MA-POST-02")
def test_second(target, evidence):
    """A claim."""
    observe(target, evidence)
    assert target.profile.name == "inner"
'''
BOTH = ["MA-POST-01", "MA-POST-02"]

workers = pytest.mark.parametrize(
    "parallel", [pytest.param((), id="serial"), pytest.param(("-n", "2"), id="xdist")]
)


def check(body, item="MA-POST-02", decorators=""):
    """The green suite, with the second check replaced."""
    first = GREEN[: GREEN.index('\n\n@pytest.mark.item("MA-POST-02")')]
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return f'''{first}

{decorators}
@pytest.mark.item("{item}")
def test_second(target, evidence):
    """A claim."""
{indented}
'''


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


@workers
@pytest.mark.parametrize(
    "arguments",
    [
        ("-k", "first"),
        ("--deselect", "suites/test_inner.py::test_second"),
        ("suites/test_inner.py::test_first",),
    ],
    ids=["-k", "--deselect", "node id"],
)
def test_a_check_that_was_taken_out_is_missed(project, parallel, arguments):
    project.profile(BOTH)
    project.suite(GREEN)

    outcome = project.run(*arguments, *parallel)

    assert outcome.status("MA-POST-02") == "not_verified", outcome.text
    assert outcome.code == 10


CASES = '''
@pytest.mark.item("MA-POST-01")
@pytest.mark.parametrize("case", ["one", pytest.param("two", marks=pytest.mark.writes)])
def test_cases(case, target, evidence):
    """A claim."""
    observe(target, evidence)
    assert case in ("one", "two")
'''


@pytest.mark.parametrize(
    ("argument", "expression"),
    [
        ("-k=one", "smoke"),
        ("suites/test_inner.py::test_cases[one]", "smoke"),
        ("suites", "smoke and not writes"),
    ],
    ids=["-k", "node id", "marker of a case"],
)
def test_one_case_of_a_check_that_was_taken_out_is_missed(project, argument, expression):
    project.profile(["MA-POST-01"])
    project.suite(CASES)

    outcome = project.run(argument, expression=expression)

    assert outcome.status("MA-POST-01") == "not_verified", outcome.text


@pytest.mark.parametrize(
    ("also", "code"),
    [
        ("class TestMore:\n    @MARK\n    def test_more(self):\n        assert 0", 10),
        (
            "import unittest\nclass T(unittest.TestCase):\n    @MARK\n    def test_m(self): 1 / 0",
            10,
        ),
        ("@MARK\nasync def test_more():\n    assert 0", 10),
        ("pytestmark = MARK\ndef test_more():\n    assert 0", 11),
        ("ITEM = 'MA-POST-01'\n@pytest.mark.item(ITEM)\ndef test_more():\n    assert 0", 11),
        ("@MARK\ndef test_more():\n    assert 0\n@MARK\ndef test_more():\n    assert 1", 11),
    ],
    ids=["class", "TestCase", "coroutine", "pytestmark", "name of an id", "same name"],
)
def test_no_way_to_write_a_check_hides_it_from_the_plan(project, also, code):
    project.profile(["MA-POST-01"])
    project.suite(GREEN.replace("MA-POST-02", "MA-POST-01"))
    project.suite("\n" + also.replace("MARK", "pytest.mark.item('MA-POST-01')"), "test_more")

    outcome = project.run("suites/test_inner.py")

    assert outcome.code == code, outcome.text


def test_a_check_that_the_plan_cannot_know_of_is_refused(project):
    project.profile(["MA-POST-01"])
    project.suite(GREEN.replace("MA-POST-02", "MA-POST-01"))

    outcome = project.run("--rootdir", "/", "suites/test_inner.py")

    assert outcome.code == 2, outcome.text
    assert "would not be missed" in outcome.text


def test_stopping_at_the_first_failure_leaves_the_rest_unverified(project):
    project.profile(BOTH)
    project.suite(GREEN.replace('== "inner"', '== "other"', 1))

    outcome = project.run("-x")

    assert outcome.status("MA-POST-01") == "failed", outcome.text
    assert outcome.status("MA-POST-02") == "not_verified"
    assert outcome.code == 1


def test_running_only_the_last_failures_is_no_complete_run(project):
    project.profile(BOTH)
    project.suite(check("observe(target, evidence)\nassert target.profile.name == 'other'"))
    assert project.run().code == 1
    project.suite(GREEN)

    outcome = project.run("--lf")

    assert outcome.status("MA-POST-02") == "passed", outcome.text
    assert outcome.status("MA-POST-01") == "not_verified"
    assert outcome.code == 10


def test_an_item_without_a_check_stands_in_the_plan(project):
    project.profile([*BOTH, "MA-POST-03"])
    project.suite(GREEN)

    outcome = project.run()

    assert outcome.status("MA-POST-03") == "not_verified", outcome.text
    assert outcome.code == 10


@workers
def test_a_worker_or_process_that_dies_leaves_its_check_unverified(project, parallel):
    project.profile(BOTH)
    project.suite(check("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"))

    outcome = project.run(*parallel, "-p", "no:randomly")

    if parallel:
        assert outcome.status("MA-POST-02") == "not_verified", outcome.text
        assert outcome.code == 10
    else:
        assert outcome.code != 0
        assert not (outcome.run / "verdict.json").exists()


def test_a_killed_run_does_not_leave_an_older_verdict_as_the_latest(project):
    project.profile(BOTH)
    project.suite(GREEN)
    assert project.run().code == 0
    before = project.pytester.path.joinpath("reports", "latest").resolve()
    project.suite(check("import time\nopen('ready', 'w').close()\ntime.sleep(60)"))
    command = [sys.executable, "-m", "pytest", "--target", "inner.toml", "-m", "smoke"]
    process = subprocess.Popen(command, cwd=project.pytester.path, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (project.pytester.path / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.02)

    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    latest = project.pytester.path.joinpath("reports", "latest").resolve()
    assert latest != before
    assert not (latest / "verdict.json").exists()


@pytest.mark.parametrize("code", [0, 7])
def test_leaving_by_pytest_exit_is_never_a_pass(project, code):
    project.profile(BOTH)
    project.suite(check(f"pytest.exit('enough', returncode={code})"))

    outcome = project.run()

    assert outcome.code == 10, outcome.text
    assert outcome.status("MA-POST-02") == "not_verified"


def test_a_mistyped_marker_stops_the_run_with_a_hint(project):
    project.profile(BOTH)
    project.suite(GREEN)

    outcome = project.run(expression="smoek")

    assert outcome.code == 4
    assert "did you mean 'smoke'" in outcome.text


@workers
@pytest.mark.parametrize(
    ("decorator", "said"),
    [
        ('@pytest.mark.item("MA-POST-99")', "unknown item 'MA-POST-99'; did you mean 'MA-POST-"),
        (
            "@pytest.mark.parametrize(\n"
            "    'c', [pytest.param(1, marks=pytest.mark.item('MA-POST-99'))])",
            "unknown item 'MA-POST-99'",
        ),
        ("", "names no item"),
    ],
    ids=["unknown id", "unknown id on a parameter", "no item"],
)
def test_a_check_without_a_known_item_stops_the_run_by_name(project, parallel, decorator, said):
    project.profile(BOTH)
    argument = "c" if "parametrize" in decorator else ""
    project.suite(f"\n{decorator}\ndef test_lost({argument}):\n    assert 1\n")

    outcome = project.run(*parallel)

    assert outcome.code not in (0, 5), outcome.text
    assert said in outcome.text
    assert "test_lost" in outcome.text
    assert "INTERNALERROR" not in outcome.text


def test_an_unusable_profile_ends_with_code_11_and_names_the_key(project):
    project.profile(BOTH, top='colour = "red"')
    project.suite(GREEN)

    outcome = project.run()

    assert outcome.code == 11, outcome.text
    assert "colour" in outcome.text
    assert "inner.toml" in outcome.text


@pytest.mark.parametrize(
    ("policy", "status", "code"), [("fail", "failed", 1), ("pass", "passed", 0)]
)
def test_a_retry_is_recorded_and_does_not_hide_the_failure(project, policy, status, code):
    project.profile(BOTH, top="", system="")
    profile = project.pytester.path / "inner.toml"
    profile.write_text(profile.read_text() + f'\n[policy]\nflaky = "{policy}"\n')
    project.suite(
        check(
            "import pathlib\nobserve(target, evidence)\nseen = pathlib.Path('seen')\n"
            "again = seen.exists()\nseen.touch()\nassert again"
        )
    )
    with (project.pytester.path / "conftest.py").open("a") as conftest:
        conftest.write(
            "\nfrom _pytest.runner import runtestprotocol\nimport pytest\n"
            "@pytest.hookimpl(tryfirst=True)\n"
            "def pytest_runtest_protocol(item, nextitem):\n"
            "    if item.name != 'test_second' or getattr(item, 'again', False):\n"
            "        return None\n"
            "    item.again = True\n"
            "    for _ in range(2):\n"
            "        item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)\n"
            "    return True\n"
        )

    outcome = project.run()

    entry = next(e for e in outcome.verdict["items"] if e["id"] == "MA-POST-02")
    assert entry["status"] == status, outcome.text
    assert "flaky" in entry["flags"]
    assert outcome.code == code


def test_a_repetition_within_one_frame_does_not_hide_the_failure(project):
    project.profile(BOTH)
    project.suite(
        check(
            "import pathlib\nobserve(target, evidence)\nseen = pathlib.Path('seen')\n"
            "again = seen.exists()\nseen.touch()\nassert again"
        )
    )
    with (project.pytester.path / "conftest.py").open("a") as conftest:
        conftest.write(
            "\nfrom _pytest.runner import runtestprotocol\nimport pytest\n"
            "@pytest.hookimpl(tryfirst=True)\n"
            "def pytest_runtest_protocol(item, nextitem):\n"
            "    for _ in range(2):\n"
            "        runtestprotocol(item, nextitem=nextitem, log=False)\n"
            "    return True\n"
        )

    outcome = project.run()

    entry = next(e for e in outcome.verdict["items"] if e["id"] == "MA-POST-02")
    assert (entry["status"], entry["attempts"], entry["flags"]) == ("failed", 2, ["flaky"])
    assert outcome.code == 1, outcome.text


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


def test_a_check_that_ends_the_process_cannot_end_it_with_0(project):
    project.profile(BOTH)
    project.suite(check("import os\nif os.fork() == 0:\n    os._exit(0)\nos.wait()\nos._exit(0)"))

    outcome = project.run()

    assert outcome.code == 1, outcome.text
    assert not (outcome.run / "verdict.json").exists()


@pytest.mark.parametrize("hidden", ["--co", "-qh", "--markers", "--prove"])
def test_a_run_that_judges_nothing_must_be_typed(project, monkeypatch, hidden):
    project.profile(BOTH)
    project.suite(GREEN)
    monkeypatch.setenv("PYTEST_ADDOPTS", hidden)

    outcome = project.run()

    assert outcome.code == 4, outcome.text
    assert "PYTEST_ADDOPTS" in outcome.text


def test_no_part_of_the_gate_can_be_switched_off(project):
    project.profile(BOTH)
    project.suite("\npytestmark = pytest.mark.skip\n" + GREEN)

    outcome = project.run("-p", "no:fixtures.plugins.gate")

    assert outcome.code == 4, outcome.text
    assert "remove it" in outcome.text


def test_the_verdict_is_recomputed_from_the_evidence_alone(project):
    project.profile(BOTH)
    project.suite(GREEN)
    outcome = project.run()

    judged = project.pytester.run(sys.executable, "-m", "reports", "judge", str(outcome.run))

    assert judged.ret == 0, judged.stdout.str()


def test_a_failure_that_the_evidence_does_not_know_is_not_passed_over(project):
    project.profile(BOTH)
    project.suite(GREEN)
    with (project.pytester.path / "conftest.py").open("a") as conftest:
        conftest.write(
            "\nimport pytest\n"
            "@pytest.hookimpl(tryfirst=True)\n"
            "def pytest_runtest_logreport(report):\n"
            "    if report.when == 'teardown':\n"
            "        report.outcome = 'failed'\n"
            "        report.longrepr = 'seen by pytest only'\n"
        )

    outcome = project.run()

    assert outcome.code == 1, outcome.text
    assert outcome.verdict["problems"]


def test_leaving_while_the_run_is_finished_does_not_escape_the_verdict(project):
    project.profile(BOTH)
    project.suite(check("observe(target, evidence)\nassert target.profile.name == 'other'"))
    (project.pytester.path / "suites" / "conftest.py").write_text(
        "import pytest\n\ndef pytest_sessionfinish():\n    pytest.exit('done', returncode=0)\n"
    )

    outcome = project.run()

    assert outcome.code == 1, outcome.text
    assert outcome.verdict["verdict"] == "no-go"


def test_a_waiver_does_not_cover_a_check_that_was_taken_out(project):
    project.profile(BOTH)
    project.suite(GREEN)
    (project.pytester.path / "waivers.toml").write_text(WAIVER.format(item="MA-POST-02"))

    outcome = project.run("-k", "first")

    assert outcome.status("MA-POST-02") == "not_verified", outcome.text
    assert outcome.code == 10


def test_a_waived_failure_passes_and_stays_visible(project):
    project.profile(BOTH)
    project.suite(check("observe(target, evidence)\nassert target.profile.name == 'other'"))
    (project.pytester.path / "waivers.toml").write_text(WAIVER.format(item="MA-POST-02"))

    outcome = project.run()

    entry = next(e for e in outcome.verdict["items"] if e["id"] == "MA-POST-02")
    assert entry["status"] == "waived", outcome.text
    assert entry["waived_status"] == "failed"
    assert outcome.code == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("MA-POST-02", "MA-POST-99"),
        ("expires = 2", "expired = 2"),
        ('approver = "Ben', 'approver = "Ann'),
    ],
    ids=["unknown item", "no expiry", "approved by its author"],
)
def test_an_unusable_waiver_ends_with_code_11(project, old, new):
    project.profile(BOTH)
    project.suite(GREEN)
    text = WAIVER.format(item="MA-POST-02")
    assert old in text
    replaced = (
        text.replace("Ben <ben@", "Ann <ann@") if "approver" in old else text.replace(old, new)
    )
    (project.pytester.path / "waivers.toml").write_text(replaced)

    outcome = project.run()

    assert outcome.code == 11, outcome.text
    assert "waivers.toml" in outcome.text


def _day(offset):
    return time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + offset * 86400))


WAIVER = f"""
format = 1
[[waiver]]
item = "{{item}}"
reason = "The certificate is renewed on Monday; the old one still protects."
author = "Ann <ann@example.org>"
approver = "Ben <ben@example.org>"
ticket = "REL-17"
granted = {_day(-1)}
expires = {_day(20)}
scope = {{{{ target = "inner", release = "2.0.0" }}}}
"""


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


def test_a_check_that_writes_does_not_run_where_only_reading_is_allowed(project):
    project.profile(BOTH, top='allow = ["read"]')
    project.suite(
        check(
            "observe(target, evidence)\nassert target.profile.name == 'inner'",
            decorators="@pytest.mark.writes",
        )
    )

    outcome = project.run()

    assert outcome.status("MA-POST-02") == "not_verified", outcome.text
    assert "does not allow 'write'" in outcome.message("MA-POST-02")
    assert outcome.code == 10


def test_a_write_that_a_check_did_not_declare_is_not_sent(project):
    project.profile(BOTH, top='allow = ["read", "write"]')
    project.suite(
        check(
            "from fixtures.clients.http import HttpClient\n"
            "HttpClient('http://127.0.0.1:9', target.recorder).post('/orders', json={})"
        )
    )

    outcome = project.run()

    assert outcome.status("MA-POST-02") == "not_verified", outcome.text
    assert "nothing was sent" in outcome.message("MA-POST-02")


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


def test_running_again_after_a_failure_leaves_the_failure_in_sight(project):
    project.profile(BOTH)
    project.suite(check("observe(target, evidence)\nassert target.profile.name == 'other'"))
    assert project.run().code == 1
    project.suite(GREEN)

    outcome = project.run()

    entry = next(e for e in outcome.verdict["items"] if e["id"] == "MA-POST-02")
    assert (entry["status"], entry["flags"]) == ("passed", ["failed-earlier"])
    assert "Earlier runs of this release" in (outcome.run / "report.html").read_text()


def test_the_summary_of_the_forge_is_filled_where_it_is_asked_for(project, monkeypatch):
    summary = project.pytester.path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    project.profile(BOTH)
    project.suite(GREEN)

    project.run()

    assert summary.read_text(encoding="utf-8").startswith("## GO")


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
