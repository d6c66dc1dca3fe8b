"""What is written while a store is migrated is no alarm, and hides none."""

import datetime as dt
import json
import threading
import time
import uuid

import bson
import pytest
from pymongo import MongoClient

from fixtures.compare_stores import command
from fixtures.reference.mongodb.server import MongoServer

LAYOUT = """
changeable = ["metadata.migrated"]
writable = ["status", "spent_at"]
created = ["created_at"]
updated = ["updated_at"]
skew_s = {skew}
"""
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EQUAL, DIFFERENT, UNUSABLE, INCONCLUSIVE = 0, 1, 2, 10


def token(number, when=LONG_AGO):
    return {
        "_id": bson.ObjectId(),
        "number": number,
        "npub": f"npub{number % 20}",
        "mint_url": "https://mint.example",
        "status": "unspent",
        "proofs": [{"amount": 1 << number % 9, "secret": f"{number:064x}"}],
        "created_at": when,
        "updated_at": when,
    }


def now(later_s=0.0):
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=later_s)


@pytest.fixture(scope="session")
def server():
    with MongoServer() as running:
        yield running


@pytest.fixture
def tokens(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = f"d{uuid.uuid4().hex}"
    with MongoClient(server.url) as client:
        client[name].tokens.insert_many([token(n) for n in range(300)])
        yield client[name].tokens
        client.drop_database(name)


@pytest.fixture
def run(server, tokens, tmp_path):
    """Runs the command against the live store; `compare` returns code and record, too."""

    def main(name, *more, skew=5, layout=LAYOUT):
        (tmp_path / "layout.toml").write_text(layout.format(skew=skew), encoding="utf-8")
        place = ["--database", tokens.database.name, "--collection", "tokens"]
        if name == "snapshot":
            more = (server.url, "taken.zip", "--layout", "layout.toml", *more)
            return command.main(["snapshot", *more, *place])
        code = command.main(
            ["compare", "taken.zip", server.url, "--json", "found.json", *more, *place]
        )
        return code, json.loads((tmp_path / "found.json").read_text())

    return main


def spend(tokens, number, when):
    tokens.update_one(
        {"number": number}, {"$set": {"status": "spent", "spent_at": when, "updated_at": when}}
    )


def test_honest_writes_are_no_alarm(tokens, run):
    run("snapshot")
    tokens.update_many({}, {"$set": {"metadata.migrated": True}})
    tokens.insert_many([token(1000 + n, now(60)) for n in range(20)])
    for number in range(30):
        spend(tokens, number, now(60))

    code, record = run("compare")

    assert (code, record["verdict"]) == (EQUAL, "equal")
    assert record["written_meanwhile"] == 50
    assert record["differences"] == []


LOSSES = {
    "deleted": lambda tokens: tokens.delete_one({"number": 7}),
    "changed without a time": lambda tokens: tokens.update_one(
        {"number": 7}, {"$set": {"status": "spent"}}
    ),
    "amount changed in a document that was spent since": lambda tokens: tokens.update_one(
        {"number": 7}, {"$set": {"status": "spent", "updated_at": now(60), "proofs.0.amount": 3}}
    ),
    "secret changed, time of now": lambda tokens: tokens.update_one(
        {"number": 7}, {"$set": {"updated_at": now(60), "proofs.0.secret": "0" * 64}}
    ),
    "doubled under another id": lambda tokens: tokens.insert_one(
        {**tokens.find_one({"number": 7}), "_id": bson.ObjectId()}
    ),
    "a key dropped": lambda tokens: tokens.update_one({"number": 7}, {"$unset": {"mint_url": ""}}),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_a_loss_among_honest_writes_is_found(tokens, run, loss):
    run("snapshot")
    for number in range(20, 60):
        spend(tokens, number, now(60))
    tokens.insert_many([token(1000 + n, now(60)) for n in range(20)])
    loss(tokens)

    code, record = run("compare")

    assert code == DIFFERENT
    (named,) = record["differences"]
    assert named["wallet"] == "npub7"
    assert record["written_meanwhile"] == 60


DOUBTS = {
    "written as the snapshot was taken": (lambda tokens: spend(tokens, 7, now()), {}),
    "created as the snapshot was taken": (lambda tokens: tokens.insert_one(token(999, now())), {}),
    "no time of creation": (
        lambda tokens: tokens.insert_one({"_id": 1, "npub": "npub7", "proofs": []}),
        {},
    ),
    "deleted by a service that deletes": (
        lambda tokens: tokens.delete_one({"number": 7}),
        {"layout": LAYOUT + "deletes = true\n"},
    ),
    "nobody says what the service writes": (
        lambda tokens: spend(tokens, 7, now(60)),
        {"layout": LAYOUT.replace("writable", "# writable")},
    ),
}


@pytest.mark.parametrize(("write", "options"), DOUBTS.values(), ids=list(DOUBTS))
def test_what_cannot_be_told_is_neither_a_pass_nor_an_alarm(tokens, run, write, options):
    run("snapshot", **options)
    write(tokens)

    code, record = run("compare")

    assert (code, record["verdict"]) == (INCONCLUSIVE, "inconclusive")
    assert record["differences"][0]["verdict"] == "uncertain"
    assert record["differences"][0]["note"]


class Writer:
    """A service at work: it mints, spends, and never changes what it must not."""

    def __init__(self, tokens, ahead_s):
        self._tokens = tokens
        self._ahead_s = ahead_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.writes = 0

    def _write(self):
        while not self._stop.is_set():
            self._tokens.insert_one(token(5000 + self.writes, now(self._ahead_s)))
            spend(self._tokens, 100 + self.writes % 150, now(self._ahead_s))
            self.writes += 1
            time.sleep(0.002)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


@pytest.mark.parametrize("lost", [False, True], ids=["nothing lost", "one lost"])
def test_a_writer_at_work_during_both_sides(tokens, run, lost):
    """Its clock runs a minute ahead of the allowed skew, so that all of its writes can be told."""
    with Writer(tokens, ahead_s=60) as writer:
        run("snapshot")
        if lost:
            tokens.delete_one({"number": 7})
        code, record = run("compare")

    assert writer.writes > 5
    assert record["read"]["concern"] == "snapshot"
    if lost:
        assert code == DIFFERENT
        broken = [one for one in record["differences"] if one["verdict"] == "broken"]
        assert [(one["wallet"], one["kind"]) for one in broken] == [("npub7", "lost")]
    else:
        # what was written just before the snapshot, by a clock that is ahead, looks as after it;
        # it is the same on both sides, so it does not come up
        assert code == EQUAL
        assert record["written_meanwhile"] > 0


def test_a_loss_is_never_hidden_by_too_many_writes_to_be_named(tokens, run, monkeypatch):
    run("snapshot")
    from fixtures.probes.migration import sketch

    decode = sketch.Sketch.decode
    monkeypatch.setattr(
        sketch.Sketch, "decode", lambda self: sketch.Decoded(decode(self).entries, complete=False)
    )
    spend(tokens, 7, now(60))
    assert run("compare")[0] == INCONCLUSIVE

    tokens.delete_one({"number": 8})
    code, record = run("compare")
    assert (code, record["surely_lost"]) == (DIFFERENT, 1)


@pytest.mark.usefixtures("tokens")
def test_a_dump_of_a_store_in_use_has_to_say_when_it_was_made(tmp_path, capsys):
    (tmp_path / "layout.toml").write_text(LAYOUT.format(skew=5), encoding="utf-8")
    (tmp_path / "d.bson").write_bytes(bson.encode(token(1)))
    arguments = ["snapshot", "d.bson", "d.zip", "--layout", "layout.toml"]

    assert command.main(arguments) == UNUSABLE
    assert "--as-of" in capsys.readouterr().err
    assert command.main([*arguments, "--as-of", "yesterday"]) == UNUSABLE
    assert "is no time" in capsys.readouterr().err
    assert command.main([*arguments, "--as-of", "2026-02-01T10:00:00Z/2026-02-01T10:05:00Z"]) == 0
    (tmp_path / "after.bson").write_bytes(bson.encode(token(2, now())))
    assert command.main(["compare", "d.zip", "after.bson"]) == DIFFERENT
