from __future__ import annotations

import itertools

import bson
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo.errors import CursorNotFound, ExecutionTimeout, OperationFailure

from fixtures.reference.mongodb.cursors import Cursors
from fixtures.reference.mongodb.errors import CommandError


@pytest.fixture
def numbers(tokens):
    tokens.insert_many([{"_id": number, "even": number % 2 == 0} for number in range(250)])
    return tokens


@pytest.mark.parametrize("batch", [1, 7, 101, 250, 1000])
def test_batches_give_every_document_once(numbers, batch):
    assert [one["_id"] for one in numbers.find(batch_size=batch)] == list(range(250))


def test_sort_skip_and_limit_are_taken_in_this_order(numbers):
    found = numbers.find({"even": True}, sort=[("_id", -1)], skip=3, limit=4)
    assert [one["_id"] for one in found] == [242, 240, 238, 236]


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize(
    "criteria",
    [{"_id": {"$gte": 100, "$lt": 120.5}}, {"_id": {"$gt": 240}, "even": False}, {}],
    ids=str,
)
def test_a_range_of_identities_is_read_in_their_order(tokens, criteria, direction):
    inserted = [*range(249, -1, -1), "x", None]
    tokens.insert_many([{"_id": n, "even": n in range(0, 250, 2)} for n in inserted])
    bounds = criteria.get("_id", {})
    expected = [
        n
        for n in range(250)
        if bounds.get("$gte", 0) <= n < bounds.get("$lt", 250) and n > bounds.get("$gt", -1)
        if "even" not in criteria or n % 2
    ]
    if not criteria:
        expected = [None, *expected, "x"]
    found = tokens.find(criteria, batch_size=30).sort("_id", direction)
    assert [one["_id"] for one in found] == expected[::direction]


def test_a_cursor_shows_what_was_there_when_it_was_opened(numbers):
    cursor = numbers.find(batch_size=10)
    first = next(cursor)
    numbers.update_many({}, {"$set": {"even": None}})
    numbers.delete_many({"_id": {"$gt": 200}})
    assert len([first, *cursor]) == 250


@pytest.mark.usefixtures("numbers")
def test_a_killed_cursor_is_gone(database):
    answer = database.command("find", "tokens", batchSize=5)
    number = answer["cursor"]["id"]
    killed = database.command("killCursors", "tokens", cursors=[number, 1])
    assert (killed["cursorsKilled"], killed["cursorsNotFound"]) == ([number], [1])
    with pytest.raises(CursorNotFound):
        database.command("getMore", number, collection="tokens")


def test_closing_a_cursor_ends_it_on_the_server(server, numbers):
    before = server.service.cursors.open
    cursor = numbers.find(batch_size=2)
    next(cursor)
    assert server.service.cursors.open == before + 1
    cursor.close()
    assert server.service.cursors.open == before


@pytest.mark.usefixtures("numbers")
def test_a_cursor_of_another_collection_is_not_given_out(database):
    number = database.command("find", "tokens", batchSize=5)["cursor"]["id"]
    with pytest.raises(OperationFailure) as refusal:
        database.command("getMore", number, collection="others")
    assert refusal.value.code == 13


def test_an_idle_cursor_expires():
    now = 0.0
    cursors = Cursors(lambda: now, idle_s=60)
    documents = [bson.encode({"_id": n}) for n in range(5)]
    number, batch = cursors.first("n.c", documents, b"", batch=2, single=False)
    now = 59.0
    assert cursors.more(number, "n.c", b"", 2) == (number, documents[2:4])
    now = 120.0
    with pytest.raises(CommandError, match="not found"):
        cursors.more(number, "n.c", b"", 2)
    assert len(batch) == 2


def test_a_reply_holds_no_more_than_a_document_may():
    big = bson.encode({"a": b"x" * 6_000_000})
    cursors = Cursors()
    number, batch = cursors.first("n.c", [big] * 5, b"", batch=5, single=False)
    sizes = [len(batch)]
    while number:
        number, batch = cursors.more(number, "n.c", b"", None)
        sizes.append(len(batch))
    assert sizes == [2, 2, 1]


def test_raw_batches_are_the_bytes_that_were_inserted(database):
    sent = [bson.encode({"_id": n, "a": [n, {"b": 1.5}]}) for n in range(300)]
    database.tokens.insert_many([RawBSONDocument(one) for one in sent])
    assert b"".join(database.tokens.find_raw_batches(batch_size=70)) == b"".join(sent)


def test_a_read_that_takes_too_long_is_ended(numbers, server, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(server.service.store, "clock", lambda: float(next(ticks)))
    with pytest.raises(ExecutionTimeout):
        list(numbers.find({"even": True}, max_time_ms=1))


@pytest.mark.parametrize(
    ("projection", "expected"),
    [
        ({"a": 1}, {"_id": 1, "a": {"x": 1, "y": 2}}),
        ({"a.x": 1, "_id": 0}, {"a": {"x": 1}}),
        ({"a.x": 0}, {"_id": 1, "a": {"y": 2}, "l": [{"k": 1, "v": 2}, 3], "s": "t"}),
        ({"l.k": 1, "_id": 0}, {"l": [{"k": 1}]}),
        ({"_id": 0, "a": 0, "l": 0}, {"s": "t"}),
        ({"_id": 1}, {"_id": 1}),
    ],
    ids=str,
)
def test_a_projection_cuts_fields(tokens, projection, expected):
    tokens.insert_one({"_id": 1, "a": {"x": 1, "y": 2}, "l": [{"k": 1, "v": 2}, 3], "s": "t"})
    assert tokens.find_one({}, projection) == expected


def test_documents_are_sorted_across_types_and_by_several_fields(tokens):
    tokens.insert_many([{"_id": n, "a": a} for n, a in enumerate(["x", 2, None, 1.5, [0, 9], 2])])
    found = tokens.find().sort([("a", 1), ("_id", -1)])
    assert [one["_id"] for one in found] == [2, 4, 3, 5, 1, 0]
    assert next(tokens.find().sort("a", -1))["_id"] == 0
