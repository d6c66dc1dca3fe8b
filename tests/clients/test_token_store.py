import contextlib
import json
import socket
import struct
import threading
import time

import bson
import pytest

from fixtures.clients.outcomes import ClientError, NotVerified
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor
from fixtures.clients.token_store import TokenStore
from fixtures.reference.mongodb import start_store


@pytest.fixture(scope="module")
def url():
    with start_store() as running:
        yield running.url


@pytest.fixture
def recorder():
    return NullRecorder(Redactor(["planted-secret"]))


@pytest.fixture
def store(url, recorder, request):
    made = TokenStore(url, f"t_{abs(hash(request.node.name))}", recorder)
    made.writing()["tokens"].insert_many(
        [{"_id": n, "npub": "npub1a", "amount": n, "note": "planted-secret"} for n in range(30)]
    )
    recorder.lines.clear()
    yield made
    made.close()


def test_documents_are_read_and_every_command_is_recorded(store, recorder):
    found = store.find("tokens", {"amount": {"$gt": 27}}, fields=["amount"], sort=[("amount", -1)])

    assert found == [{"_id": 29, "amount": 29}, {"_id": 28, "amount": 28}]
    (line,) = recorder.lines
    assert (line["kind"], line["command"], line["documents"]) == ("mongo", "find", 2)
    assert line["statement"]["filter"] == {"amount": {"$gt": 27}}
    assert line["reply"]["documents"][0] == {"_id": 29, "amount": 29}
    assert line["store"].endswith(f"/{store.database}")


def test_what_is_secret_is_not_in_the_record(store, recorder):
    assert store.one("tokens", {"_id": 3})["note"] == "planted-secret"
    assert "planted-secret" not in json.dumps(recorder.lines)


def test_counts_indexes_and_pipelines_are_readings(store):
    assert store.count("tokens") == 30
    assert [index["name"] for index in store.indexes("tokens")] == ["_id_"]
    total = store.aggregate("tokens", [{"$group": {"_id": None, "sum": {"$sum": "$amount"}}}])
    assert total == [{"_id": None, "sum": 435}]
    assert store.command("ping")["ok"] == 1
    assert store.other("elsewhere").collections() == []


def test_more_documents_than_a_check_holds_are_an_error(store):
    with pytest.raises(ClientError, match="More than 5"):
        store.find("tokens", most=5)
    with pytest.raises(ClientError, match="More than 1"):
        store.one("tokens", {"npub": "npub1a"})


@pytest.mark.parametrize("at_once", [1, 7, 30, 100])
def test_a_stream_gives_every_document_once_however_few_at_a_time(store, recorder, at_once):
    query = {"amount": {"$gte": 3}}
    found = list(store.stream("tokens", query, fields=["amount"], at_once=at_once))

    assert found == [{"_id": n, "amount": n} for n in range(3, 30)]
    assert all((line["documents"] or 0) <= at_once for line in recorder.lines)
    assert list(store.stream("tokens", {"amount": 99})) == []


@pytest.mark.parametrize("at_once", [10, 100])
def test_a_stream_of_ids_that_have_no_order_is_an_error(store, at_once):
    store.writing()["tokens"].insert_one({"_id": "text"})

    with pytest.raises(ClientError, match="another type"):
        list(store.stream("tokens", at_once=at_once))


def test_nothing_that_writes_passes_as_a_reading(store):
    with pytest.raises(ClientError, match="writing"):
        store.aggregate("tokens", [{"$match": {}}, {"$out": "copy"}])
    with pytest.raises(ClientError, match="writing"):
        store.command("drop", "tokens")


def test_writing_needs_the_permission(store, recorder):
    recorder.grant({"read"})
    with pytest.raises(NotVerified, match="would write"):
        store.writing()


def test_a_refused_command_is_a_sentence_and_a_record(store, recorder):
    with pytest.raises(ClientError, match="did not aggregate tokens"):
        store.aggregate("tokens", [{"$nonsense": 1}])
    assert recorder.lines[-1]["error"]


def test_a_store_that_is_away_ends_within_the_deadline(recorder):
    away = TokenStore("mongodb://user:planted-secret@127.0.0.1:1", "x", recorder, deadline_s=0.2)
    with pytest.raises(ClientError, match=r"127\.0\.0\.1:1") as raised:
        away.count("tokens")
    assert "planted-secret" not in str(raised.value)
    away.close()


def silent(connection):
    """Accept, and never answer."""
    connection.recv(1)


def dripping(connection):
    """Announce a long answer and send it byte by byte."""
    connection.recv(4096)
    connection.sendall((1 << 20).to_bytes(4, "little"))
    while True:
        connection.sendall(b"\0")
        time.sleep(0.02)  # the drip


def endless(connection):
    """Announce an answer of two gigabytes."""
    connection.recv(4096)
    connection.sendall((2**31 - 1).to_bytes(4, "little") + bytes(12))
    while True:
        connection.sendall(bytes(1 << 16))


def babbling(connection):
    """Answer in another protocol."""
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.fixture
def hostile():
    """Serves one behaviour on a port of its own; returns the address."""
    listening = []

    def serve(behaviour):
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=behave, args=(connection,), daemon=True).start()

        def behave(connection):
            with contextlib.suppress(OSError), connection:
                behaviour(connection)

        threading.Thread(target=accept, daemon=True).start()
        return f"mongodb://127.0.0.1:{server.getsockname()[1]}/?directConnection=true"

    yield serve
    for server in listening:
        server.close()


@pytest.mark.parametrize("behaviour", [silent, dripping, endless, babbling])
def test_a_hostile_store_ends_in_bounded_time_with_a_sentence(recorder, hostile, behaviour):
    store = TokenStore(hostile(behaviour), "x", recorder, deadline_s=0.5)
    began = time.monotonic()
    with pytest.raises(ClientError, match=r"The token store 127\.0\.0\.1"):
        store.find("tokens")
    assert time.monotonic() - began < 5
    store.close()


HELLO = {"ok": 1.0, "isWritablePrimary": True, "ismaster": True, "minWireVersion": 0,
         "maxWireVersion": 21, "maxBsonObjectSize": 1 << 24, "maxMessageSizeBytes": 48_000_000,
         "maxWriteBatchSize": 1000, "readOnly": False}  # fmt: skip


def lying(answer):
    """Speak the protocol, and answer each command by what a function makes of it."""

    def behave(connection):
        while len(head := connection.recv(16, socket.MSG_WAITALL)) == 16:
            size, number, _, kind = struct.unpack("<iiii", head)
            asked = connection.recv(size - 16, socket.MSG_WAITALL)
            legacy = kind == 2004
            start = asked.index(b"\0", 4) + 9 if legacy else 5
            command = {} if legacy else bson.decode(asked[start:])
            greeting = legacy or command.keys() & {"hello", "ismaster"}
            body = bson.encode(HELLO if greeting else answer(command))
            if legacy:
                body, kind = struct.pack("<iqii", 8, 0, 0, 1) + body, 1
            else:
                body = bytes(5) + body
            connection.sendall(struct.pack("<iiii", len(body) + 16, 1, number, kind) + body)

    return behave


def cursor(documents, left=0):
    return {"ok": 1.0, "cursor": {"id": left, "ns": "x.tokens", "firstBatch": documents,
                                  "nextBatch": documents}}  # fmt: skip


@pytest.mark.parametrize(
    "documents",
    [
        [{"_id": 7}],
        [{"_id": {"a": 1}}],
        [{"_id": "a"}],
        [{"_id": 8}, {"_id": 7}],
        [{"amount": 7}],
    ],
    ids=["the same", "the same, without order", "the same text", "backwards", "without _id"],
)
def test_a_store_that_gives_what_was_not_asked_for_is_not_read_for_ever(
    recorder, hostile, documents
):
    store = TokenStore(hostile(lying(lambda _: cursor(documents))), "x", recorder, deadline_s=2)
    with pytest.raises(ClientError, match="was not asked for"):
        list(zip(store.stream("tokens"), range(50), strict=False))
    store.close()


def test_a_cursor_that_never_ends_does(recorder, hostile):
    store = TokenStore(
        hostile(lying(lambda _: cursor([{"_id": 1}], 5))), "x", recorder, deadline_s=0.5
    )
    began = time.monotonic()
    with pytest.raises(ClientError, match="did not aggregate"):
        store.aggregate("tokens", [])
    assert time.monotonic() - began < 3
    store.close()


@pytest.mark.parametrize("number", [-1, 0.5, float("nan"), "7", None, [7]], ids=repr)
def test_what_is_no_number_of_documents_is_no_count(recorder, hostile, number):
    store = TokenStore(
        hostile(lying(lambda _: cursor([{"_id": 1, "n": number}]))), "x", recorder, deadline_s=2
    )
    with pytest.raises(ClientError, match="no number of documents"):
        store.count("tokens")
    store.close()


def test_an_address_that_is_none_is_said_so(recorder):
    with pytest.raises(ClientError, match="not usable"):
        TokenStore("mongodb://", "x", recorder)
