"""Every document of a live collection exactly once, whatever happens while it is read."""

import datetime as dt
import pickle
import threading

import bson
import pytest

from fixtures.clients.token_stores import mongo_collection
from fixtures.clients.token_stores.model import SourceError
from fixtures.clients.token_stores.mongo_collection import MongoCollection
from fixtures.clients.token_stores.mongo_connection import Address
from fixtures.clients.token_stores.mongo_lag import Throttle
from fixtures.clients.token_stores.mongo_plan import Plan
from fixtures.reference.mongodb.errors import CommandError
from fixtures.reference.mongodb.health import Secondary
from fixtures.reference.mongodb.registry import COMMANDS, Command


def read(source):
    return [
        raw for part in list(source.partitions()) for batch in source.batches(part) for raw in batch
    ]


def filled(tokens, number, identity=bson.ObjectId):
    documents = [{"_id": identity(), "n": n, "text": "x" * (n % 50)} for n in range(number)]
    tokens.insert_many(documents)
    return sorted(bson.encode(one) for one in documents)


def text_identities():
    numbers = iter(range(10_000))
    return lambda: f"id{next(numbers) * 7919 % 10_000:05d}"


@pytest.mark.parametrize("identity", [bson.ObjectId, text_identities()], ids=["ObjectId", "text"])
def test_ranges_hold_every_document_once(tokens, source, identity):
    expected = filled(tokens, 700, identity)

    made = source()

    assert len(list(made.partitions())) > 5
    assert sorted(read(made)) == expected


def test_identities_of_several_types_are_all_read(tokens, source):
    some = [*range(90), *map(str, range(40)), 2.5, True, {"a": 1}, b"ab", bson.Int64(7**20), None]
    some += [dt.datetime(2026, 1, 1), bson.ObjectId(), bson.MinKey(), bson.MaxKey()]
    tokens.insert_many([{"_id": one} for one in some])

    found = read(source(10))

    assert len(found) == len(set(found)) == len(some)


def test_a_whole_number_that_is_no_number_is_refused(tokens, source):
    tokens.insert_many([{"_id": 1}, {"_id": float("nan")}])

    with pytest.raises(SourceError, match="NaN"):
        source()


def test_it_is_read_as_of_one_moment_while_others_write(tokens, source):
    expected = filled(tokens, 400)
    made = source()
    found = []
    for number, part in enumerate(made.partitions()):
        tokens.insert_one({"n": number})
        tokens.delete_one({"n": 390 - number})
        tokens.update_one({"n": 100 + number}, {"$set": {"n": -1}})
        found += [raw for batch in made.batches(part) for raw in batch]

    assert sorted(found) == expected
    facts = made.facts()
    assert facts.concern == "snapshot"
    assert len(facts.moments) == 1
    assert 0 < facts.last - facts.first < 60


class Losing:
    """Lets a command fail now and then, as a server does that stops or forgets a cursor."""

    def __init__(self, monkeypatch, name, error, every):
        self.calls = self.failures = 0
        run = COMMANDS[name]

        def handler(service, request):
            self.calls += 1
            if self.calls % every == 0:
                self.failures += 1
                raise CommandError(error, "as planned")
            return run.run(service, request)

        monkeypatch.setitem(COMMANDS, name, Command(handler, run.options, run.in_transactions))


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(mongo_collection, "_FIRST", 5)
    monkeypatch.setattr(mongo_collection, "_MOST", 7)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("types", ["one type", "two types"])
def test_a_lost_cursor_goes_on_after_its_last_document(tokens, source, monkeypatch, types):
    expected = filled(tokens, 60)
    if types == "two types":
        expected = sorted(expected + filled(tokens, 40, text_identities()))
    made = source(1000, pause=lambda _: None)
    losing = Losing(monkeypatch, "getMore", "CursorNotFound", 3)

    assert sorted(read(made)) == expected
    assert made.facts().resumed_cursors == losing.failures > 2


@pytest.mark.usefixtures("small_batches")
def test_a_moment_that_is_not_kept_any_more_is_told(tokens, source, server):
    expected = filled(tokens, 60)
    made = source(1000, pause=lambda _: None)
    moment = bson.Timestamp(*made.plan_made.moment)
    server.service.store._moments.pop(moment)
    tokens.insert_one({"_id": "later"})
    tokens.delete_one({"_id": "later"})

    assert sorted(read(made)) == expected
    assert len(made.facts().moments) == 2
    assert "not keep the moment" in made.facts().notes[0]


def test_a_cursor_that_is_lost_again_and_again_is_told(tokens, source, monkeypatch):
    filled(tokens, 60)
    made = source(1000, pause=lambda _: None)
    Losing(monkeypatch, "find", "CursorNotFound", 1)

    with pytest.raises(SourceError, match="refuses: as planned"):
        read(made)


def test_without_snapshots_it_is_read_by_majority(tokens, source, monkeypatch):
    expected = filled(tokens, 100)
    run = COMMANDS["find"]

    def standalone(service, request):
        if request.document("readConcern").get("level") == "snapshot":
            raise CommandError("InvalidOptions", "no snapshots here")
        return run.run(service, request)

    monkeypatch.setitem(COMMANDS, "find", Command(standalone, run.options))

    made = source()

    assert sorted(read(made)) == expected
    assert (made.facts().concern, made.facts().moments) == ("majority", [])


def test_documents_are_found_by_their_ids(tokens, source):
    filled(tokens, 1200)
    wanted = [bson.encode({"_id": one["_id"]})[4:-1] for one in tokens.find({"n": {"$lt": 900}})]

    assert sorted(bson.decode(raw)["n"] for raw in source().find(wanted)) == list(range(900))


def test_a_plan_survives_a_file(tokens, source):
    filled(tokens, 300)
    made = source()

    assert Plan.of(made.plan_made.as_json()) == made.plan_made


def test_the_identity_of_a_collection_is_its_own(tokens, source):
    filled(tokens, 3)
    first = source().fingerprint()
    assert source().fingerprint() == first

    tokens.drop()
    filled(tokens, 3)

    assert source().fingerprint() != first


def test_a_collection_that_is_not_there_is_told_with_those_that_are(tokens, server):
    filled(tokens, 3)
    wrong = MongoCollection(Address(server.url), tokens.database.name, "token")

    with pytest.raises(SourceError, match=r"no collection 'token'.*there are: tokens"):
        wrong.fingerprint()


def test_a_user_that_is_not_let_in_is_told_without_the_password(server, monkeypatch):
    monkeypatch.setenv("THE_PASSWORD", "hunter2-hunter2")
    address = Address(server.url.replace("://", "://reader@"), password_from="THE_PASSWORD")

    with pytest.raises(SourceError, match="reader is not let in") as told:
        MongoCollection(address, "d", "tokens").fingerprint()

    shown = f"{told.value} {address!r} {address.shown}"
    assert "hunter2" not in shown


def test_passwords_travel_but_are_not_shown():
    address = Address("mongodb://reader:hunter2@h1:1,h2:2/?authSource=admin")
    source = pickle.loads(pickle.dumps(MongoCollection(address, "d", "tokens")))

    assert source.address == address
    assert address.has_secret
    assert source.name == "mongodb://h1:1,h2:2/d.tokens"
    assert "hunter2" not in repr(source)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mongodb://127.0.0.1:9", "cannot be read"),
        ("mongodb://user@127.0.0.1:9/?authMechanism=nonsense", "cannot be used"),
    ],
    ids=["nobody listens", "bad option"],
)
def test_a_server_that_cannot_be_asked_is_told(address, says, monkeypatch):
    monkeypatch.setattr("fixtures.clients.token_stores.mongo_connection.SELECT_MS", 200)

    with pytest.raises(SourceError, match=says) as told:
        MongoCollection(Address(address), "d", "tokens").fingerprint()

    assert len(str(told.value).splitlines()) == 1


def test_a_secondary_that_is_not_there_is_told(tokens, server, monkeypatch):
    monkeypatch.setattr("fixtures.clients.token_stores.mongo_connection.SELECT_MS", 200)
    address = Address(server.url, member="secondary")

    with pytest.raises(SourceError, match="cannot be read"):
        MongoCollection(address, tokens.database.name, "tokens").fingerprint()


@pytest.mark.usefixtures("small_batches")
def test_it_waits_while_replication_lags(tokens, source, health, monkeypatch):
    filled(tokens, 60)
    slow = Secondary("m2", lag_s=60.0)
    monkeypatch.setattr(health, "secondaries", [slow])
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        slow.lag_s -= 30

    made = source(1000, throttle=Throttle(most_lag_s=10, every_s=0), pause=pause)

    assert len(read(made)) == 60
    assert pauses == [0.5, 1.0]
    facts = made.facts()
    assert facts.waited_s == 1.5
    assert facts.largest_lag_s == pytest.approx(60, abs=5)
    assert "replication lagged" in facts.notes[0]


@pytest.mark.usefixtures("small_batches")
def test_it_does_not_wait_for_ever(tokens, source, health, monkeypatch):
    filled(tokens, 60)
    monkeypatch.setattr(health, "secondaries", [Secondary("m2", lag_s=60.0)])
    throttle = Throttle(most_lag_s=10, longest_wait_s=20, every_s=0)

    with pytest.raises(SourceError, match="start again later"):
        read(source(1000, throttle=throttle, pause=lambda _: None))


def test_writers_do_not_make_a_document_be_missed_or_doubled(tokens, source):
    """Under read concern majority, too: those that stay are read once each."""
    filled(tokens, 500)
    steady = set(filled(tokens, 500, text_identities()))
    made = source()
    made = made.planned({**made.plan_made.as_json(), "concern": "majority", "moment": None})
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            tokens.insert_one({"n": "new"})
            tokens.delete_one({"_id": {"$type": "objectId"}, "n": number})
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = read(made)
    finally:
        stop.set()
        writer.join()

    assert len(found) == len(set(found))
    assert steady <= set(found)
