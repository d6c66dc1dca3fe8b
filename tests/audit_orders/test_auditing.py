import sqlite3
from dataclasses import replace

import pytest

from benchmarks.order_books import HOME, NOW, Book, spread, write_lines, write_store
from benchmarks.order_books import planted as with_bad
from fixtures.clients.order_sources.model import SourceError
from fixtures.workers.executors import Here
from tests.audit_orders.conftest import NUMBER, TERMS

DEFERRED = {"stored for the previous contract"}
"""A JSON Lines book does not say what it was stored for."""


@pytest.mark.parametrize("kind", ["store", "lines"])
def test_exactly_the_bad_orders_are_named(audited, planted, request, kind):
    summary, findings = audited(request.getfixturevalue(kind))

    absent = DEFERRED if kind == "lines" else set()
    assert {one.position for one in findings} == {
        position for position, bad in planted.items() if bad not in absent
    }
    assert (summary.orders, summary.unverified) == (NUMBER, 0)
    assert summary.bad == len(planted) - len(absent)
    assert summary.exit_code == 1


def test_an_order_is_named_by_its_id_and_maker(audited, store, orders, planted):
    _, findings = audited(store)

    position = next(at for at, kind in planted.items() if kind == "expired")
    found = [one for one in findings if one.position == position]
    assert [(one.order, one.reason) for one in found] == [(orders[position - 1]["id"], "expired")]
    assert found[0].maker == orders[position - 1]["maker"]


def test_a_sound_book_is_clean(audited, book, tmp_path):
    write_store(tmp_path / "sound.sqlite", book.orders(100))

    summary, findings = audited(tmp_path / "sound.sqlite")

    assert (summary.orders, findings, summary.exit_code) == (100, [], 0)


def test_an_empty_book_is_clean(audited, tmp_path):
    (tmp_path / "empty.jsonl").touch()
    write_store(tmp_path / "empty.sqlite", [])

    assert audited(tmp_path / "empty.jsonl")[0].orders == 0
    assert audited(tmp_path / "empty.sqlite")[0].orders == 0


@pytest.mark.parametrize("newest_first", [False, True])
def test_of_orders_with_one_nonce_the_oldest_sound_one_keeps_it(
    audited, book, tmp_path, newest_first
):
    orders = list(book.orders(40))
    orders[5] = {**orders[5], "signature": "0x"}
    for at in (15, 25, 35):
        orders[at] = book.sign({**orders[at], "nonce": "5"})
    write_lines(tmp_path / "book.jsonl", orders[::-1] if newest_first else orders)

    _, findings = audited(tmp_path / "book.jsonl", newest_first=newest_first)

    shared = {one.position for one in findings if one.reason == "duplicate_nonce"}
    assert shared == {(40 - at if newest_first else at + 1) for at in (5, 25, 35)}


def test_an_order_that_stands_twice_is_named_once(audited, book, tmp_path):
    orders = list(book.orders(30))
    write_lines(tmp_path / "book.jsonl", [*orders, orders[3]])

    _, findings = audited(tmp_path / "book.jsonl", size=7)

    assert [(one.position, one.reason) for one in findings] == [(31, "duplicate_order")]
    assert "line 4" in findings[0].detail


def test_a_nonce_that_the_book_knows_to_be_used_up_is_named(audited, book, tmp_path):
    path, orders = tmp_path / "book.sqlite", list(book.orders(20))
    write_store(path, orders)
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO cancelled_nonces VALUES (?, ?)",
            [
                (orders[4]["maker"].upper().replace("X", "x"), "4"),
                (orders[5]["maker"], "6"),
                ("nobody", "x"),
            ],
        )
    connection.close()

    _, findings = audited(path)

    assert [(one.position, one.reason) for one in findings] == [(5, "spent_nonce")]


@pytest.mark.parametrize("number", [-(2**62), 2**63 - 1])
def test_a_nonce_is_shared_whatever_the_number_of_a_row(audited, book, tmp_path, number):
    path, orders = tmp_path / "book.sqlite", list(book.orders(30))
    orders[25] = book.sign({**orders[25], "nonce": "5"})
    write_store(path, orders)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE orders SET rowid = ? WHERE rowid = 26", (number,))
    connection.close()

    _, findings = audited(path, size=7)

    later = number if number > 0 else 6
    assert [(one.position, one.reason) for one in findings] == [(later, "duplicate_nonce")]


def test_a_state_of_other_hashes_is_not_gone_on_with(audited, lines, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("fixtures.audit_orders.auditing.FORMAT", 1)
        audited(lines, state=tmp_path / "state")

    with pytest.raises(SourceError, match="begin anew"):
        audited(lines, state=tmp_path / "state")


@pytest.mark.parametrize("apart", [1, 1000])
def test_fills_that_do_not_add_up_are_named(audited, book, tmp_path, apart):
    path, orders = tmp_path / "book.sqlite", list(book.orders(20))
    filled = {3: "500", 6: "500", 8: "0", 9: "500"}
    for at, amount in filled.items():
        orders[at]["filled"] = amount
    write_store(path, orders)
    fills = [(3, "200"), (3, "300"), (6, "499"), (8, "1")]
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO fills (order_id, counter_order_id, sell_amount, buy_amount, created_at) "
            "VALUES (?, '', ?, '1', '')",
            [(orders[at]["id"], amount) for at, amount in fills],
        )
        connection.execute("UPDATE orders SET rowid = -rowid")
        connection.execute("UPDATE orders SET rowid = -rowid * ?", (apart,))
    connection.close()

    _, findings = audited(path)

    assert [(one.position, one.reason) for one in findings] == [
        (7 * apart, "fills_differ"), (9 * apart, "fills_differ"), (10 * apart, "fills_differ"),
    ]  # fmt: skip


def test_a_maker_who_never_signed_with_a_key_may_be_a_wallet(audited, book, tmp_path):
    stranger = Book(makers=12).makers[11]
    wallet = "0x" + "77" * 20
    own = book.sign({**book.unsigned(0), "maker": wallet, "nonce": "900"}, stranger)
    forged = book.sign(book.unsigned(3), stranger)
    write_lines(tmp_path / "book.jsonl", [*book.orders(3), forged, own, *book.orders(10, 10)])

    summary, findings = audited(tmp_path / "book.jsonl")

    assert [(one.position, one.reason, one.verdict) for one in findings] == [
        (4, "wrong_signer", "bad"), (5, "contract_wallet", "unverified"),
    ]  # fmt: skip
    assert (summary.bad, summary.unverified, summary.exit_code) == (1, 1, 1)


def test_orders_that_could_not_be_verified_are_not_good(audited, book, tmp_path):
    wallet = "0x" + "77" * 20
    write_lines(tmp_path / "book.jsonl", [resigned_for(book, wallet)])

    summary, _ = audited(tmp_path / "book.jsonl")

    assert (summary.bad, summary.unverified, summary.exit_code) == (0, 1, 10)


def resigned_for(book, wallet):
    return book.sign({**book.unsigned(0), "maker": wallet}, book.makers[0])


class Interrupted(Exception):
    """A power cut."""


class Dying(Here):
    """Judges some chunks, and is then no more."""

    def __init__(self, after):
        self.after = after

    def run(self, work, tasks, ahead=2):
        for number, result in enumerate(super().run(work, tasks, ahead)):
            if number == self.after:
                raise Interrupted
            yield result


@pytest.mark.parametrize("after", [0, 1, 7, 12])
def test_an_interrupted_audit_goes_on_and_finds_the_same(audited, store, tmp_path, after):
    whole, expected = audited(store)
    state = tmp_path / "state"
    with pytest.raises(Interrupted):
        audited(store, Dying(after), state=state)

    later = replace(TERMS, now=NOW + 40 * 86_400)
    summary, findings = audited(store, state=state, terms=later)

    assert findings == expected
    assert (summary.orders, summary.at) == (whole.orders, NOW)
    assert summary.resumed_orders == after * 32


def test_a_conclusion_that_was_interrupted_begins_anew(audited, store, tmp_path, monkeypatch):
    _, expected = audited(store)
    state = tmp_path / "state"

    def cut(*_):
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr("fixtures.audit_orders.ledger.Ledger.shared_claims", cut)
        with pytest.raises(Interrupted):
            audited(store, state=state)

    assert audited(store, state=state)[1] == expected
    assert audited(store, state=state)[1] == expected


def test_a_changed_book_is_not_gone_on_with(audited, lines, tmp_path):
    copy, state = tmp_path / "copy.jsonl", tmp_path / "state"
    copy.write_bytes(lines.read_bytes())
    audited(copy, state=state)
    copy.write_bytes(lines.read_bytes() + b"\n")

    with pytest.raises(SourceError, match="has changed since"):
        audited(copy, state=state)


def test_the_state_of_another_deployment_is_not_gone_on_with(audited, lines, tmp_path):
    audited(lines, state=tmp_path / "state")
    other = replace(TERMS, home=replace(HOME, chain_id=1))

    with pytest.raises(SourceError, match="another deployment"):
        audited(lines, state=tmp_path / "state", terms=other)


def test_a_file_that_is_no_state_is_told_and_kept(audited, lines, tmp_path):
    (tmp_path / "state").write_text("precious notes of somebody, which are no database")

    with pytest.raises(SourceError, match="cannot be used"):
        audited(lines, state=tmp_path / "state")

    assert (tmp_path / "state").read_text().startswith("precious")


def test_a_book_is_never_taken_for_a_state(audited, store, tmp_path):
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(store.read_bytes())

    with pytest.raises(SourceError, match="it is no audit's"):
        audited(store, state=copy)

    assert copy.read_bytes() == store.read_bytes()


def test_only_its_owner_may_read_the_state(audited, lines, tmp_path):
    audited(lines, state=tmp_path / "state")

    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


def test_bad_orders_are_named_among_so_many_that_signatures_are_tested_together(
    audited, book, tmp_path
):
    number, first = 3000, 1500
    bad = spread(number, first=first)
    write_store(tmp_path / "book.sqlite", with_bad(book, book.orders(number), bad))

    summary, findings = audited(tmp_path / "book.sqlite", size=1000)

    assert {one.position - 1 for one in findings} == set(bad)
    assert (summary.orders, summary.bad) == (number, len(bad))
