"""Reports of real runners, and those of runs that tested nothing."""

import pytest

from fixtures.probes.reported_tests import Tally, tally

NODE = """TAP version 13
# Subtest: one
ok 1 - one
  ---
  duration_ms: 2.4
  ...
# Subtest: two
    # Subtest: inner
    ok 1 - inner
    not ok 2 - other # TODO later
    1..2
ok 2 - two
# Subtest: three
ok 3 - three # SKIP
# Subtest: four
not ok 4 - four
1..4
# tests 6
"""
FILTERED = """TAP version 13
ok 1 - one # SKIP test name does not match pattern
ok 2 - two # SKIP test name does not match pattern
1..2
# pass 0
"""
EMPTY_FILE = """TAP version 13
# Subtest: /srv/product/test/empty.test.js
ok 1 - /srv/product/test/empty.test.js
1..1
# tests 1
# pass 1
"""
EMPTY_SUITE = """TAP version 13
# Subtest: orders
    # Subtest: are signed
    ok 1 - are signed # SKIP test name does not match pattern
    1..1
ok 1 - orders
1..1
"""
CRASHED_FILE = EMPTY_FILE.replace("ok 1", "not ok 1")
CUT_OFF = "TAP version 13\n1..5\nok 1 - one\nok 2 - two\n"
JUNIT = """<?xml version="1.0"?><testsuites><testsuite name="a">
<testcase name="x"/><testcase name="y"><failure message="no"/></testcase>
<testcase name="z"><skipped/></testcase></testsuite></testsuites>"""
MOCHA = "\n  Escrow\n    \u2713 deposits\n\n  12 passing (2s)\n  1 pending\n  2 failing\n"


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param(NODE, Tally(4, 1, 1), id="node"),
        pytest.param(FILTERED, Tally(0, 0, 2), id="a filter that matches nothing"),
        pytest.param(EMPTY_FILE, Tally(0, 0, 0), id="a file without tests"),
        pytest.param(EMPTY_SUITE, Tally(0, 0, 1), id="a suite in which nothing ran"),
        pytest.param(CRASHED_FILE, Tally(1, 1, 0), id="a file that crashed"),
        pytest.param(CUT_OFF, Tally(5, 3, 0), id="a run that broke off"),
        pytest.param("TAP version 13\n1..0\n", Tally(0, 0, 0), id="an empty plan"),
        pytest.param("TAP version 13\nok 1 - a\nBail out!\n", Tally(2, 1, 0), id="bail out"),
        pytest.param(JUNIT, Tally(2, 1, 1), id="junit"),
        pytest.param(MOCHA, Tally(14, 2, 1), id="mocha"),
        pytest.param("  0 passing (1ms)\n", Tally(0, 0, 0), id="mocha without a match"),
    ],
)
def test_tests_are_counted(report, expected):
    assert tally(report) == expected
    assert tally(report.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize(
    "report", ["", "all good", "<?xml version='1.0'?><testsuite>", "<!DOCTYPE a><testsuite/>"]
)
def test_what_is_no_report_is_not_counted(report):
    assert tally(report) is None


def test_tallies_add_up():
    assert Tally(1, 0, 2) + Tally(3, 1, 0) == Tally(4, 1, 2)
