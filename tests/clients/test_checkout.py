import subprocess
from datetime import UTC, datetime

import pytest

from fixtures.clients.checkout import Checkout
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
    "PATH": "/usr/bin:/bin:/usr/local/bin",
}


def git(path, *arguments, day=1):
    date = f"2026-01-{day:02}T10:00:00+02:00"
    subprocess.run(
        ["git", "-C", path, *arguments],
        check=True,
        capture_output=True,
        env={**ENVIRONMENT, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    path = tmp_path_factory.mktemp("release")
    git(path, "init", "-q", "-b", "main")
    (path / "a.txt").write_text("one\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "feat: begin")
    git(path, "tag", "v1", day=2)
    git(path, "switch", "-qc", "topic")
    (path / "ü b.txt").write_text("two\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "fix: more", day=3)
    git(path, "switch", "-q", "main")
    git(path, "merge", "-q", "--no-ff", "-m", "Merge (#7)", "topic", day=4)
    git(path, "tag", "-am", "frozen", "freeze", day=5)
    return path


@pytest.fixture
def checkout(repository):
    return Checkout(repository, NullRecorder())


def test_history_is_read(checkout):
    merge, fix = checkout.commits("v1..HEAD")
    assert (merge.subject, merge.is_merge, merge.hash) == ("Merge (#7)", True, checkout.head())
    assert (fix.subject, fix.author, fix.email) == ("fix: more", "Ann", "ann@example.org")
    assert fix.date == datetime(2026, 1, 3, 8, 0, tzinfo=UTC)
    assert [commit.subject for commit in checkout.commits("v1..HEAD", first_parent=True)] == [
        "Merge (#7)"
    ]


def test_tags_and_files(checkout):
    assert checkout.tags() == ["freeze", "v1"]
    assert checkout.tag_date("freeze") == datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    assert checkout.tag_date("v1") == datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
    assert checkout.changed_files("v1", "HEAD") == ["ü b.txt"]
    assert checkout.files() == ["a.txt", "ü b.txt"]
    assert checkout.show("v1", "a.txt") == "one\n"
    assert checkout.changes() == []
    assert checkout.has_revision("v1")
    assert not checkout.has_revision("v9")


def test_what_git_refuses_is_a_sentence(checkout):
    with pytest.raises(ClientError, match="has no tag 'v9'"):
        checkout.tag_date("v9")
    with pytest.raises(ClientError, match=r"failed: .*v9"):
        checkout.show("v9", "a.txt")
    with pytest.raises(ClientError):
        checkout.resolve("--help")


def test_files_are_read_within_the_checkout_only(checkout):
    assert checkout.read("a.txt") == "one\n"
    line = checkout.recorder.lines[-1]
    assert (line["kind"], line["path"], line["bytes"]) == ("file", "a.txt", 4)
    with pytest.raises(ClientError, match="leads out of the checkout"):
        checkout.read("../../etc/passwd")
    with pytest.raises(ClientError, match="cannot be read: No such file"):
        checkout.read("gone.txt")


def test_a_clone_stands_at_its_revision_and_runs_no_hook(checkout, tmp_path):
    hook = checkout.path / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    clone = checkout.clone_at("v1", tmp_path / "clone")
    assert clone.files() == ["a.txt"]
    assert clone.head() == checkout.resolve("v1")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("driver", ["clean", "process"])
def test_looking_for_changes_runs_no_filter_of_the_repository(tmp_path, driver):
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / ".gitattributes").write_text("*.txt filter=of.theirs\n")
    (tmp_path / "a.txt").write_text("one\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "feat: begin")
    git(tmp_path, "config", f"filter.of.theirs.{driver}", f"touch '{tmp_path}/.git/ran'")
    git(tmp_path, "config", "filter.of.theirs.required", "true")
    (tmp_path / "a.txt").write_text("two\n")

    changes = Checkout(tmp_path, NullRecorder()).changes()

    assert changes == [" M a.txt"]
    assert not (tmp_path / ".git" / "ran").exists()


def test_no_repository_is_named(tmp_path):
    with pytest.raises(ClientError, match="not a git repository"):
        Checkout(tmp_path, NullRecorder()).head()
