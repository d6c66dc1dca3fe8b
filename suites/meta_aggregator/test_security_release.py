"""What leaves the house with a release: its dependencies, its secrets, its security tests."""

import secrets
import tomllib

import pytest

from fixtures.clients.files import read_json
from fixtures.clients.git_objects import Objects
from fixtures.clients.shipped import shipped
from fixtures.probes.reported_tests import Tally, tally
from fixtures.probes.secret_scan import allowed, scan
from fixtures.probes.security_records import open_findings
from suites.package_audit import audited

BASELINE = "docs/secrets-baseline.toml"


@pytest.mark.item("MA-SEC-01")
def test_no_installed_package_has_a_known_high_vulnerability(
    target, checkout, operations, release, limits, evidence
):
    """Nothing that the lock file installs has a published vulnerability that is high or critical.

    What is published is tried out by everybody. Findings that are lower are archived.
    """
    export = target.profile.meta_aggregator.advisories
    audit = audited(checkout, release.commit, operations, export)

    evidence.observe(packages_checked=audit.packages, advisories_known=audit.known,
                     serious=audit.serious, archived=audit.lower,
                     advisories_of=str(audit.of))  # fmt: skip
    limit, serious = limits["high_or_critical"], audit.serious
    assert limit.holds(len(serious)), f"{limit.explain(len(serious))}\n" + "\n".join(serious)
    if audit.unknown:
        evidence.not_verified("these could not be judged: " + "; ".join(audit.unknown))
    age = limits["advisories_age_days"]
    if not age.holds(audit.age_days):
        evidence.inconclusive(f"{age.explain(f'{audit.age_days:.1f}')}: they are of {audit.of}")


def _reviewed(checkout, release):
    """Salt and reviewed hits of the release's baseline; a salt of this run where it has none."""
    if BASELINE not in checkout.files(release.commit):
        return secrets.token_bytes(16), []
    return allowed(tomllib.loads(checkout.show(release.commit, BASELINE)))


def _environment_files(checkout):
    """The environment files as they lie beside the sources, tracked or not."""
    for path in sorted(checkout.path.glob(".env*")):
        if path.is_file():
            yield path.name, path.read_text("utf-8", "replace")


@pytest.mark.item("MA-SEC-02")
@pytest.mark.parametrize(
    ("source", "figure"),
    [
        pytest.param("history", "texts_scanned", id="history"),
        pytest.param("site", "assets_scanned", id="site"),
        pytest.param("environment", "env_files_scanned", id="environment files"),
    ],
)
def test_no_secret_leaves_with_the_release(
    frontend, checkout, release, limits, evidence, source, figure
):
    """No file of any version, nothing that the site serves and no environment file holds a secret.

    A clone brings what was deleted long ago, a bundler copies public variables to everybody, and
    an image is built from the folder as it lies there.
    """
    history = Objects(checkout.path, checkout.recorder)
    read = {
        "history": history.texts,
        "site": lambda: shipped(frontend),
        "environment": lambda: _environment_files(checkout),
    }
    salt, reviewed = _reviewed(checkout, release)
    found, count = {}, 0
    for place, text in read[source]():
        count += 1
        for hit in scan(text, place):
            checkout.recorder.redactor.learn(hit.value)  # before anything can show it
            if not any(entry.covers(hit, salt) for entry in reviewed):
                found.setdefault(hit.fingerprint(salt), f"{hit.kind} in {place}, line {hit.line}")
    hits = [f"{what} (fingerprint {mark})" for mark, what in sorted(found.items())]

    evidence.observe(**{figure: count}, found=hits, binary_left_out=history.binary)
    limit = limits["secret_hits"]
    assert limit.holds(len(hits)), f"{limit.explain(len(hits))}\n" + "\n".join(hits)
    if history.too_large:
        evidence.not_verified(f"too large to be read: {', '.join(history.too_large)}")


@pytest.mark.item("MA-SEC-17")
def test_security_tests_and_a_penetration_test_were_passed(
    target, checkout, operations, release, limits, evidence, tmp_path
):
    """The security tests run and pass, and testers left nothing critical open in this very commit.

    A placeholder that exits with 0 looks like a test in a pipeline, and a report about the release
    before says nothing about what was changed since.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    run = operations.run("security_tests", cwd=clean.path)
    seen = tally(run.stdout) or Tally(0, 0, 0)
    report = read_json(target.require("penetration_report"), target.recorder)
    critical = open_findings(report.get("findings", ()), "critical")
    about_release = (report.get("version"), report.get("commit"))

    evidence.observe(executed_tests=seen.executed, failed_tests=seen.failed,
                     tester=report.get("tester"), findings=len(report.get("findings", ())),
                     open_high=open_findings(report.get("findings", ()), "high"))  # fmt: skip
    assert run.ok, run.explain()
    assert not seen.failed, run.explain("no failed test")
    limit = limits["executed_tests"]
    assert limit.holds(seen.executed), f"{limit.explain(seen.executed)}\n{run.explain()}"
    assert about_release == (release.version, release.commit), f"reported about {about_release}"
    assert str(report.get("tester") or "").strip(), "the penetration report names no tester"
    limit = limits["open_critical_findings"]
    assert limit.holds(len(critical)), f"{limit.explain(len(critical))}: {critical}"
