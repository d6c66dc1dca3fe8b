"""What went into the release since the previous one, and who looked at it."""

import tomllib
from datetime import timedelta

import pytest

from fixtures.probes.release_history import changes, declared, is_fix, locked, unreviewed

REVIEWS = "docs/dependency-reviews.toml"


@pytest.mark.item("MA-PRE-04")
def test_only_fixes_were_merged_after_the_freeze(checkout, release, limits, evidence):
    """After the freeze, a week or more before the release, only fixes are merged.

    What comes later has not been through the tests of that week.
    """
    freeze, commit = release.freeze_tag, release.commit
    window = release.window_start or release.deployed_at
    if not freeze or not release.previous_tag or window is None:
        evidence.not_verified("the profile's [release] lacks freeze_tag, previous_tag or times")
    days = (window - checkout.tag_date(freeze)) / timedelta(days=1)
    since_freeze = checkout.commits(f"{freeze}..{commit}")
    strangers = [c for c in since_freeze if not is_fix(c.subject, merge=c.is_merge)]
    left_out = checkout.commits(f"{commit}..{freeze}")

    evidence.observe(
        commits_of_release=len(checkout.commits(f"{release.previous_tag}..{commit}")),
        commits_since_freeze=[f"{c.hash[:12]} {c.subject}" for c in since_freeze],
        freeze_days_before_release=round(days, 2),
    )
    assert not left_out, f"{freeze} is no ancestor of the release: {len(left_out)} commits are not"
    assert not strangers, "merged after the freeze, but no fix, docs, test or chore: " + "; ".join(
        f"{c.hash[:12]} {c.subject!r} by {c.author}" for c in strangers
    )
    limit = limits["freeze_days_before_release"]
    assert limit.holds(days), limit.explain(round(days, 2))


@pytest.mark.item("MA-PRE-05")
def test_every_changed_package_was_reviewed(checkout, operations, release, evidence):
    """Each package that the release adds, changes or removes has a recorded reviewer.

    A package brings code that nobody of the team wrote, and a lock file hides it in one line.
    """
    before, after = release.previous_tag, release.commit
    if not before:
        evidence.not_verified("the profile's [release] lacks previous_tag")
    locks = [locked(checkout.show(at, "package-lock.json")) for at in (before, after)]
    ranges = [declared(checkout.show(at, "package.json")) for at in (before, after)]
    tracked = checkout.files(after)
    recorded = tomllib.loads(checkout.show(after, REVIEWS))["review"] if REVIEWS in tracked else []

    in_lock, in_manifest = changes(*locks), changes(*ranges)
    lacking = unreviewed(in_lock, recorded)
    reviewed = {str(review.get("package")) for review in recorded if review.get("reviewer")}
    lacking += [change for change in in_manifest if change.package not in reviewed]
    archive = [path for path in tracked if "npm-outdated" in path]
    if operations.has("outdated"):
        archive.append(str(operations.run("outdated").evidence))

    evidence.observe(
        packages_locked=len(locks[1]),
        changed=[str(change) for change in in_lock],
        reviews=len(recorded),
        outdated_archived_in=archive,
    )
    assert not lacking, f"changed since {before} without a reviewer in {REVIEWS}: " + "; ".join(
        str(change) for change in lacking
    )
    assert archive, "the output of `npm outdated` was not archived with the release"


@pytest.mark.item("MA-PRE-07")
def test_somebody_else_approved_every_commit(checkout, forge, release, evidence):
    """Each commit since the previous release came by a pull request that another person approved.

    One pair of eyes misses what two see, and a push past the review leaves no trace in a diff.
    """
    if not release.previous_tag:
        evidence.not_verified("the profile's [release] lacks previous_tag")
    commits = checkout.commits(f"{release.previous_tag}..{release.commit}")
    merged = {c.hash: [p for p in forge.pulls_of(c.hash) if p.merged] for c in commits}
    pulls = {pull.number: pull for found in merged.values() for pull in found}
    approved = {number for number, pull in pulls.items() if forge.approvers(pull)}

    pushed = [c for c in commits if not merged[c.hash]]
    unapproved = [
        c
        for c in commits
        if merged[c.hash] and not any(p.number in approved for p in merged[c.hash])
    ]
    evidence.observe(commits_checked=len(commits), pull_requests=sorted(pulls))
    assert not pushed, "in no merged pull request: " + "; ".join(
        f"{c.hash[:12]} {c.subject!r} by {c.author}" for c in pushed
    )
    assert not unapproved, "merged without approval by somebody else: " + "; ".join(
        f"{c.hash[:12]} {c.subject!r} by {c.author}" for c in unapproved
    )
