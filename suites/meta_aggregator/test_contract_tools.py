"""The release's own tools on the escrow's source: its tests, their coverage, static analysis."""

import pytest

from fixtures.clients.files import read_bytes
from fixtures.probes import coverage_report, static_analysis
from fixtures.probes.mocha_report import FileOutcome, by_file, of_named

NAMED_FILES = ("test/Escrow.test.js", "test/Escrow.integration.test.js")
SOURCES = "contracts/"
ALLOWED = "docs/slither-allowed.toml"
SETTINGS = "slither.config.json"
COVERAGE_FILES = ("coverage/coverage-summary.json", "coverage.json", "coverage/lcov.info")


@pytest.mark.item("MA-SC-01")
def test_contract_tests_of_the_release_pass_in_every_named_file(
    checkout, operations, release, limits, evidence, tmp_path
):
    """All contract tests pass in one run, and both named files take part in it.

    One forgotten "only" leaves out every other file, and the runner still exits with 0.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    report = tmp_path / "mocha.json"

    run = operations.run("contract_tests", cwd=clean.path, report=report)
    text = read_bytes(report, operations.recorder).decode() if report.is_file() else run.stdout
    outcomes = by_file(text)
    named = {name: of_named(outcomes, name) for name in NAMED_FILES}
    failed = sum(outcome.failed for outcome in outcomes.values())

    evidence.observe(
        executed_tests=sum(each.passed + each.failed for each in outcomes.values()),
        passed_by_file={name: outcome.passed for name, outcome in named.items()},
    )
    limit = limits["failed_tests"]
    assert limit.holds(failed), f"{limit.explain(failed)}\n{run.explain()}"
    assert run.ok, run.explain()
    left_out = [name for name, outcome in named.items() if outcome == FileOutcome()]
    assert not left_out, run.explain(f"tests of {', '.join(left_out)} in the report")
    idle = [name for name, outcome in named.items() if not outcome.passed]
    assert not idle, run.explain(f"a passing test of {', '.join(idle)}")


@pytest.mark.item("MA-SC-02")
def test_contract_tests_cover_every_line_and_branch(
    target, checkout, operations, release, limits, evidence, tmp_path_factory
):
    """The contract tests reach every line and take every branch of the contracts.

    A branch that no test took was never seen to do what it says, and it moves money.
    """
    clean, run, report = target.once(
        "coverage of the contracts",
        lambda: covered(checkout, operations, release, tmp_path_factory.mktemp("coverage")),
    )
    found = measured(clean, run, report, operations.recorder)
    lines, branches = found.lines.percent, found.branches.percent

    evidence.observe(
        lines_measured=found.lines.total,
        coverage_pct=round(lines, 2),
        branch_coverage_pct=round(branches, 2),
    )
    limit = limits["coverage_pct"]
    assert limit.holds(lines), f"lines: {limit.explain(lines)}\n{run.explain()}"
    assert limit.holds(branches), f"branches: {limit.explain(branches)}\n{run.explain()}"


@pytest.mark.item("MA-SC-03")
def test_contract_tests_cover_nearly_every_line(
    target, checkout, operations, release, limits, evidence, tmp_path_factory
):
    """The contract tests reach the share of lines that the release index asks for.

    The index is content with less than the strategy; both are judged, each by its own limit.
    """
    clean, run, report = target.once(
        "coverage of the contracts",
        lambda: covered(checkout, operations, release, tmp_path_factory.mktemp("coverage")),
    )
    found = measured(clean, run, report, operations.recorder)
    lines = found.lines.percent

    evidence.observe(lines_measured=found.lines.total, coverage_pct=round(lines, 2))
    limit = limits["coverage_pct"]
    assert limit.holds(lines), f"{limit.explain(lines)}\n{run.explain()}"


def covered(checkout, operations, release, folder):
    """The release commit in a folder of its own, what measured its coverage, and the report.

    Both limits are about one measurement, so it is taken once in a run.
    """
    clean = checkout.clone_at(release.commit, folder / "clean")
    wanted = folder / "coverage.json"
    run = operations.run("contract_coverage", cwd=clean.path, report=wanted)
    assert run.ok, run.explain()
    places = [wanted, *(clean.path / name for name in COVERAGE_FILES)]
    written = next((path for path in places if path.is_file()), None)
    assert written, run.explain("a coverage report")
    return clean, run, written


def measured(clean, run, written, recorder):
    """The coverage of all contracts of the release commit."""
    report = coverage_report.read(read_bytes(written, recorder).decode())
    contracts = [path for path in clean.files(under=SOURCES) if path.endswith((".sol", ".vy"))]
    found = coverage_report.of_files(report, contracts)
    missing = sorted(set(contracts) - set(found))
    assert not missing, run.explain(f"figures of {', '.join(missing)}")
    return coverage_report.together(found.values())


@pytest.mark.item("MA-SC-04")
def test_static_analysis_finds_nothing_of_high_impact(
    checkout, operations, release, limits, evidence, tmp_path
):
    """Slither finds nothing of high impact in the contracts that no reviewer has accepted.

    The detectors know the mistakes that have cost others their funds; reentrancy is the first.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    report = tmp_path / "slither.json"

    run = operations.run("static_analysis", cwd=clean.path, report=report)
    assert report.is_file(), run.explain("a report of Slither")
    found = static_analysis.findings(read_bytes(report, operations.recorder).decode())
    extent = static_analysis.extent(run.stdout + run.stderr)
    allowed = static_analysis.reviewed(clean.read(ALLOWED) if clean.exists(ALLOWED) else "")
    high = [each for each in found if each.impact == "High" and each.id not in allowed]
    sources = {path: clean.read(path) for path in clean.files(under=SOURCES)}
    settings = clean.read(SETTINGS) if clean.exists(SETTINGS) else "{}"
    hidden = static_analysis.suppressions(sources, settings)

    evidence.observe(
        contracts_analysed=extent.contracts,
        detectors_run=extent.detectors,
        findings=len(found),
        high_findings=[f"{each.check}: {each.description}" for each in high],
    )
    assert hidden == [], f"findings are hidden without a review: {'; '.join(hidden)}"
    limit = limits["high_findings"]
    shown = "\n".join(f"{each.id} {each.check}: {each.description}" for each in high)
    assert limit.holds(len(high)), f"{limit.explain(len(high))}\n{shown}"
