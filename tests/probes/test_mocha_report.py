"""Mocha's report: outcomes by file, also where a runner prints around it."""

import json

from fixtures.probes.mocha_report import FileOutcome, by_file, of_named

REPORT = {
    "stats": {"tests": 4},
    "passes": [{"file": "/w/test/A.test.js"}, {"file": "/w/test/A.test.js"}],
    "failures": [{"file": "/w/test/B.test.js"}],
    "pending": [{"file": "/w/test/B.test.js"}],
}


def test_tests_are_counted_by_file():
    found = by_file(json.dumps(REPORT))
    assert found["/w/test/A.test.js"] == FileOutcome(passed=2)
    assert found["/w/test/B.test.js"] == FileOutcome(failed=1, pending=1)


def test_a_report_is_found_among_other_output():
    text = 'Compiled {"contracts": 3}\n' + json.dumps(REPORT, indent=1) + "\ndone {\n"
    assert len(by_file(text)) == 2


def test_a_named_file_is_found_whatever_its_language_is():
    outcomes = {"/w/test/Escrow.test.ts": FileOutcome(passed=1)}
    assert of_named(outcomes, "test/Escrow.test.js").passed == 1
    assert of_named(outcomes, "test/Escrow.integration.test.js") == FileOutcome()


def test_a_text_without_a_report_names_no_file():
    assert by_file("3 passing (2s)") == {}
    assert by_file('{"passes": []}') == {}
