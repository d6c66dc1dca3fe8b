"""What leaves the house with a release: its dependencies, its secrets, its security tests."""

import secrets
import tomllib
from datetime import UTC, datetime

import pytest

from fixtures.clients.advisories import about
from fixtures.clients.files import read_json
from fixtures.clients.git_objects import Objects
from fixtures.clients.shipped import shipped
from fixtures.probes.advisories import SERIOUS, advisories, judge, npm_audit, packages
from fixtures.probes.reported_tests import Tally, tally
from fixtures.probes.secret_scan import allowed, scan
from fixtures.probes.security_records import open_findings

BASELINE = "docs/secrets-baseline.toml"


@pytest.mark.item("MA-SEC-01")
def test_no_installed_package_has_a_known_high_vulnerability(
    target, checkout, operations, release, limits, evidence
):
    """Nothing that the lock file installs has a published vulnerability that is high or critical.

    What is published is tried out by everybody. Findings that are lower are archived.
    """
    installed = packages(checkout.show(release.commit, "package-lock.json"))
    asked_registry = operations.has("audit")
    audited = npm_audit(operations.run("audit").stdout) if asked_registry else []
    offline = not asked_registry or target.profile.meta_aggregator.advisories is not None
    findings, unknown, known, age = audited, [], len(audited), 0.0
    if offline:
        export = about(target.require("advisories"), {p.name for p in installed}, target.recorder)
        stored = [each for record in export.records for each in advisories(record)]
        found, unknown = judge(installed, stored)
        findings, known, age = audited + found, export.total, export.age_days(datetime.now(UTC))

    serious = [str(f) for f in findings if f.severity in SERIOUS]
    lower = [str(f) for f in findings if f.severity not in SERIOUS]
    evidence.observe(packages_checked=len(installed), advisories_known=known, serious=serious,
                     archived=lower, advisories_age_days=round(age, 2))  # fmt: skip
    limit = limits["high_or_critical"]
    assert limit.holds(len(serious)), f"{limit.explain(len(serious))}\n" + "\n".join(serious)
    if unknown:
        evidence.not_verified("these could not be judged: " + "; ".join(unknown))
    if not limits["advisories_age_days"].holds(age):
        evidence.inconclusive(limits["advisories_age_days"].explain(f"{age:.1f}"))


def _reviewed(checkout, release):
    """Salt and reviewed hits of the release's baseline; a salt of this run where it has none."""
    if BASELINE not in checkout.files(release.commit):
        return secrets.token_bytes(16), []
    return allowed(tomllib.loads(checkout.show(release.commit, BASELINE)))


def _leaked(texts, checkout, release, recorder):
    """The hits in texts that nobody reviewed, without values, and how many texts there were."""
    salt, reviewed = _reviewed(checkout, release)
    found, count = {}, 0
    for place, text in texts:
        count += 1
        for hit in scan(text, place):
            recorder.redactor.learn(hit.value)
            if not any(entry.covers(hit, salt) for entry in reviewed):
                found.setdefault(hit.fingerprint(salt), f"{hit.kind} in {place}, line {hit.line}")
    return [f"{what} (fingerprint {mark})" for mark, what in sorted(found.items())], count


@pytest.mark.item("MA-SEC-02")
def test_no_secret_is_in_the_history_of_the_release(checkout, release, limits, evidence):
    """No version of any file, and no message, in the repository's history holds a credential.

    What was deleted in the newest version is still handed to everybody who clones.
    """
    history = Objects(checkout.path, checkout.recorder)

    hits, texts = _leaked(history.texts(), checkout, release, checkout.recorder)

    evidence.observe(texts_scanned=texts, binary_left_out=history.binary,
                     too_large_left_out=history.too_large, found=hits)  # fmt: skip
    limit = limits["secret_hits"]
    assert limit.holds(len(hits)), f"{limit.explain(len(hits))}\n" + "\n".join(hits)


@pytest.mark.item("MA-SEC-02")
def test_no_secret_is_in_what_the_site_serves(frontend, checkout, release, limits, evidence):
    """No page, script, style or source map that the site serves holds a credential.

    A bundler copies every public variable into files that anybody can read.
    """
    hits, assets = _leaked(shipped(frontend), checkout, release, frontend.recorder)

    evidence.observe(assets_scanned=assets, found=hits)
    limit = limits["secret_hits"]
    assert limit.holds(len(hits)), f"{limit.explain(len(hits))}\n" + "\n".join(hits)


@pytest.mark.item("MA-SEC-02")
def test_no_secret_is_in_the_environment_files(checkout, release, limits, evidence):
    """No environment file beside the sources, tracked or not, holds a credential.

    An image is built from the folder as it lies there, not from what was committed.
    """
    files = [(path.name, path.read_text("utf-8", "replace"))
             for path in sorted(checkout.path.glob(".env*")) if path.is_file()]  # fmt: skip

    hits, count = _leaked(files, checkout, release, checkout.recorder)

    evidence.observe(env_files_scanned=count, found=hits)
    limit = limits["secret_hits"]
    assert limit.holds(len(hits)), f"{limit.explain(len(hits))}\n" + "\n".join(hits)


@pytest.mark.item("MA-SEC-17")
def test_the_security_tests_run_and_pass(checkout, operations, release, limits, evidence, tmp_path):
    """The release's own security tests pass in a clean checkout, and there are some.

    A placeholder that exits with 0 looks just like them in a pipeline.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")

    run = operations.run("security_tests", cwd=clean.path)
    seen = tally(run.stdout) or Tally(0, 0, 0)

    evidence.observe(executed_tests=seen.executed, failed_tests=seen.failed)
    assert run.ok, run.explain()
    assert not seen.failed, run.explain("no failed test")
    limit = limits["executed_tests"]
    assert limit.holds(seen.executed), f"{limit.explain(seen.executed)}\n{run.explain()}"


@pytest.mark.item("MA-SEC-17")
def test_the_penetration_test_of_this_release_left_nothing_critical_open(
    target, release, limits, evidence
):
    """The penetration testers looked at this very commit, and no critical finding is open.

    A report about the release before says nothing about what was changed since.
    """
    report = read_json(target.require("penetration_report"), target.recorder)
    findings = report.get("findings", [])
    critical = open_findings(findings, "critical")

    evidence.observe(executed_tests=len(findings), tester=report.get("tester"),
                     open_high=open_findings(findings, "high"))  # fmt: skip
    named = (report.get("version"), report.get("commit"))
    assert named == (release.version, release.commit), f"the report is about {named}"
    assert str(report.get("tester", "")).strip(), "the report names no tester"
    limit = limits["open_critical_findings"]
    assert limit.holds(len(critical)), f"{limit.explain(len(critical))}: {critical}"
