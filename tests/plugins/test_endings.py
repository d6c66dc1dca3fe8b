"""However a run ends, it leaves no pass that it did not earn."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.plugins.inner import BOTH, GREEN, check, workers


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


@pytest.mark.parametrize("module", ["os", "posix"])
def test_a_check_that_ends_the_process_cannot_end_it_with_0(project, module):
    project.profile(BOTH)
    leave = f"{module}._exit(0)"
    project.suite(
        check(f"import os, {module}\nif os.fork() == 0:\n    {leave}\nos.wait()\n{leave}")
    )

    outcome = project.run()

    assert outcome.code == 1, outcome.text
    assert not (outcome.run / "verdict.json").exists()


def test_a_check_cannot_replace_the_process_that_judges_it(project):
    project.profile(BOTH)
    project.suite(check("import os\nos.execvp('true', ['true'])"))

    outcome = project.run()

    assert outcome.code == 1, outcome.text
    assert "must not replace the process" in outcome.message("MA-POST-02")


@pytest.mark.parametrize(
    "hidden", ["--co", "-qh", "--markers", "--prove", "--fixtures", "--fixtures-per-test"]
)
def test_a_run_that_judges_nothing_must_be_typed(project, monkeypatch, hidden):
    project.profile(BOTH)
    project.suite(GREEN)
    monkeypatch.setenv("PYTEST_ADDOPTS", hidden)

    outcome = project.run()

    assert outcome.code == 4, outcome.text
    assert "PYTEST_ADDOPTS" in outcome.text


def test_what_only_lists_leaves_no_run_behind(project):
    project.profile(BOTH)
    project.suite(GREEN)

    outcome = project.run("--fixtures")

    assert outcome.code == 0, outcome.text
    assert not (project.pytester.path / "reports" / "latest").exists()


def test_a_run_that_cannot_be_kept_does_not_begin(project):
    project.profile(BOTH)
    project.suite(GREEN)

    outcome = project.run("--runs", "pyproject.toml/runs")

    assert outcome.code == 4, outcome.text
    assert "the run cannot be kept in pyproject.toml/runs" in outcome.text
    assert "name another by --runs" in outcome.text
    assert "Traceback" not in outcome.text


@workers
def test_a_checkout_that_is_only_read_is_judged(project, parallel):
    """As pytest's cache stands in it, and a file stands in its place."""
    project.profile(BOTH)
    project.suite(GREEN)
    (project.pytester.path / ".pytest_cache").write_text("")

    outcome = project.run(*parallel)

    assert outcome.code == 0, outcome.text
    assert outcome.verdict["verdict"] == "go"


def test_without_a_temporary_folder_no_run_begins(project, monkeypatch):
    project.profile(BOTH)
    project.suite(GREEN)
    (project.pytester.path / "sitecustomize.py").write_text(
        "import tempfile\ntempfile._candidate_tempdir_list = lambda: ['/proc/none']\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(project.pytester.path), prepend=os.pathsep)

    outcome = project.run()

    assert outcome.code == 4, outcome.text
    assert "No usable temporary directory found in ['/proc/none']: name one" in outcome.text
    assert "Traceback" not in outcome.text


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


FULL = """
import errno
import os
def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
observe(target, evidence)
"""


@workers
def test_a_run_whose_evidence_cannot_be_kept_stops_and_says_so(project, parallel):
    project.profile(BOTH)
    project.suite(check(f"{FULL}target.recorder._append = full"))

    outcome = project.run(*parallel)

    assert outcome.code == 2, outcome.text
    assert "the evidence cannot be kept in" in outcome.text
    assert "No space left on device" in outcome.text
    assert outcome.status("MA-POST-02") == "not_verified"
    assert outcome.verdict["verdict"] != "go"


NOTHING_STARTS = """
write = target.recorder.write
target.recorder.write = lambda kind, **more: full() if kind == "started" else write(kind, **more)
assert target.profile.name == "inner"
"""


def test_no_check_is_run_of_which_nothing_can_be_recorded(project):
    project.profile(BOTH)
    body = f"{FULL}{NOTHING_STARTS}".replace("\n", "\n    ")
    green = 'observe(target, evidence)\n    assert target.profile.name == "inner"\n\n'
    project.suite(check("open('ran', 'w').close()").replace(green, f"{body}\n\n"))

    outcome = project.run()

    assert not (project.pytester.path / "ran").exists()
    assert outcome.code == 1, outcome.text
    assert outcome.status("MA-POST-01") == "passed"
    assert outcome.status("MA-POST-02") == "error"


def test_a_run_whose_report_cannot_be_kept_has_no_verdict(project):
    project.profile(BOTH)
    project.suite(check(f"{FULL}import reports\nreports.publish = full\nassert 1 == len('x')"))

    outcome = project.run()

    assert outcome.code == 1, outcome.text
    assert "NO VERDICT" in outcome.text
    assert "No space left on device" in outcome.text
    assert not (outcome.run / "verdict.json").exists()


def test_a_report_that_was_written_does_not_stay_where_its_verdict_could_not_be(project):
    project.profile(BOTH)
    body = "import importlib\nimportlib.import_module('reports.publish').write_json = full\n"
    project.suite(check(f"{FULL}{body}assert target.profile.name == 'inner'"))

    outcome = project.run()

    assert outcome.code == 1, outcome.text
    assert "NO VERDICT" in outcome.text
    assert not (outcome.run / "report.html").exists()


def test_a_run_that_cannot_be_judged_says_why(project):
    project.profile(BOTH)
    body = "import reports\nreports.judge = full\nassert target.profile.name == 'inner'"
    project.suite(check(f"{FULL}{body}"))

    outcome = project.run()

    assert outcome.code == 1, outcome.text
    assert "NO VERDICT" in outcome.text
    assert "No space left on device" in outcome.text


@workers
def test_evidence_that_does_not_reach_the_disk_is_no_pass(project, parallel):
    project.profile(BOTH)
    project.suite(
        check(f"{FULL}target.recorder.close = full\nassert target.profile.name == 'inner'")
    )

    outcome = project.run(*parallel)

    assert outcome.code == 1, outcome.text
    assert "NO VERDICT" in outcome.text
    assert "No space left on device" in outcome.text
    assert not (outcome.run / "report.html").exists()
