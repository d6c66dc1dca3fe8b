from __future__ import annotations

import threading
import uuid

import bson
import pytest
from bson import Int64
from bson.binary import Binary
from pymongo.errors import OperationFailure

from fixtures.reference.mongodb.dispatch import Dispatcher
from fixtures.reference.mongodb.service import Service
from fixtures.reference.mongodb.wire import Message

LSID = Binary(uuid.UUID(int=1).bytes, 4)


@pytest.fixture
def answer():
    dispatcher = Dispatcher(Service())

    def ask(command):
        message = Message(1, bson.encode({**command, "$db": "n"}))
        return bson.decode(dispatcher.answer(message, 1))

    return ask


def write(number, increment=1, name="update"):
    commands = {
        "update": {"update": "t", "updates": [{"q": {}, "u": {"$inc": {"n": increment}}}]},
        "insert": {"insert": "t", "documents": [{"x": 1}]},
        "delete": {"delete": "t", "deletes": [{"q": {"x": 1}, "limit": 1}]},
        "findAndModify": {"findAndModify": "t", "query": {}, "update": {"$inc": {"n": 1}}},
    }
    return {**commands[name], "lsid": {"id": LSID}, "txnNumber": Int64(number)}


def documents(answer):
    return answer({"find": "t"})["cursor"]["firstBatch"]


@pytest.mark.parametrize("name", ["update", "insert", "delete", "findAndModify"])
def test_a_write_sent_twice_has_one_effect_and_one_answer(answer, name):
    answer({"insert": "t", "documents": [{"_id": 1, "n": 0}, {"x": 1}, {"x": 1}]})
    first = answer(write(1, name=name))
    after = documents(answer)
    assert answer(write(1, name=name)) == first
    assert first["ok"] == 1
    assert documents(answer) == after
    answer(write(2, name=name))
    assert documents(answer) != after


def test_the_number_of_an_older_write_is_refused(answer):
    answer(write(5))
    assert answer(write(4))["codeName"] == "TransactionTooOld"


def test_the_number_of_another_write_is_refused(answer):
    answer(write(5))
    assert answer(write(5, increment=2))["codeName"] == "IncompleteTransactionHistory"


def test_a_write_that_failed_may_be_sent_again(answer):
    failing = {**write(5), "let": {"a": 1}}
    assert answer(failing)["codeName"] == "InvalidOptions"
    assert answer(write(5))["ok"] == 1


def test_a_driver_that_lost_the_answer_repeats_its_write(server, tokens):
    tokens.insert_one({"_id": 1, "n": 0})
    lost = threading.Event()
    dispatch = server.answer

    def lose_one(message, number):
        reply = dispatch(message, number)
        if "updates" in message.sequences and not lost.is_set():
            lost.set()
            raise OSError("the line is cut after the write")
        return reply

    server.answer = lose_one
    try:
        result = tokens.update_one({"_id": 1}, {"$inc": {"n": 1}})
    finally:
        server.answer = dispatch
    assert lost.is_set()
    assert result.modified_count == 1
    assert tokens.find_one()["n"] == 1


def test_an_ended_session_aborts_its_transaction_and_cursors(client, tokens):
    tokens.insert_many([{"_id": n} for n in range(9)])
    with client.start_session() as session:
        session.start_transaction()
        tokens.delete_one({"_id": 1}, session=session)
        lsid = session.session_id
        client.admin.command("endSessions", [lsid])
        with pytest.raises(OperationFailure) as refusal:
            session.commit_transaction()
    assert refusal.value.code == 251
    assert tokens.count_documents({}) == 9
