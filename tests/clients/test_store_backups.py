import gzip
import hashlib
import json
from contextlib import closing
from datetime import UTC, datetime

import bson
import pytest

from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor
from fixtures.clients.scratch_databases import ScratchServer
from fixtures.clients.store_backups import StoreBackups
from fixtures.probes.raw_documents import contents
from fixtures.reference.mongodb.server import MongoServer

DOCUMENTS = [
    bson.encode({"_id": number, "amount": bson.Int64(2**40 + number)}) for number in range(7)
]

DUMP = b"".join(DOCUMENTS)


def write(folder, name, created, *, data=DUMP, stated=7, suffix=""):
    (folder / name).mkdir(parents=True)
    path = folder / name / f"cashutokens.bson{suffix}"
    path.write_bytes(gzip.compress(data) if suffix else data)
    file = {
        "name": path.name,
        "collection": "cashutokens",
        "documents": stated,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    manifest = {"created_at": created, "database": "nctool", "files": [file]}
    (folder / name / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def recorder():
    return NullRecorder(Redactor())


@pytest.fixture
def backups(tmp_path, recorder):
    write(tmp_path, "one", "2026-03-01T00:00:00Z")
    write(tmp_path, "two", "2026-03-02T00:00:00+00:00", suffix=".gz")
    (tmp_path / "half").mkdir()
    return StoreBackups(tmp_path, recorder)


@pytest.fixture
def scratch(recorder):
    with MongoServer() as server, closing(ScratchServer(server.url, recorder)) as scratch:
        yield scratch


def test_the_newest_is_the_latest_by_its_manifest(backups):
    newest = backups.newest()
    assert backups.names() == ["one", "two"]
    assert (newest.folder.name, newest.created_at) == ("two", datetime(2026, 3, 2, tzinfo=UTC))
    assert newest.files[0].sha256 == newest.files[0].stated_sha256


def test_a_folder_without_backups_says_so(tmp_path, recorder):
    with pytest.raises(ClientError, match="no backup"):
        StoreBackups(tmp_path / "none", recorder).newest()


def test_a_manifest_that_lacks_something_is_named(backups, tmp_path):
    (tmp_path / "one" / "manifest.json").write_text('{"files": []}')
    with pytest.raises(ClientError, match="manifest of one"):
        backups.read("one")


@pytest.mark.parametrize("name", ["one", "two"])
def test_what_is_restored_is_what_was_backed_up(backups, scratch, name):
    with scratch.database() as copy:
        backups.read(name).restore(copy)
        found = contents(copy.raw("cashutokens").values())
    assert found == contents(DOCUMENTS)


def test_a_file_that_was_cut_off_is_named(tmp_path, recorder, scratch):
    write(tmp_path, "cut", "2026-03-03T00:00:00Z", data=DUMP[:-3])
    backup = StoreBackups(tmp_path, recorder).newest()
    with scratch.database() as copy, pytest.raises(ClientError, match="cut off"):
        backup.restore(copy)


def test_a_backup_with_a_document_twice_cannot_be_restored(tmp_path, recorder, scratch):
    write(tmp_path, "twice", "2026-03-03T00:00:00Z", data=DUMP + DOCUMENTS[0], stated=8)
    backup = StoreBackups(tmp_path, recorder).newest()
    with scratch.database() as copy, pytest.raises(ClientError, match="cannot be restored"):
        backup.restore(copy)
