"""What is known to be unsafe about a release of nctool: packages, findings, failed tests."""

from datetime import UTC, datetime

import pytest

from fixtures.clients.advisories import about
from fixtures.clients.files import read_bytes, read_json
from fixtures.probes.advisories import SERIOUS, advisories, judge, npm_audit, packages
from fixtures.probes.security_records import moment, open_findings
from fixtures.probes.suite_reports import Tally, by_suite


@pytest.mark.item("NC-SEC-01")
def test_no_package_of_the_release_has_a_known_high_vulnerability(
    target, checkout, operations, release, limits, evidence
):
    """Nothing that the lock file installs has a published vulnerability that is high or critical.

    The registry is asked where the profile says how, and a stored export where there is one.
    """
    installed = packages(checkout.show(release.commit, "package-lock.json"))
    asked = operations.has("audit")
    findings = npm_audit(operations.run("audit").stdout) if asked else []
    known, unknown, age = len(findings), [], 0.0
    if not asked or target.profile.nctool.advisories is not None:
        names = {package.name for package in installed}
        export = about(target.require("advisories", "nctool"), names, target.recorder)
        stored = [each for record in export.records for each in advisories(record)]
        found, unknown = judge(installed, stored)
        findings, known, age = findings + found, export.total, export.age_days(datetime.now(UTC))
    serious = [str(finding) for finding in findings if finding.severity in SERIOUS]

    evidence.observe(packages_checked=len(installed), advisories_known=known, serious=serious)
    limit = limits["high_or_critical"]
    assert limit.holds(len(serious)), f"{limit.explain(len(serious))}\n" + "\n".join(serious)
    if unknown:
        evidence.not_verified("these could not be judged: " + "; ".join(unknown))
    if not limits["advisories_age_days"].holds(age):
        evidence.inconclusive(limits["advisories_age_days"].explain(f"{age:.1f}"))


@pytest.mark.item("NC-SEC-02")
def test_the_scan_of_this_commit_left_nothing_critical_open(target, release, limits, evidence):
    """The scanner looked at the very commit that is released, and found nothing critical.

    A clean report about another commit says nothing about what has been changed since.
    """
    report = read_json(target.require("security_scan", "nctool"), target.recorder)
    findings = report.get("findings", ())
    critical = open_findings(findings, "critical")

    evidence.observe(findings_read=len(findings), open_high=open_findings(findings, "high"))
    assert report.get("commit") == release.commit, (
        f"scanned was {report.get('commit')}, released is {release.commit}: scan again"
    )
    assert str(report.get("scanner") or "").strip(), "the report does not say who scanned"
    assert moment(report.get("finished_at")), "the report does not say when the scan was finished"
    limit = limits["critical"]
    assert limit.holds(len(critical)), f"{limit.explain(len(critical))}: {critical}"


@pytest.mark.item("NC-SEC-03")
def test_the_security_tests_of_the_release_run_and_pass(
    checkout, operations, release, limits, evidence, tmp_path
):
    """The security tests of the release commit pass, and there are some.

    A runner that finds nothing to run has nothing to complain about either.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    report = tmp_path / "security.xml"

    run = operations.run("test_security", cwd=clean.path, report=report)
    assert report.is_file(), run.explain("a report of the tests")
    suites = by_suite(read_bytes(report, operations.recorder).decode("utf-8", "replace"))
    seen = sum(suites.values(), Tally(0, 0, 0))

    evidence.observe(executed_tests=seen.executed, failed_tests=seen.failed)
    assert run.ok, run.explain()
    limit = limits["failed_tests"]
    assert limit.holds(seen.failed), f"{limit.explain(seen.failed)}\n{run.explain()}"
    limit = limits["executed_tests"]
    assert limit.holds(seen.executed), f"{limit.explain(seen.executed)}\n{run.explain()}"
