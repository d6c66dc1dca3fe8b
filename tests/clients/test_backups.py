import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from fixtures.clients.backups import Backups
from fixtures.clients.files import read_json
from fixtures.clients.order_book import OrderBook
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import Recorder
from fixtures.clients.redaction import Redactor
from fixtures.clients.scratch import ScratchStore


@pytest.fixture
def recorder(tmp_path):
    return Recorder(tmp_path / "evidence.jsonl", Redactor())


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in (1, 3, 2):
        with closing(sqlite3.connect(folder / f"b{day}.sqlite")) as store, store:
            store.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
            store.executemany("INSERT INTO orders VALUES (?)", [(n,) for n in range(day)])
        manifest = {
            "created_at": f"2026-01-0{day}T00:00:00.000Z",
            "sha256": hashlib.sha256((folder / f"b{day}.sqlite").read_bytes()).hexdigest(),
            "tables": {"orders": day},
        }
        (folder / f"b{day}.json").write_text(json.dumps(manifest))
    return folder


def test_the_newest_backup_is_the_latest_by_its_manifest(folder, recorder, tmp_path):
    backups = Backups(folder, recorder)
    newest = backups.newest()

    assert backups.names() == ["b1.sqlite", "b2.sqlite", "b3.sqlite"]
    assert newest.path.name == "b3.sqlite"
    assert newest.created_at == datetime(2026, 1, 3, tzinfo=UTC)
    assert newest.sha256 == newest.stated_sha256
    assert newest.is_sqlite
    assert newest.stated_rows == {"orders": 3}
    assert backups.restore(newest, tmp_path / "restored").row_counts() == {"orders": 3}


def test_a_backup_without_manifest_is_still_being_written(folder, recorder):
    (folder / "b3.json").unlink()
    assert Backups(folder, recorder).newest().path.name == "b2.sqlite"


def test_an_empty_backup_is_seen_as_it_is(folder, recorder):
    (folder / "b3.sqlite").write_bytes(b"")
    newest = Backups(folder, recorder).newest()

    assert newest.size == 0
    assert not newest.is_sqlite
    assert "b3.sqlite, 0 bytes" in newest.explain("a SQLite file")


def test_a_manifest_that_says_nothing_is_told(folder, recorder):
    (folder / "b3.json").write_text("{}")
    with pytest.raises(ClientError, match=r"manifest of b3\.sqlite does not state"):
        Backups(folder, recorder).newest()


@pytest.mark.parametrize("created", ["2999-01-01T00:00:00Z", "2026-01-03T00:00:00", "tomorrow"])
def test_a_backup_of_no_time_in_the_past_is_told(folder, recorder, created):
    manifest = json.loads((folder / "b3.json").read_text())
    (folder / "b3.json").write_text(json.dumps({**manifest, "created_at": created}))
    with pytest.raises(ClientError, match=r"lies ahead|no zone|Invalid isoformat"):
        Backups(folder, recorder).newest()


def test_no_backup_at_all_is_told(tmp_path, recorder):
    with pytest.raises(ClientError, match="holds no backup"):
        Backups(tmp_path, recorder).newest()


def test_a_file_that_is_missing_or_no_json_is_told(folder, recorder):
    with pytest.raises(ClientError, match="cannot be read"):
        read_json(folder / "none.json", recorder)
    with pytest.raises(ClientError, match="is not JSON"):
        read_json(folder / "b1.sqlite", recorder)


def test_a_scratch_copy_changes_and_its_original_does_not(folder, recorder, tmp_path):
    original = OrderBook(str(folder / "b3.sqlite"), recorder)
    scratch = ScratchStore.of(original, tmp_path / "scratch.sqlite")

    assert scratch.change("DELETE FROM orders WHERE id = ?", [1]) == 1
    assert scratch.row_counts() == {"orders": 2}
    assert original.row_counts() == {"orders": 3}
