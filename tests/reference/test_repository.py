import os
from datetime import UTC, datetime

import pytest

from fixtures.reference.forge import read_pulls
from fixtures.reference.repository import (
    MAIN,
    Change,
    History,
    build,
    changed,
    commit_of,
    git,
    take,
)

STARTED = datetime(2026, 3, 1, tzinfo=UTC)
ONE, TWO = "One <one@example.test>", "Two <two@example.test>"


def history(*, reviewed=True):
    made = History(STARTED)
    tip = made.commit(MAIN, ONE, STARTED, "chore: begin\n", {"a": "1", "run.sh": "#!/bin/sh\n"})
    made.tag("v1", tip, ONE, STARTED)
    change = Change(7, "fix: a", ONE, TWO, 2, ("a",), reviewed)
    made.merge(tip, change, {"a": "2", "run.sh": None})
    return made


def test_equal_histories_give_equal_commits(tmp_path):
    assert build(tmp_path / "x", history()) == build(tmp_path / "y", history())


def test_the_work_tree_is_that_of_the_last_merge(tmp_path):
    tip = build(tmp_path, history())
    assert [path.name for path in sorted(tmp_path.iterdir())] == [".git", "a"]
    assert commit_of(tmp_path, "v1") != tip
    assert git(tmp_path, "status", "--porcelain") == ""
    assert git(tmp_path, "branch", "--list").split() == ["*", "main"]


def test_scripts_can_be_run(tmp_path):
    build(tmp_path, history())
    git(tmp_path, "checkout", "--quiet", "v1")
    assert os.access(tmp_path / "run.sh", os.X_OK)
    assert not os.access(tmp_path / "a", os.X_OK)


@pytest.mark.parametrize(("reviewed", "reviewer"), [(True, "two"), (False, None)])
def test_the_forge_knows_who_approved_a_merge(tmp_path, reviewed, reviewer):
    build(tmp_path, history(reviewed=reviewed))
    pulls = read_pulls(tmp_path).by_number
    assert (pulls[7].author, pulls[7].reviewer) == ("one", reviewer)


def test_git_is_quoted_where_it_refuses(tmp_path):
    with pytest.raises(RuntimeError, match="git rev-parse failed"):
        git(tmp_path, "rev-parse", "HEAD")


def test_pending_files_are_taken_once():
    pending = changed({"a": "1", "b/c": "1", "d": "1"}, {"a": "1", "b/c": "2", "e": "1"})
    assert pending == {"b/c": "2", "d": None, "e": "1"}
    assert take(pending, ("b/",)) == {"b/c": "2"}
    assert take(pending, ("b/",)) == {}
    assert take(pending, ()) == {}
