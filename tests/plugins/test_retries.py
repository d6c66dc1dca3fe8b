"""Running again hides no failure."""

import pytest

from tests.plugins.inner import BOTH, GREEN, check


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


def test_running_again_after_a_failure_leaves_the_failure_in_sight(project):
    project.profile(BOTH)
    project.suite(check("observe(target, evidence)\nassert target.profile.name == 'other'"))
    assert project.run().code == 1
    project.suite(GREEN)

    outcome = project.run()

    entry = next(e for e in outcome.verdict["items"] if e["id"] == "MA-POST-02")
    assert (entry["status"], entry["flags"]) == ("passed", ["failed-earlier"])
    assert "Earlier runs of this release" in (outcome.run / "report.html").read_text()
