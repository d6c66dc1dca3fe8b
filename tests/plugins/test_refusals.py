"""What the gate does not know stops the run by name."""

import sys

import pytest

from tests.plugins.inner import BOTH, GREEN, check, workers


def test_a_mistyped_marker_stops_the_run_with_a_hint(project):
    project.profile(BOTH)
    project.suite(GREEN)

    outcome = project.run(expression="smoek")

    assert outcome.code == 4
    assert "did you mean 'smoke'" in outcome.text


@pytest.mark.parametrize("expression", ["smoke and", '"MA-POST-01"', "smoke\n"])
def test_an_expression_that_cannot_be_read_is_a_wrong_use(project, expression):
    project.profile(BOTH)
    project.suite(GREEN)

    outcome = project.run(expression=expression)

    assert outcome.code == 4, outcome.text
    assert repr(expression) in outcome.text
    assert "INTERNALERROR" not in outcome.text


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
    "around",
    [
        "try:\n    FAILS\nexcept Exception:\n    pass",
        "try:\n    FAILS\nexcept:\n    pass",
        "import contextlib\nwith contextlib.suppress(AssertionError, OSError):\n    FAILS",
        "with pytest.raises(AssertionError):\n    FAILS",
    ],
    ids=["except", "bare", "suppress", "raises"],
)
def test_a_check_that_catches_its_own_failure_stops_the_run(project, around):
    project.profile(BOTH)
    body = around.replace("FAILS", "assert target.profile.name == 'other'")
    project.suite(check(f"observe(target, evidence)\n{body}\nassert target"))

    outcome = project.run()

    assert outcome.code == 11, outcome.text
    assert "suites/test_inner.py::test_second" in outcome.text


def test_a_check_may_look_at_a_failure_and_fail(project):
    project.profile(BOTH)
    body = "try:\n    assert target\nexcept AssertionError:\n    raise"
    project.suite(check(f"observe(target, evidence)\n{body}"))

    assert project.run().code == 0


@workers
@pytest.mark.parametrize(
    ("option", "said"),
    [
        pytest.param("--assert=plain", "--assert=plain", id="plain"),
        pytest.param("-oenable_assertion_pass_hook=false", "enable_assertion", id="not-counted"),
    ],
)
def test_a_run_that_would_not_count_assertions_does_not_begin(project, parallel, option, said):
    project.profile(BOTH)
    project.suite(GREEN)

    outcome = project.run(option, *parallel)

    assert outcome.code == 4, outcome.text
    assert said in outcome.text
    assert not (project.pytester.path / "reports" / "latest").exists()


@workers
def test_byte_code_of_a_session_that_counted_nothing_raises_no_alarm(
    project, parallel, monkeypatch
):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    project.profile(BOTH)
    project.suite(GREEN)
    plain = project.pytester.mkdir("plain").joinpath("pytest.ini")
    plain.write_text("[pytest]\n", encoding="utf-8")
    foreign = project.pytester.run(
        sys.executable, "-m", "pytest", "-c", plain, "--collect-only", "suites/test_inner.py",
        "--rootdir", project.pytester.path, "--noconftest",
    )  # fmt: skip
    assert list(project.pytester.path.glob("suites/__pycache__/*pytest*.pyc")), foreign.stdout.str()

    outcome = project.run(*parallel)

    assert outcome.code == 0, outcome.text
