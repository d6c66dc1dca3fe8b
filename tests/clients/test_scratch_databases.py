import bson
import pytest
from bson import Int64, json_util

from fixtures.clients.outcomes import ClientError, NotVerified
from fixtures.clients.recording import NullRecorder
from fixtures.clients.scratch_databases import ScratchServer
from fixtures.clients.store_dump import StoreDump
from fixtures.reference.mongodb import start_store

DOCUMENTS = [{"_id": n, "amount": Int64(n), "note": None} for n in range(5)]
INDEX = {"v": 2, "name": "by_amount", "key": {"amount": 1, "note": -1}, "unique": True}


@pytest.fixture(scope="module")
def url():
    with start_store() as running:
        yield running.url


@pytest.fixture
def recorder():
    return NullRecorder()


@pytest.fixture
def server(url, recorder):
    made = ScratchServer(url, recorder)
    yield made
    made.close()


@pytest.fixture
def dump(tmp_path, recorder):
    (tmp_path / "tokens.bson").write_bytes(b"".join(map(bson.encode, DOCUMENTS)))
    described = {"indexes": [{"v": 2, "name": "_id_", "key": {"_id": 1}}, INDEX]}
    (tmp_path / "tokens.metadata.json").write_text(json_util.dumps(described))
    return StoreDump(tmp_path, recorder)


def test_a_dump_gives_documents_with_their_types_and_indexes_in_order(dump, recorder):
    documents = list(dump.documents("tokens"))

    assert documents == DOCUMENTS
    assert type(documents[0]["amount"]) is Int64
    assert list(dump.indexes("tokens")[1]["key"].items()) == [("amount", 1), ("note", -1)]
    assert dump.collections == ["tokens"]
    assert {line["kind"] for line in recorder.lines} == {"file"}


def test_a_dump_that_lacks_something_says_so(dump, tmp_path):
    with pytest.raises(ClientError, match=r"has no wallets\.bson"):
        list(dump.documents("wallets"))
    (tmp_path / "tokens.bson").write_bytes(bson.encode(DOCUMENTS[0])[:-3])
    with pytest.raises(ClientError, match="cut off"):
        list(dump.documents("tokens"))


def test_a_restored_database_is_the_dump_and_is_dropped(server, dump):
    with server.database() as database:
        database.restore(dump)
        raw = database.raw("tokens")
        described = database.described("tokens")
        assert database.described("wallets") == {}
        assert database.store.count("tokens") == len(DOCUMENTS)

    assert sorted(raw.values()) == sorted(map(bson.encode, DOCUMENTS))
    assert described["by_amount"]["unique"] is True
    assert described["by_amount"]["key"] == [("amount", 1), ("note", -1)]
    assert database.name not in server.bulk.list_database_names()


def test_whole_collections_are_one_line_of_evidence(server, recorder):
    with server.database() as database:
        recorder.lines.clear()
        database.fill("tokens", map(bson.encode, DOCUMENTS))

    (line,) = recorder.lines
    assert (line["command"], line["documents"]) == ("insert", len(DOCUMENTS))


def test_nothing_is_made_for_a_check_that_only_reads(server, recorder):
    recorder.grant({"read"})
    with pytest.raises(NotVerified), server.database():
        pass
    assert not [n for n in server.bulk.list_database_names() if n.startswith("nctool_rehearsal")]
