"""A snapshot is read again as it was written, or refused with a sentence."""

import json
import zipfile

import pytest

from fixtures.compare_stores.shelf import Folder
from fixtures.compare_stores.snapshot_file import Snapshot, write
from fixtures.probes.migration.ledger import Bounds
from fixtures.probes.migration.summary import SnapshotError, Summary
from tests.probes.migration.stores import KEY, LAYOUT, alike, encoded, store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "taken.zip"


def summed(made, shelf=None, bounds=None):
    summary = Summary(LAYOUT, KEY, shelf, bounds)
    summary.add(encoded(made))
    return summary


def test_a_snapshot_is_read_again_as_it_was_and_holds_no_key(path):
    summary = summed(store(200))

    groups = write(path, summary, {"taken_at": "2026-01-01T00:00:00Z"})

    again = Snapshot(path, KEY)
    assert alike(again, summary)
    assert groups == again.groups == 50
    assert again.layout == LAYOUT
    assert again.manifest["taken_at"] == "2026-01-01T00:00:00Z"
    assert KEY not in path.read_bytes()


def test_it_is_the_same_file_whatever_was_put_aside(path, tmp_path):
    write(path, summed(store(300)), {})
    other = tmp_path / "other.zip"
    few = Bounds(rows=16, key_bytes=500, remembered=8, runs=3)

    write(other, summed(store(300)[::-1], Folder(tmp_path), few), {})

    assert other.read_bytes() == path.read_bytes()


def test_a_snapshot_of_no_documents_is_one(path):
    write(path, summed([]), {})

    assert list(Snapshot(path, KEY).lines()) == []


def flipped(raw):
    """A byte of the sketch is another one."""
    at = len(raw) // 2
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:0],
        lambda raw: raw.replace(b"PK", b"KP"),
        flipped,
    ],
    ids=["cut in half", "empty", "no archive", "a byte changed"],
)
def test_a_damaged_snapshot_is_refused(path, damage):
    write(path, summed(store(20)), {})
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(SnapshotError, match="damaged"):
        Snapshot(path, KEY)


def test_a_snapshot_that_is_not_there_is_said_to_be_so(path):
    with pytest.raises(SnapshotError, match=r"taken\.zip cannot be read: No such file"):
        Snapshot(path, KEY)


def test_a_snapshot_of_another_key_is_refused(path):
    write(path, summed(store(20)), {})

    with pytest.raises(SnapshotError, match="another key"):
        Snapshot(path, b"x" * 32)


def test_a_snapshot_of_another_version_is_refused(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps({"format": 4, "algorithm": "older"}))

    with pytest.raises(SnapshotError, match=r"made by .older. in format 4; this is .* take a new"):
        Snapshot(path, KEY)
