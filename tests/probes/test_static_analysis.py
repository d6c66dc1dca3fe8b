"""Slither's report: findings, extent, who accepted what, and what hides findings."""

import json

import pytest

from fixtures.probes.static_analysis import Extent, extent, findings, reviewed, suppressions

ROW = {"id": "ab12", "check": "reentrancy-eth", "impact": "High", "description": "In\n\tclaim()"}
ENTRY = '[[finding]]\nid = "ab12"\nreason = "a view"\nreviewer = "Mira"\ndate = 2026-01-31\n'


def report(**changes):
    return json.dumps({"success": True, "error": None, "results": {"detectors": [ROW]}} | changes)


def test_a_finding_is_read_with_its_impact():
    (found,) = findings(report())
    assert (found.id, found.check, found.impact) == ("ab12", "reentrancy-eth", "High")
    assert found.description == "In claim()"


def test_an_analysis_that_broke_off_is_no_clean_one():
    with pytest.raises(ValueError, match="no solc"):
        findings(report(success=False, error="no solc", results={}))


def test_the_extent_is_what_slither_says_last():
    said = "x analyzed (39 contracts with 102 detectors), 16 result(s) found"
    assert extent(said) == Extent(39, 102)
    assert extent("x analyzed (1 contract with 1 detector), 0") == Extent(1, 1)
    assert extent("nothing") == Extent()


@pytest.mark.parametrize("key", ["id", "reason", "reviewer", "date"])
def test_only_a_complete_entry_accepts_a_finding(key):
    assert reviewed(ENTRY) == {"ab12"}
    without = "\n".join(line for line in ENTRY.splitlines() if not line.startswith(key))
    assert reviewed(without) == frozenset()


def test_comments_and_settings_that_hide_findings_are_named():
    sources = {"contracts/A.sol": "contract A {\n// slither-disable-next-line all\n}"}
    settings = json.dumps({"exclude_high": True, "filter_paths": "", "solc": "x"})
    assert suppressions(sources, settings) == [
        "contracts/A.sol:2: slither-disable-next-line all",
        "slither.config.json: exclude_high",
    ]
    assert suppressions({"contracts/A.sol": "contract A {}"}) == []
