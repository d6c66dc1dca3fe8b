from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from pymongo import ReadPreference
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern

ABORTED = "TransientTransactionError"


@pytest.fixture
def wallets(tokens):
    tokens.insert_many([{"_id": "a", "amount": 10}, {"_id": "b", "amount": 0}])
    return tokens


@pytest.fixture
def session(client):
    with client.start_session() as started:
        yield started


@pytest.fixture
def other(client):
    with client.start_session() as started:
        yield started


def amounts(wallets, session=None):
    return {one["_id"]: one["amount"] for one in wallets.find(session=session)}


def test_a_transaction_is_seen_when_it_commits_and_not_before(wallets, session):
    def move(within):
        wallets.update_one({"_id": "a"}, {"$inc": {"amount": -4}}, session=within)
        wallets.update_one({"_id": "b"}, {"$inc": {"amount": 4}}, session=within)
        assert amounts(wallets, within) == {"a": 6, "b": 4}
        assert amounts(wallets) == {"a": 10, "b": 0}

    session.with_transaction(move)
    assert amounts(wallets) == {"a": 6, "b": 4}


def test_an_aborted_transaction_leaves_everything_as_it_was(wallets, session):
    wallets.create_index("amount")
    before = list(wallets.find())
    session.start_transaction()
    wallets.update_many({}, {"$set": {"amount": 99}}, session=session)
    wallets.delete_one({"_id": "b"}, session=session)
    wallets.insert_one({"_id": "c", "amount": 1}, session=session)
    session.abort_transaction()
    assert list(wallets.find()) == before
    assert wallets.find_one({"amount": 99}) is None
    assert wallets.database.command("validate", "tokens")["valid"]


def test_a_transaction_goes_on_seeing_its_snapshot(wallets, session):
    with session.start_transaction():
        assert amounts(wallets, session) == {"a": 10, "b": 0}
        wallets.insert_one({"_id": "c", "amount": 1})
        wallets.delete_one({"_id": "b"})
        assert amounts(wallets, session) == {"a": 10, "b": 0}
    assert amounts(wallets) == {"a": 10, "c": 1}


def test_two_transactions_on_one_document_conflict(wallets, session, other):
    with session.start_transaction():
        wallets.update_one({"_id": "a"}, {"$inc": {"amount": 1}}, session=session)
        other.start_transaction()
        with pytest.raises(OperationFailure) as conflict:
            wallets.update_one({"_id": "a"}, {"$inc": {"amount": 1}}, session=other)
        assert conflict.value.code == 112
        assert conflict.value.has_error_label(ABORTED)
        other.abort_transaction()
    assert amounts(wallets)["a"] == 11


def test_a_document_changed_since_the_snapshot_conflicts(wallets, session):
    session.start_transaction()
    wallets.find_one({}, session=session)
    wallets.update_one({"_id": "a"}, {"$inc": {"amount": 1}})
    with pytest.raises(OperationFailure) as conflict:
        wallets.delete_one({"_id": "a"}, session=session)
    assert conflict.value.code == 112
    session.abort_transaction()
    assert amounts(wallets)["a"] == 11


def test_conflicts_are_tried_again_until_both_have_their_effect(client, wallets):
    def add(number):
        def work(within):
            now = wallets.find_one({"_id": "a"}, session=within)["amount"]
            wallets.update_one({"_id": "a"}, {"$set": {"amount": now + 1}}, session=within)

        with client.start_session() as started:
            for _ in range(number):
                started.with_transaction(work)

    threads = [threading.Thread(target=add, args=(5,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert amounts(wallets)["a"] == 25


@pytest.mark.parametrize("seed", range(4))
def test_money_is_neither_made_nor_lost_by_transfers_that_meet(client, tokens, seed):
    tokens.create_index("amount")
    tokens.insert_many([{"_id": n, "amount": 100} for n in range(6)])

    def transfer(number):
        chance = random.Random(100 * seed + number)
        with client.start_session() as started:
            for _ in range(12):
                source, target = chance.sample(range(6), 2)
                amount, fails = chance.randrange(50), chance.random() < 0.3

                def work(within, source=source, target=target, amount=amount, fails=fails):
                    tokens.update_one(
                        {"_id": source}, {"$inc": {"amount": -amount}}, session=within
                    )
                    assert sum(one["amount"] for one in tokens.find()) == 600
                    if fails:
                        raise LookupError
                    tokens.update_one({"_id": target}, {"$inc": {"amount": amount}}, session=within)

                with suppress(LookupError):
                    started.with_transaction(work)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(transfer, range(3)))
    assert sum(one["amount"] for one in tokens.find()) == 600
    assert tokens.database.command("validate", "tokens")["valid"]


def test_a_plain_write_waits_for_the_transaction(wallets, session):
    session.start_transaction()
    wallets.update_one({"_id": "a"}, {"$inc": {"amount": -10}}, session=session)
    done = threading.Event()

    def write():
        wallets.update_one({"_id": "a"}, {"$inc": {"amount": 1}})
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert not done.wait(0.2)
    session.commit_transaction()
    assert done.wait(10)
    thread.join()
    assert amounts(wallets)["a"] == 1


def test_a_plain_write_with_a_time_limit_gives_up(wallets, session):
    with session.start_transaction():
        wallets.update_one({"_id": "a"}, {"$inc": {"amount": 1}}, session=session)
        with pytest.raises(OperationFailure) as refusal:
            wallets.database.command(
                "update", "tokens", updates=[{"q": {"_id": "a"}, "u": {"x": 1}}], maxTimeMS=50
            )
        assert refusal.value.code == 50


def test_unique_keys_of_two_transactions_conflict(wallets, session, other):
    wallets.create_index("secret", unique=True, sparse=True)
    with session.start_transaction():
        wallets.insert_one({"_id": 1, "secret": "s"}, session=session)
        other.start_transaction()
        with pytest.raises(OperationFailure) as conflict:
            wallets.insert_one({"_id": 2, "secret": "s"}, session=other)
        assert conflict.value.code == 112
        other.abort_transaction()
    with pytest.raises(DuplicateKeyError):
        wallets.insert_one({"_id": 3, "secret": "s"})


def test_documents_may_exchange_unique_keys_within_a_transaction(wallets, session):
    wallets.create_index("place", unique=True, sparse=True)
    wallets.update_one({"_id": "a"}, {"$set": {"place": 1}})
    wallets.update_one({"_id": "b"}, {"$set": {"place": 2}})

    def exchange(within):
        wallets.update_one({"_id": "a"}, {"$set": {"place": 3}}, session=within)
        wallets.update_one({"_id": "b"}, {"$set": {"place": 1}}, session=within)
        wallets.update_one({"_id": "a"}, {"$set": {"place": 2}}, session=within)

    session.with_transaction(exchange)
    assert [wallets.find_one({"place": n})["_id"] for n in (1, 2)] == ["b", "a"]
    assert wallets.database.command("validate", "tokens")["valid"]


def test_an_error_ends_the_transaction(wallets, session):
    session.start_transaction()
    with pytest.raises(BulkWriteError):
        wallets.insert_many([{"_id": "n"}, {"_id": "a"}], session=session)
    with pytest.raises(OperationFailure) as refusal:
        session.commit_transaction()
    assert refusal.value.code == 251
    assert wallets.find_one({"_id": "n"}) is None


def test_a_transaction_that_lasts_too_long_is_aborted(client, server, wallets, session):
    limit = client.admin.command("getParameter", transactionLifetimeLimitSeconds=1)
    assert limit["transactionLifetimeLimitSeconds"] == pytest.approx(60)
    store = server.service.store
    session.start_transaction()
    wallets.update_one({"_id": "a"}, {"$inc": {"amount": 1}}, session=session)
    [transaction] = [one for one in store._open if one.writes]
    transaction.ends = store.clock()
    with pytest.raises(OperationFailure) as refusal:
        wallets.find_one({}, session=session)
    assert refusal.value.code == 251
    assert refusal.value.has_error_label(ABORTED)
    session.abort_transaction()
    assert amounts(wallets)["a"] == 10


def test_a_waiting_write_goes_on_when_the_transaction_runs_out_of_time(client, wallets, session):
    client.admin.command("setParameter", transactionLifetimeLimitSeconds=1)
    try:
        session.start_transaction()
        wallets.update_one({"_id": "a"}, {"$set": {"amount": 99}}, session=session)
    finally:
        client.admin.command("setParameter", transactionLifetimeLimitSeconds=60)
    wallets.update_one({"_id": "a"}, {"$inc": {"amount": 1}})
    assert amounts(wallets)["a"] == 11
    session.abort_transaction()


def test_a_commit_is_repeated_without_a_second_effect(wallets, session):
    session.start_transaction()
    wallets.update_one({"_id": "a"}, {"$inc": {"amount": 1}}, session=session)
    session.commit_transaction()
    session.commit_transaction()
    assert amounts(wallets)["a"] == 11


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_an_index_is_not_built_within_a_transaction_on_a_collection_that_exists(
    wallets, session, filled
):
    if not filled:
        wallets.delete_many({})
    with pytest.raises(OperationFailure) as refusal, session.start_transaction():
        wallets.create_index("amount", session=session)
    assert refusal.value.code == 263
    assert list(wallets.index_information()) == ["_id_"]


def test_an_index_that_is_there_already_is_no_error_within_a_transaction(wallets, session):
    wallets.create_index("amount")
    with session.start_transaction():
        wallets.create_index("amount", session=session)
        wallets.update_one({"_id": "a"}, {"$inc": {"amount": 1}}, session=session)
    assert amounts(wallets)["a"] == 11


def test_a_collection_and_its_index_are_made_within_a_transaction(database, session):
    with session.start_transaction():
        made = database.create_collection("fresh", session=session)
        made.create_index("n", unique=True, session=session)
        made.insert_one({"n": 1}, session=session)
        assert "fresh" not in database.list_collection_names()
    assert "n_1" in database.fresh.index_information()
    assert database.fresh.count_documents({"n": 1}) == 1


@pytest.mark.parametrize(
    "command",
    [{"dropIndexes": "tokens", "index": "*"}, {"drop": "tokens"}, {"count": "tokens"}],
    ids=str,
)
def test_what_a_transaction_must_not_do_is_refused(wallets, session, command):
    with pytest.raises(OperationFailure) as refusal, session.start_transaction():
        wallets.database.command(command, session=session, read_preference=ReadPreference.PRIMARY)
    assert refusal.value.code == 263


def test_snapshot_reads_outside_of_a_transaction_stay_at_their_moment(client, wallets):
    with client.start_session(snapshot=True) as looking:
        assert amounts(wallets, looking) == {"a": 10, "b": 0}
        wallets.update_many({}, {"$set": {"amount": 1}})
        assert amounts(wallets, looking) == {"a": 10, "b": 0}
        [total] = wallets.aggregate(
            [{"$group": {"_id": None, "sum": {"$sum": "$amount"}}}], session=looking
        )
        assert total["sum"] == 10
    snapshot = wallets.with_options(read_concern=ReadConcern("snapshot"))
    assert amounts(snapshot) == {"a": 1, "b": 1}
