"""The release's contract tests, their builds, and each defect that a release can have in them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.evm import build
from fixtures.profiles.tools import search_path, which
from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import analysis_build, contract_tests, coverage_build
from fixtures.reference.meta_aggregator.release_files import EVM, TEMPLATES

PACKAGES = build.modules()
needs_compiler = pytest.mark.skipif(
    PACKAGES is None,
    reason="node and the packages of contracts/evm/package.json are needed (npm ci)",
)
needs_slither = pytest.mark.skipif(which("slither") is None, reason="slither is needed")


@pytest.fixture
def checkout(tmp_path):
    """Writes the part of a release that its contract tests need."""

    def write(*items):
        defects = Defects.for_items(items) if items else NONE
        shutil.copytree(TEMPLATES / "test", tmp_path / "test")
        shutil.copytree(TEMPLATES / "analysis", tmp_path / "analysis")
        for path in [*EVM.glob("Escrow*.sol"), *EVM.glob("vault/*.sol")]:
            place = tmp_path / "contracts" / path.relative_to(EVM)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
        texts = {
            path.relative_to(TEMPLATES).as_posix(): path.read_text()
            for path in TEMPLATES.glob("test/*.js")
        }
        for path, text in contract_tests.files(texts, defects).items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return tmp_path

    return write


def run(root, *arguments, code=0):
    command = [sys.executable, "test/contracts.py", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout[-2000:] + done.stderr
    return done.stdout + done.stderr


def played(root):
    """What a whole run reached, and the files that took part in it."""
    run(root, "--coverage", "c.json", "--report", "r.json")
    report = json.loads((root / "r.json").read_text())
    files = {row["file"].rpartition("/")[2] for row in report["passes"]}
    return json.loads((root / "c.json").read_text())["total"], files


def test_the_tests_pass_and_reach_every_line_and_branch(checkout):
    total, files = played(checkout())
    assert total["lines"]["total"] > 150
    assert {kind: figures["pct"] for kind, figures in total.items()} == {
        "lines": 100,
        "statements": 100,
        "branches": 100,
    }
    assert files == {"Escrow.test.js", "Escrow.integration.test.js", "FeeVault.test.js"}


def test_one_file_can_be_run_alone(checkout):
    assert "14 passing" in run(checkout(), "test/FeeVault.test.js")


def test_a_scenario_that_goes_another_way_is_a_failure(checkout):
    root = checkout()
    path = root / "test" / "FeeVault.test.js"
    path.write_text(path.read_text().replace('"is": "1"', '"is": "9"'))
    said = run(root, "test/FeeVault.test.js", code=1)
    assert "expected 9, observed 1" in said
    assert "1 failing" in said


def test_a_contract_that_changed_since_the_build_is_not_measured(checkout):
    root = checkout()
    (root / "contracts" / "Escrow.sol").write_text("contract Escrow {}")
    assert "has changed since coverage.json was built" in run(root, "--coverage", "c", code=2)


def test_fault_stray_only_leaves_out_the_other_files(checkout):
    assert played(checkout("MA-SC-01"))[1] == {"Escrow.test.js"}


def test_fault_a_branch_has_no_test(checkout):
    total, _ = played(checkout("MA-SC-02"))
    assert 95 < total["lines"]["pct"] <= 100
    assert 95 < total["branches"]["pct"] < 100


def test_fault_disputes_are_tested_no_more(checkout):
    assert 90 < played(checkout("MA-SC-03"))[0]["lines"]["pct"] < 95


@needs_compiler
@pytest.mark.parametrize("patch", ["", *coverage_build.PATCHES])
def test_compiling_again_gives_the_committed_coverage_build(patch):
    made = coverage_build.coverage_build(patch, PACKAGES)
    assert made == json.loads(coverage_build.compiled(patch))


@needs_compiler
@pytest.mark.parametrize("patch", ["", analysis_build.PATCHED])
def test_compiling_again_gives_the_committed_archive(patch):
    assert analysis_build.archive(patch, PACKAGES) == analysis_build.unpacked(patch)


@pytest.mark.parametrize("patch", ["", analysis_build.PATCHED])
def test_an_archive_names_no_place_of_a_machine(patch):
    text = json.dumps(analysis_build.unpacked(patch))
    assert all(word not in text for word in ("node_modules", "/home/", "/tmp/", str(Path.home())))


@needs_slither
@pytest.mark.parametrize(
    ("items", "found"),
    [((), []), (("MA-SC-04",), ["reentrancy-eth"])],
    ids=["honest", "fault"],
)
def test_slither_reads_the_archive(checkout, items, found):
    root = checkout(*items)
    command = [sys.executable, "analysis/run.py", "--report", "r.json"]
    environ = {**os.environ, "PATH": search_path(os.environ)}
    subprocess.run(command, cwd=root, env=environ, capture_output=True, check=False)
    results = json.loads((root / "r.json").read_text())["results"].get("detectors", [])
    assert [row["check"] for row in results if row["impact"] == "High"] == found


def test_an_archive_of_other_contracts_is_refused(checkout):
    root = checkout()
    (root / "contracts" / "Escrow.sol").write_text("contract Escrow {}")
    command = [sys.executable, "analysis/run.py", "--report", "r.json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "has changed since the archive was exported" in done.stderr
