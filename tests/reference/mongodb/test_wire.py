from __future__ import annotations

import logging
import socket
import struct

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo import MongoClient

from fixtures.reference.mongodb.errors import FrameError
from fixtures.reference.mongodb.wire import (
    HEADER,
    MAX_MESSAGE_BYTES,
    OP_COMPRESSED,
    OP_MSG,
    OP_QUERY,
    crc32c,
    parse,
)

PING = bson.encode({"ping": 1, "$db": "admin"})


def frame(payload, opcode=OP_MSG, size=None):
    total = HEADER.size + len(payload) if size is None else size
    return HEADER.pack(total, 7, 0, opcode) + payload


def message(body=PING, flags=0, sections=b""):
    return struct.pack("<I", flags) + b"\0" + body + sections


def sequence(name, *documents):
    content = name.encode() + b"\0" + b"".join(documents)
    return b"\1" + struct.pack("<i", len(content) + 4) + content


@pytest.fixture
def connection(server):
    host, port = server.service.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connected:
        yield connected


def receive(connection):
    header = connection.recv(16, socket.MSG_WAITALL)
    if len(header) < 16:
        return None
    size, _, answered, opcode = HEADER.unpack(header)
    payload = connection.recv(size - 16, socket.MSG_WAITALL)
    assert answered == 7
    return bson.decode(payload[20:] if opcode == 1 else payload[5:])


def test_a_checksum_is_verified(connection):
    head = HEADER.pack(16 + len(message()) + 4, 7, 0, OP_MSG)
    content = message(flags=1)
    good = struct.pack("<I", crc32c(head + content))
    connection.sendall(head + content + good)
    assert receive(connection)["ok"] == 1
    connection.sendall(head + content + b"\0\0\0\0")
    assert receive(connection) is None


def test_the_checksum_is_castagnolis():
    assert crc32c(b"123456789") == 0xE3069283


def test_no_answer_is_sent_when_none_is_wanted(connection):
    insert = bson.encode({"insert": "t", "$db": "quiet", "documents": [{"_id": 1}]})
    connection.sendall(frame(message(insert, flags=2)) + frame(message()))
    assert receive(connection)["ok"] == 1
    drop = bson.encode({"dropDatabase": 1, "$db": "quiet"})
    connection.sendall(frame(message(drop)))
    assert receive(connection)["dropped"] == "quiet"


def test_a_stream_of_answers_is_not_begun(connection):
    connection.sendall(frame(message(flags=1 << 16)))
    assert receive(connection)["ok"] == 1
    connection.sendall(frame(message()))
    assert receive(connection)["ok"] == 1


def test_documents_come_in_a_sequence_of_their_own(connection):
    insert = bson.encode({"insert": "t", "$db": "sequences"})
    documents = sequence("documents", bson.encode({"_id": 1}), bson.encode({"_id": 2}))
    connection.sendall(frame(message(insert, sections=documents)))
    assert receive(connection)["n"] == 2
    connection.sendall(frame(message(bson.encode({"dropDatabase": 1, "$db": "sequences"}))))
    assert receive(connection)["ok"] == 1


@pytest.mark.parametrize("name", ["hello", "isMaster"])
def test_the_first_handshake_may_be_an_old_query(connection, name):
    query = struct.pack("<i", 0) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1)
    connection.sendall(frame(query + bson.encode({name: 1}), OP_QUERY))
    answer = receive(connection)
    assert (answer["setName"], answer["isWritablePrimary"]) == ("rs0", True)


def test_other_old_queries_are_refused(connection):
    query = struct.pack("<i", 0) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1)
    connection.sendall(frame(query + bson.encode({"ping": 1}), OP_QUERY))
    assert receive(connection)["codeName"] == "CommandNotSupported"


@pytest.mark.parametrize(
    "sent",
    [
        frame(b"", size=15),
        frame(b"", size=MAX_MESSAGE_BYTES + 1),
        frame(b"", size=-1),
        frame(message(), OP_COMPRESSED),
        frame(message(), 2001),
        frame(b"\0\0\0\0"),
        frame(message(flags=4)),
        frame(message(sections=b"\0" + PING)),
        frame(message(sections=b"\2abc")),
        frame(message(sections=sequence("a") + sequence("a"))),
        frame(message(b"\xff\xff\xff\x7f")),
        frame(message(PING[:-1] + b"\1")),
        frame(sequence("a")),
        frame(b"abc", OP_QUERY),
    ],
    ids=lambda sent: sent[:40].hex(),
)
def test_a_malformed_frame_ends_its_connection_and_no_other(connection, client, caplog, sent):
    with caplog.at_level(logging.WARNING):
        connection.sendall(sent)
        assert receive(connection) is None
        assert client.admin.command("ping")["ok"] == 1
    assert "is ended" in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        PING[:4] + b"\x63" + PING[5:],
        bson.encode({"ping": 1}),
        bson.encode({"ping": 1, "$db": "a.b"}),
        bson.encode({}),
    ],
    ids=["type", "no database", "bad database", "empty"],
)
def test_a_body_that_is_no_command_is_answered_with_an_error(connection, body):
    connection.sendall(frame(message(body)))
    assert receive(connection)["ok"] == 0
    connection.sendall(frame(message()))
    assert receive(connection)["ok"] == 1


@given(payload=st.binary(max_size=80), opcode=st.sampled_from([OP_MSG, OP_QUERY]))
def test_any_bytes_are_a_message_or_a_frame_error(payload, opcode):
    whole = frame(payload, opcode)
    try:
        parse(whole[:16], payload)
    except FrameError:
        return


def test_a_document_that_is_too_large_is_refused_as_by_a_server(connection):
    document = bson.encode({"_id": 1, "a": b"x" * (16 * 1024 * 1024)})
    insert = bson.encode({"insert": "t", "$db": "large"})
    connection.sendall(frame(message(insert, sections=sequence("documents", document))))
    [error] = receive(connection)["writeErrors"]
    assert error["code"] == 10334


def test_an_update_does_not_make_a_document_too_large(tokens):
    tokens.insert_one({"_id": 1, "a": b"x" * (9 * 1024 * 1024)})
    with pytest.raises(Exception, match="is invalid") as refusal:
        tokens.update_one({"_id": 1}, {"$set": {"b": b"x" * (9 * 1024 * 1024)}})
    assert refusal.value.code == 10334
    assert "b" not in tokens.find_one()


def test_many_drivers_are_served_at_once(server):
    clients = [MongoClient(server.url) for _ in range(20)]
    try:
        assert all(one.admin.command("ping")["ok"] == 1 for one in clients)
    finally:
        for one in clients:
            one.close()
