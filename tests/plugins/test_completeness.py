"""Nothing that the plan expects can be left out without being missed."""

import pytest

from tests.plugins.inner import BOTH, CASES, GREEN, check, workers


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

    above = project.pytester.path.parent
    outcome = project.run("--rootdir", above, "--runs", "runs", "suites/test_inner.py")

    assert outcome.code == 2, outcome.text
    assert "would not be missed" in outcome.text


def test_stopping_at_the_first_failure_leaves_the_rest_unverified(project):
    project.profile(BOTH)
    project.suite(GREEN.replace('== "inner"', '== "other"', 1))

    outcome = project.run("-x")

    assert outcome.status("MA-POST-01") == "failed", outcome.text
    assert outcome.status("MA-POST-02") == "not_verified"
    assert outcome.code == 1


@workers
def test_stopping_at_the_first_failure_is_no_interruption(project, parallel):
    project.profile(BOTH)
    project.suite(GREEN.replace('== "inner"', '== "other"'))

    outcome = project.run("-x", *parallel)

    assert outcome.code == 1, outcome.text
    assert "failed" in {outcome.status(item) for item in BOTH}


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
def test_a_file_of_which_no_check_is_selected_is_not_imported(project, parallel):
    project.profile(["MA-POST-01", "MA-POST-02", "MA-PRE-01"])
    project.suite(GREEN)
    broken = '@pytest.mark.item("MA-PRE-01")\ndef test_third(): pass\n\n1 / 0\n'
    project.suite(broken, "test_other")

    assert project.run(*parallel).code == 0
    assert project.run(*parallel, expression="predeploy").code not in (0, 10)


def test_a_folder_of_which_no_check_is_selected_is_not_imported(project):
    project.profile(["MA-POST-01", "MA-POST-02", "MA-PRE-01"])
    project.suite(GREEN)
    folder = project.pytester.path / "suites" / "more"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "conftest.py").write_text("1 / 0", encoding="utf-8")
    third = '@pytest.mark.item("MA-PRE-01")\ndef test_third(): pass\n\nclass Helper: pass\n'
    project.suite(third, "more/test_other")

    assert project.run().code == 0
    assert project.run(expression="predeploy").code not in (0, 10)
    project.suite("class Test(Helper): pass", "more/test_inherited")
    assert project.run().code not in (0, 10)


@pytest.mark.parametrize(
    ("mark", "expression"),
    [
        ("pytestmark = pytest.mark.writes", "writes"),
        ("def pytest_generate_tests(metafunc): pass", "writes"),
        ("import base\nclass Helper(base.Base): pass", "writes"),
        ("class TestHelper: pass", "writes"),
        ("class Helper:\n    __test__ = True\n    def test_it(self): pass", "writes"),
        ("", "not writes"),
    ],
    ids=["pytestmark", "generated", "inherits", "named", "holds a function", "not"],
)
def test_a_file_whose_marks_cannot_be_read_for_certain_is_imported(project, mark, expression):
    project.profile(BOTH)
    project.suite(f"{GREEN}\n{mark}\n\n1 / 0\n")

    assert project.run(expression=expression).code not in (0, 10)
