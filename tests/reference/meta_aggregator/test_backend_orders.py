from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.reference.meta_aggregator.backend_rig import (
    UNIT,
    Backend,
    Rig,
    Wallet,
    eventually,
    refused,
)

ORDER_OF_CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_a_signed_order_is_stored_as_it_was_sent(backend: Backend):
    wallet = Wallet()
    order = backend.order(wallet)
    answer = backend.submit(wallet, order)
    assert answer.status_code == 201, answer.text
    stored = backend.http.get(f"/api/orders/{answer.json()['id']}").json()
    assert stored["order"] == order
    assert stored["status"] == "open"
    listed = backend.http.get("/api/orders", params={"maker": wallet.address}).json()
    assert [one["id"] for one in listed["orders"]] == [answer.json()["id"]]


def test_the_order_id_is_what_the_contract_computes(backend: Backend):
    wallet = Wallet()
    order = backend.order(wallet)
    identifier = backend.submit(wallet, order).json()["id"]
    on_chain = backend.rpc.call_contract(
        backend.deployment.artifact.abi, backend.deployment.escrow, "orderHash", order
    )
    assert identifier == "0x" + on_chain.hex()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sellAmount": "0"}, "zero_amount"),
        ({"expiry": "1"}, "order_expired"),
        ({"validFrom": str(2**40)}, "order_not_yet_valid"),
        ({"expiry": str(2**40)}, "expiry_too_far"),
        ({"sellToken": "0x" + "11" * 20}, "unknown_token"),
        ({"nonce": "-1"}, "bad_format"),
        ({"nonce": 7}, "wrong_type"),
        ({"salt": "0x12"}, "bad_format"),
        ({"extra": "1"}, "unknown_field"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_terms_that_cannot_stand_are_refused_by_name(backend: Backend, changes, code):
    wallet = Wallet()
    order = backend.order(wallet, **changes)
    assert refused(backend.submit(wallet, order, "0x" + "11" * 65)) == (400, code)


def test_same_token_on_both_sides_is_refused(backend: Backend):
    wallet = Wallet()
    order = backend.order(wallet, buyToken=backend.deployment.base)
    assert refused(backend.submit(wallet, order)) == (400, "same_token")


@pytest.mark.parametrize(
    "field", ["taker", "sellAmount", "buyAmount", "nonce", "validFrom", "expiry", "salt"]
)
def test_a_field_changed_after_signing_is_refused(backend: Backend, field: str):
    wallet = Wallet()
    order = backend.order(wallet)
    signature = backend.sign(wallet, "Order", order)
    changed = {
        "taker": Wallet().address,
        "salt": "0x" + "ab" * 32,
    }.get(field, str(int(order[field], 0) - 1))
    assert refused(backend.submit(wallet, {**order, field: changed}, signature)) == (
        400,
        "invalid_signature",
    )


def test_the_malleable_twin_and_odd_lengths_are_refused(backend: Backend):
    wallet = Wallet()
    order = backend.order(wallet)
    raw = bytes.fromhex(backend.sign(wallet, "Order", order)[2:])
    high = (ORDER_OF_CURVE - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
    twin = "0x" + (raw[:32] + high + bytes([55 - raw[64]])).hex()
    assert refused(backend.submit(wallet, order, twin)) == (400, "malleable_signature")
    short = "0x" + raw[:64].hex()
    assert refused(backend.submit(wallet, order, short)) == (400, "bad_signature_length")
    low_v = "0x" + (raw[:64] + bytes([raw[64] - 27])).hex()
    assert refused(backend.submit(wallet, order, low_v)) == (400, "invalid_signature")


def test_an_order_enters_the_book_once(backend: Backend):
    wallet = Wallet()
    order = backend.order(wallet)
    assert backend.submit(wallet, order).status_code == 201
    assert refused(backend.submit(wallet, order)) == (409, "duplicate_order")
    other = {**order, "salt": "0x" + "cd" * 32}
    assert refused(backend.submit(wallet, other)) == (409, "nonce_used")


def test_of_twenty_concurrent_orders_with_one_nonce_exactly_one_wins(backend: Backend):
    wallet = Wallet()
    orders = [backend.order(wallet, nonce="777") for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda order: backend.submit(wallet, order), orders))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19


def test_pages_follow_each_other_without_gap_or_repetition(backend: Backend):
    wallet = Wallet()
    sent = [backend.submit(wallet, backend.order(wallet)).json()["id"] for _ in range(5)]
    found, cursor = [], None
    while True:
        query = {"maker": wallet.address, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = backend.http.get("/api/orders", params=query).json()
        found += [one["id"] for one in page["orders"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert sorted(found) == sorted(sent)


def test_the_maker_and_nobody_else_cancels(backend: Backend):
    wallet = Wallet()
    identifier = backend.submit(wallet, backend.order(wallet)).json()["id"]
    message = {"order": identifier, "maker": wallet.address}
    url = f"/api/orders/{identifier}/cancel"
    foreign = backend.http.post(
        url, json={"signature": backend.sign(Wallet(), "Cancellation", message)}
    )
    assert refused(foreign) == (400, "invalid_signature")
    own = {"signature": backend.sign(wallet, "Cancellation", message)}
    assert backend.http.post(url, json=own).json() == {"id": identifier, "status": "cancelled"}
    assert refused(backend.http.post(url, json=own)) == (409, "not_open")


def test_compatible_funded_orders_are_settled_on_chain(backend: Backend):
    seller = backend.funded(backend.deployment.base, UNIT)
    buyer = backend.funded(backend.deployment.quote, 2 * UNIT)
    ask = backend.order(seller, taker=buyer.address)
    bid = backend.order(buyer, buy=True, taker=seller.address)
    first = backend.submit(seller, ask).json()["id"]
    second = backend.submit(buyer, bid).json()["id"]
    eventually(lambda: backend.status_of(first) == backend.status_of(second) == "settled")
    balances = backend.http.get(f"/api/balances/{buyer.address}").json()["balances"]
    held = {one["token"]: one["amount"] for one in balances}
    assert held[backend.deployment.base] == str(UNIT)
    assert held[backend.deployment.quote] == "0"
    fill = backend.http.get(f"/api/orders/{first}").json()["fills"][0]
    receipt = backend.rpc.call("eth_getTransactionReceipt", fill["transactionHash"])
    assert receipt["status"] == "0x1"
    trade = backend.http.get("/api/trades", params={"limit": 1}).json()["trades"][0]
    assert trade["transactionHash"] == fill["transactionHash"]


def test_an_order_is_filled_in_parts(backend: Backend):
    seller = backend.funded(backend.deployment.base, UNIT)
    buyer = backend.funded(backend.deployment.quote, 2 * UNIT)
    whole = backend.submit(seller, backend.order(seller, taker=buyer.address)).json()["id"]
    for _ in range(2):
        half = backend.order(
            buyer,
            buy=True,
            taker=seller.address,
            sellAmount=str(UNIT),
            buyAmount=str(UNIT // 2),
        )
        identifier = backend.submit(buyer, half).json()["id"]
        eventually(lambda one=identifier: backend.status_of(one) == "settled")
    eventually(lambda: backend.status_of(whole) == "settled")


def test_orders_without_funds_stay_open_and_match_once_funded(backend: Backend):
    seller, buyer = Wallet(), backend.funded(backend.deployment.quote, 2 * UNIT)
    ask = backend.submit(seller, backend.order(seller, taker=buyer.address)).json()["id"]
    bid = backend.submit(buyer, backend.order(buyer, buy=True, taker=seller.address)).json()["id"]
    assert backend.status_of(ask) == backend.status_of(bid) == "open"


def test_the_mirror_equals_the_contract_at_the_indexed_block(backend: Backend):
    wallet = backend.funded("0x" + "0" * 40, 5 * 10**15)
    store = backend.service.settings.store

    def mirrored() -> bool:
        with closing(sqlite3.connect(store)) as book:
            return bool(
                book.execute(
                    "SELECT 1 FROM balances WHERE account = ?", (wallet.address,)
                ).fetchone()
            )

    eventually(mirrored)
    with closing(sqlite3.connect(store, isolation_level=None)) as book:
        book.execute("BEGIN")
        block = book.execute("SELECT indexed_block FROM indexer_state").fetchone()[0]
        zero = "0x" + "0" * 40
        held = sum(
            int(amount)
            for (amount,) in book.execute(
                "SELECT amount FROM escrows WHERE token = ? AND state IN ('held', 'disputed') "
                "UNION ALL SELECT amount FROM balances WHERE token = ?",
                (zero, zero),
            )
        )
        book.execute("COMMIT")
    book.close()
    assert backend.rpc.balance(backend.deployment.escrow, block) == held


def test_fault_orders_route_fails(start):
    assert refused(start("MA-POST-09").http.get("/api/orders")) == (500, "store_error")


def test_fault_an_order_is_accepted_but_not_stored(start):
    faulty = start("MA-POST-21")
    wallet = Wallet()
    answer = faulty.submit(wallet, faulty.order(wallet))
    assert answer.status_code == 201
    assert faulty.http.get(f"/api/orders/{answer.json()['id']}").status_code == 404


def test_fault_settlement_reverts_without_the_role(rig: Rig, start):
    faulty = start(operator_key=rig.deployment.arbiter_key)
    seller = faulty.funded(faulty.deployment.base, UNIT)
    buyer = faulty.funded(faulty.deployment.quote, 2 * UNIT)
    first = faulty.submit(seller, faulty.order(seller, taker=buyer.address)).json()["id"]
    faulty.submit(buyer, faulty.order(buyer, buy=True, taker=seller.address))
    eventually(lambda: faulty.status_of(first) == "settlement_failed")
    failure = faulty.http.get(f"/api/orders/{first}").json()["failure"]
    assert "AccessControlUnauthorizedAccount" in failure
