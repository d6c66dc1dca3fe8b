"""What pytest says about an assertion, although those that hold are counted."""

import html
import json
import re

from tests.plugins.inner import BOTH, check


def test_only_a_comparison_that_does_not_hold_is_explained(project):
    project.profile(BOTH)
    with (project.pytester.path / "conftest.py").open("a") as conftest:
        conftest.write(
            "\ndef pytest_assertrepr_compare(op, left, right):\n"
            "    with open('compared', 'a') as file:\n"
            "        file.write(f'{left} {op} {right}\\n')\n"
        )
    project.suite(
        check(
            "observe(target, evidence)\nhere = 1\nassert here == 1\nassert 0 < here < 2\n"
            "assert not here == 2 and here in [1]\nassert here == 1 < 1"
        )
    )

    outcome = project.run()

    message = outcome.message("MA-POST-02")
    assert "assert 1 < 1" in message, message
    compared = (outcome.path / "compared").read_text().splitlines()
    assert compared == ["1 == 2", "1 < 1"]


def test_a_comparison_whose_result_has_no_truth_value_ends_the_check_by_name(project):
    project.profile(BOTH)
    project.suite(
        check(
            "observe(target, evidence)\n"
            "class Array:\n    def __eq__(self, other):\n        return self\n"
            "    def __bool__(self):\n        raise ValueError('ambiguous')\n"
            "assert Array() == 1"
        )
    )

    outcome = project.run()

    assert outcome.status("MA-POST-02") == "error", outcome.text
    assert "ambiguous" in outcome.message("MA-POST-02")


def test_the_details_show_what_was_printed_around_a_check_and_one_row_each(project):
    project.profile(BOTH)
    project.suite(
        "\n@pytest.fixture\ndef loud():\n    print('said before')\n    yield\n"
        "    print('said after')\n"
        + check("observe(target, evidence)\nassert target.profile.name == 'inner'").replace(
            "def test_second(target, evidence)", "def test_second(loud, target, evidence)"
        )
    )

    outcome = project.run()

    page = (outcome.run / "details.html").read_text()
    assert outcome.code == 0, outcome.text
    blob = html.unescape(re.search(r'data-jsonblob="([^"]*)"', page)[1])
    rows = json.loads(blob)["tests"]
    assert [len(shown) for shown in rows.values()] == [1, 1]
    assert "2 tests took" in page
    log = rows["suites/test_inner.py::test_second"][0]["log"]
    assert "said before" in log
    assert "said after" in log
