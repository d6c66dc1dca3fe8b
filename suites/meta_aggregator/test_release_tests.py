"""The release's own tests, run from a clean checkout and believed only by their report."""

import json

import pytest

from fixtures.clients.files import read_bytes
from fixtures.probes.reported_tests import Tally, tally


@pytest.mark.item("MA-PRE-01")
def test_unit_tests_of_the_release_commit_run_and_pass(
    checkout, operations, release, limits, evidence, tmp_path
):
    """The unit tests of the release commit pass, and there are some.

    A runner whose pattern matches nothing exits with 0 as well, so its report must show tests.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    scripts = json.loads(clean.read("package.json"))["scripts"]

    runs = [operations.run("unit_tests", cwd=clean.path)]
    if scripts.get("test:unit") not in {None, scripts.get("test")}:
        runs.append(operations.run_argv(["npm", "run", "test:unit"], cwd=clean.path))
    tallies = [tally(run.stdout) or Tally(0, 0, 0) for run in runs]
    executed, failed = min(t.executed for t in tallies), sum(t.failed for t in tallies)

    evidence.observe(executed_tests=executed, failed_tests=failed)
    assert all(run.ok for run in runs), "\n".join(run.explain() for run in runs if not run.ok)
    limit = limits["executed_tests"]
    assert limit.holds(executed), f"{limit.explain(executed)}\n{runs[0].explain('tests that ran')}"
    assert limits["failed_tests"].holds(failed), limits["failed_tests"].explain(failed)


@pytest.mark.item("MA-PRE-02")
@pytest.mark.writes
def test_integration_tests_of_the_release_pass_against_the_target(
    checkout, operations, release, limits, evidence, tmp_path
):
    """The release's own integration tests pass against the deployed API.

    They hold what the developers promise of each route; one that is red is a broken promise.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")

    run = operations.run("integration_tests", cwd=clean.path)
    seen = tally(run.stdout) or Tally(0, 0, 0)

    evidence.observe(executed_tests=seen.executed, failed_tests=seen.failed)
    limit = limits["failed_tests"]
    assert limit.holds(seen.failed), f"{limit.explain(seen.failed)}\n{run.explain()}"
    assert run.ok, run.explain()
    limit = limits["executed_tests"]
    assert limit.holds(seen.executed), f"{limit.explain(seen.executed)}\n{run.explain()}"


@pytest.mark.item("MA-PRE-03")
@pytest.mark.writes
def test_browser_specs_of_the_release_pass(
    checkout, operations, release, limits, evidence, tmp_path
):
    """The end-to-end specs pass in a browser without anybody watching.

    They are the only tests in which page, wallet and API meet before users do.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    report = tmp_path / "specs.xml"

    run = operations.run("e2e_tests", cwd=clean.path, report=report)
    assert report.is_file(), run.explain("a report of the specs")
    text = read_bytes(report, operations.recorder).decode("utf-8", "replace")
    seen = tally(text) or Tally(0, 0, 0)

    evidence.observe(executed_specs=seen.executed, failed_specs=seen.failed)
    limit = limits["failed_specs"]
    assert limit.holds(seen.failed), f"{limit.explain(seen.failed)}\n{run.explain()}"
    limit = limits["executed_specs"]
    assert limit.holds(seen.executed), f"{limit.explain(seen.executed)}\n{run.explain()}"
    assert run.ok, run.explain()
