"""What people need when things go wrong: plan, documents, contacts, scripts."""

import json
import tomllib
from datetime import UTC, datetime

import pytest

from contracts.documents import documented
from fixtures.probes.documents import (
    ROLES,
    Named,
    contact_sections,
    contacts,
    missing,
    named,
    not_reconfirmed,
    overdue,
    placeholders,
    review_dates,
)


def _documents(checkout, release):
    """The texts of README and docs/ at the release commit, by path."""
    paths = checkout.files(release.commit)
    wanted = [p for p in paths if p == "README.md" or (p.startswith("docs/") and p.endswith(".md"))]
    return {path: checkout.show(release.commit, path) for path in wanted}


@pytest.mark.item("MA-PRE-09")
def test_everything_the_rollback_plan_names_exists(
    attestation, checkout, frontend, backups, release, evidence
):
    """The attested rollback plan names a page, a back end and a backup that can be gone back to.

    A plan that points to something deleted is found out in the worst hour.
    """
    path = str(attestation.facts.get("plan", ""))
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert path in checkout.files(release.commit), f"the plan {path!r} is not in the release"
    plan = tomllib.loads(checkout.show(release.commit, path))
    listed = frontend.get("/deployments")
    assert listed.status == 200, listed.explain("the list of deployments")
    builds = {entry["build_id"]: entry for entry in listed.json()["deployments"]}
    revision, backup, build = (
        str(plan.get(key, "")) for key in ("backend_revision", "backup", "frontend_build")
    )
    exists = {
        f"frontend build {build}": build in builds and not builds[build]["live"],
        f"back-end revision {revision}": checkout.has_revision(revision)
        and checkout.resolve(revision) == checkout.resolve(release.previous_tag),
        f"database backup {backup}": backup in backups.names(),
    }

    evidence.observe(parts_resolved=sum(exists.values()), plan=plan)
    gone = [part for part, there in exists.items() if not there]
    assert not gone, f"{path} names what does not exist or is not of {release.previous_tag}: {gone}"


@pytest.mark.item("MA-PRE-14")
def test_every_documented_script_and_folder_exists(checkout, release, evidence):
    """Every npm script, script and folder that a document names is in the release.

    A runbook is read when there is no time to find out what a command is called by now.
    """
    wanted = documented("meta_aggregator")
    names = Named(wanted.npm_scripts, wanted.files, wanted.folders)
    for text in _documents(checkout, release).values():
        names |= named(text)
    scripts = json.loads(checkout.show(release.commit, "package.json"))["scripts"]

    absent = missing(names, scripts, checkout.files(release.commit))

    evidence.observe(names_looked_up=len(names), absent=absent)
    assert not absent, "documented, but not in the release: " + ", ".join(absent)


@pytest.mark.item("MA-PRE-15")
def test_the_emergency_contacts_are_complete(checkout, release, evidence):
    """One list names a primary, a secondary and an escalation contact who can be reached.

    A template's brackets look like a list until somebody has to call one of them.
    """
    sections = {
        path: section
        for path, text in _documents(checkout, release).items()
        for section in contact_sections(text)
    }
    left = {path: found for path, text in sections.items() if (found := placeholders(text))}
    lists = {path: found for path, text in sections.items() if (found := contacts(text))}
    lacking = [
        f"{path}: {role} lacks {', '.join(found[role].lacks) if role in found else 'an entry'}"
        for path, found in lists.items()
        for role in ROLES
        if role not in found or found[role].lacks
    ]

    evidence.observe(contact_lists=len(lists), contacts=sum(len(found) for found in lists.values()))
    assert not left, f"placeholders were never filled in: {left}"
    assert lists, "no document of the release lists emergency contacts"
    assert not lacking, "; ".join(lacking)
    assert len({str(sorted(found.items())) for found in lists.values()}) == 1, (
        f"the lists of {', '.join(lists)} differ: nobody can tell which one is valid"
    )


@pytest.mark.item("MA-PRE-16")
def test_the_documents_belong_to_this_release(attestation, checkout, release, evidence):
    """README, API reference and runbooks were changed or confirmed, and their review is not due.

    An outdated instruction is followed with the same trust as a right one.
    """
    texts = _documents(checkout, release)
    changed = checkout.changed_files(release.previous_tag, release.commit)
    stale = not_reconfirmed(texts, changed, attestation.facts.get("reconfirmed", ()))
    dates = {path: review_dates(text) for path, text in texts.items()}
    late = overdue(dates, datetime.now(UTC).date())

    evidence.observe(documents=len(texts), review_dates=sum(map(len, dates.values())))
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert not stale, f"neither changed since {release.previous_tag} nor confirmed: {stale}"
    assert not late, "; ".join(late)
