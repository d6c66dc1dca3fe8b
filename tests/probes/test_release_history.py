import json

import pytest

from fixtures.probes.release_history import (
    PackageChange,
    changes,
    declared,
    is_fix,
    locked,
    unreviewed,
)


@pytest.mark.parametrize(
    ("subject", "merge", "expected"),
    [
        ("fix: address", False, True),
        ("chore(deps): bump", False, True),
        ("feat: discounts", False, False),
        ("feat: discounts (#132)", True, False),
        ("fix!: other signature scheme", False, False),
        ("fixed things", False, False),
        ("fix:", False, False),
        ("prefix: thing", False, False),
        ("Merge pull request #12 from work", True, True),
        ("Merge pull request #12 from work", False, False),
        ("Merge everything", True, False),
    ],
)
def test_only_fixes_pass_the_freeze(subject, merge, expected):
    assert is_fix(subject, merge=merge) is expected


def lock(**packages):
    entries = {f"node_modules/{name}": entry for name, entry in packages.items()}
    return json.dumps({"packages": {"": {"version": "2.0.0"}, **entries}})


def test_changed_packages_are_found_in_the_lock():
    before = locked(lock(a={"version": "1.0.0"}, b={"version": "1"}, c={"version": "1"}))
    after = locked(lock(a={"version": "1.0.1"}, b={"version": "1"}, d={"version": "3"}))

    assert changes(before, after) == [
        PackageChange("a", "1.0.0", "1.0.1"),
        PackageChange("c", "1", ""),
        PackageChange("d", "", "3"),
    ]


def test_the_same_version_with_other_content_is_a_change():
    before = locked(lock(a={"version": "1.0.0", "integrity": "sha512-a"}))
    after = locked(lock(a={"version": "1.0.0", "integrity": "sha512-b"}))

    assert [change.package for change in changes(before, after)] == ["a"]


def test_ranges_of_all_groups_are_declared():
    text = json.dumps({"dependencies": {"a": "^1"}, "devDependencies": {"b": "~2"}})
    assert declared(text) == {"a": "^1", "b": "~2"}


@pytest.mark.parametrize(
    ("review", "covered"),
    [
        ({"package": "a", "to": "1.0.1", "reviewer": "R"}, True),
        ({"package": "a", "to": "1.0.1", "reviewer": " "}, False),
        ({"package": "a", "to": "1.0.1"}, False),
        ({"package": "a", "to": "1.0.2", "reviewer": "R"}, False),
        ({"package": "b", "to": "1.0.1", "reviewer": "R"}, False),
    ],
)
def test_a_change_needs_a_review_of_that_version(review, covered):
    change = PackageChange("a", "1.0.0", "^1.0.1")
    assert (unreviewed([change], [review]) == []) is covered


def test_a_nested_package_is_reviewed_by_its_name():
    change = PackageChange("express/node_modules/qs", "1", "2 (sha512-x)")
    assert not unreviewed([change], [{"package": "qs", "to": "2", "reviewer": "R"}])
