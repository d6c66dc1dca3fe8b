from __future__ import annotations

import pytest
from pymongo import UpdateOne
from pymongo.errors import OperationFailure

from fixtures.reference.mongodb.emulated import EMULATED


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"nonsense": 1}, 59),
        ({"explain": {"update": "tokens"}}, 115),
        ({"explain": {"find": "tokens", "hint": {"_id": 1}}}, 72),
        ({"explain": {"find": "tokens", "nonsense": 1}}, 72),
        ({"explain": {"find": "tokens"}, "verbosity": "everything"}, 2),
        ({"explain": "find"}, 14),
        ({"renameCollection": "a.b", "to": "a.c"}, 115),
        ({"find": "tokens", "collation": {"locale": "de"}}, 72),
        ({"find": "tokens", "let": {"a": 1}}, 72),
        ({"find": "tokens", "min": {"a": 1}}, 72),
        ({"find": "tokens", "tailable": True}, 72),
        ({"find": "tokens", "returnKey": True}, 72),
        ({"find": "tokens", "nonsense": 1}, 72),
        ({"find": "tokens", "hint": "missing"}, 2),
        ({"find": "tokens", "projection": {"a": {"$slice": 1}}}, 115),
        ({"find": "tokens", "projection": {"a": 1, "b": 0}}, 2),
        ({"find": "tokens", "limit": -3}, 2),
        ({"find": "tokens", "readConcern": {"level": "nonsense"}}, 9),
        ({"find": ""}, 73),
        ({"find": "a$b"}, 73),
        ({"count": "tokens", "hint": {"missing": 1}}, 2),
        ({"count": "tokens", "readConcern": {"level": "snapshot"}}, 72),
        ({"aggregate": "tokens", "pipeline": [], "cursor": {}, "hint": "missing"}, 2),
        ({"aggregate": "tokens", "pipeline": [], "cursor": {}, "let": {"a": 1}}, 72),
        ({"aggregate": "tokens", "pipeline": [], "explain": True}, 72),
        ({"distinct": "tokens", "key": "a", "collation": {"locale": "de"}}, 72),
        ({"insert": "tokens", "documents": [{}], "bypassDocumentValidation": True}, 72),
        ({"insert": "tokens", "documents": []}, 2),
        ({"insert": "tokens", "documents": [{}], "writeConcern": {"w": 3}}, 100),
        ({"create": "c", "capped": True, "size": 10}, 72),
        ({"create": "c", "timeseries": {"timeField": "t"}}, 72),
        ({"create": "c", "viewOn": "tokens", "pipeline": []}, 72),
        ({"saslStart": 1, "mechanism": "PLAIN", "payload": b""}, 18),
        ({"getParameter": 1, "nonsense": 1}, 72),
        ({"setParameter": 1, "transactionLifetimeLimitSeconds": 0}, 2),
        ({"replSetGetStatus": 1}, 13),
    ],
    ids=str,
)
def test_what_is_not_served_is_refused_by_the_code_of_a_server(database, command, code):
    database.tokens.insert_one({"_id": 1})
    with pytest.raises(OperationFailure) as refusal:
        database.command(command)
    assert refusal.value.code == code
    assert refusal.value.details["errmsg"]


@pytest.mark.parametrize(
    "options",
    [
        {"array_filters": [{"x": 1}]},
        {"collation": {"locale": "de"}},
        {"hint": "missing"},
    ],
    ids=str,
)
def test_an_option_of_an_update_is_acted_upon_or_refused(tokens, options):
    tokens.insert_one({"_id": 1})
    with pytest.raises(OperationFailure) as refusal:
        tokens.bulk_write([UpdateOne({}, {"$set": {"a": 1}}, **options)])
    assert refusal.value.details["writeErrors"][0]["code"] in (2, 72)
    assert tokens.find_one() == {"_id": 1}


def test_options_that_say_nothing_are_let_through(database):
    database.tokens.insert_one({"_id": 1})
    answer = database.command({"find": "tokens", "collation": None, "let": {}, "tailable": False})
    assert answer["cursor"]["firstBatch"] == [{"_id": 1}]


def test_there_is_no_operation_log_to_be_empty(client):
    with pytest.raises(OperationFailure) as refusal:
        client.local["oplog.rs"].find_one()
    assert refusal.value.code == 115


def test_change_streams_are_refused(tokens):
    with pytest.raises(OperationFailure, match="changeStream"):
        tokens.watch()


def test_it_says_what_it_is(client):
    answer = client.admin.command("buildInfo")
    assert tuple(answer["emulated"]) == EMULATED
    assert "emulation" in answer["modules"]
    assert all(sentence.endswith(".") for sentence in EMULATED)
