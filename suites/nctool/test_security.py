"""What is known to be unsafe about a release of nctool: packages, findings, failed tests."""

import pytest

from fixtures.clients.files import read_bytes, read_json
from fixtures.probes.security_records import moment, open_findings
from fixtures.probes.suite_reports import Tally, by_suite
from suites.package_audit import audited


@pytest.mark.item("NC-SEC-01")
def test_no_package_of_the_release_has_a_known_high_vulnerability(
    target, checkout, operations, release, limits, evidence
):
    """Nothing that the lock file installs has a published vulnerability that is high or critical.

    The registry is asked where the profile says how, and a stored export where there is one.
    """
    audit = audited(checkout, release.commit, operations, target.profile.nctool.advisories)

    evidence.observe(packages_checked=audit.packages, advisories_known=audit.known,
                     serious=audit.serious, archived=audit.lower)  # fmt: skip
    limit = limits["high_or_critical"]
    assert limit.holds(len(audit.serious)), f"{limit.explain(len(audit.serious))}\n" + "\n".join(
        audit.serious
    )
    if audit.unknown:
        evidence.not_verified("these could not be judged: " + "; ".join(audit.unknown))
    if not limits["advisories_age_days"].holds(audit.age_days):
        evidence.inconclusive(limits["advisories_age_days"].explain(f"{audit.age_days:.1f}"))


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
