"""Trading balances, signed withdrawals and the settlement of signed orders."""

from __future__ import annotations

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fixtures.reference.chain import RevertError
from fixtures.reference.chain.keys import address_of

from .conftest import ETHER, NO_TOKEN, TYPES


@pytest.fixture
def base(deployed):
    return deployed.base


@pytest.fixture
def quote(deployed):
    return deployed.quote


@pytest.fixture
def funded(escrow, alice, bob, base, quote):
    escrow.fund(alice, base, 100 * ETHER)
    escrow.fund(bob, quote, 300 * ETHER)
    return escrow


def settle(escrow, a, b, fill, *, keys, operator=None, signatures=None):
    signed = signatures or [
        escrow.sign(key, "Order", order) for key, order in zip(keys, (a, b), strict=True)
    ]
    key = operator or escrow.deployment.operator_key
    return escrow.send(key, "settle", a, signed[0], b, signed[1], fill)


def refused_as(name):
    return pytest.raises(RevertError, match=f": {name}\\(")


def test_funds_come_back_on_withdrawal(escrow, alice, base):
    before = escrow.token(base, "balanceOf", address_of(alice))
    escrow.fund(alice, base, 5 * ETHER)
    assert escrow.ask("balanceOf", address_of(alice), base) == 5 * ETHER
    escrow.send(alice, "withdraw", base, 5 * ETHER)
    assert escrow.token(base, "balanceOf", address_of(alice)) == before
    assert escrow.ask("liabilities", base) == 0
    with refused_as("InsufficientBalance"):
        escrow.send(alice, "withdraw", base, 1)


def withdrawal(escrow, key, recipient, amount, **changes):
    return {
        "account": address_of(key),
        "token": NO_TOKEN,
        "amount": amount,
        "recipient": recipient,
        "nonce": 11,
        "deadline": escrow.now() + 60,
        **changes,
    }


def test_a_signed_withdrawal_pays_once(escrow, alice, bob):
    escrow.fund(alice, NO_TOKEN, 10 * ETHER)
    recipient = "0x" + "ab" * 20
    message = withdrawal(escrow, alice, recipient, 3 * ETHER)
    signature = escrow.sign(alice, "Withdrawal", message)
    escrow.send(bob, "withdrawWithAuthorization", message, signature)
    assert escrow.rpc.balance(recipient) == 3 * ETHER
    with refused_as("NonceAlreadyUsed"):
        escrow.send(bob, "withdrawWithAuthorization", message, signature)
    assert escrow.rpc.balance(recipient) == 3 * ETHER
    assert escrow.ask("balanceOf", address_of(alice), NO_TOKEN) == 7 * ETHER


@pytest.mark.parametrize("field", ["token", "amount", "recipient", "nonce", "deadline"])
def test_a_withdrawal_changed_after_signing_is_refused(escrow, alice, bob, base, field):
    escrow.fund(alice, NO_TOKEN, 10 * ETHER)
    message = withdrawal(escrow, alice, address_of(bob), ETHER)
    signature = escrow.sign(alice, "Withdrawal", message)
    other = {
        "token": base,
        "amount": 2 * ETHER,
        "recipient": "0x" + "cd" * 20,
        "nonce": 12,
        "deadline": message["deadline"] + 1,
    }
    with refused_as("InvalidSignature"):
        escrow.send(bob, "withdrawWithAuthorization", {**message, field: other[field]}, signature)


def test_the_high_s_twin_and_other_lengths_of_a_signature_are_refused(escrow, alice, bob):
    escrow.fund(alice, NO_TOKEN, 10 * ETHER)
    message = withdrawal(escrow, alice, address_of(bob), ETHER)
    good = bytes(escrow.sign(alice, "Withdrawal", message))
    curve = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = curve - int.from_bytes(good[32:64], "big")
    twin = good[:32] + s.to_bytes(32, "big") + bytes([27 + 28 - good[64]])
    compact = good[:32] + bytes([good[32] | (0x80 if good[64] == 28 else 0)]) + good[33:64]
    for bad in (twin, compact, good[:64], good + b"\0", bytes(65)):
        with refused_as("InvalidSignature"):
            escrow.send(bob, "withdrawWithAuthorization", message, bad)
    escrow.send(bob, "withdrawWithAuthorization", message, good)


def test_orders_that_match_change_hands_at_the_older_price(funded, alice, bob, base, quote):
    a = funded.order(alice, base, quote, 10 * ETHER, 20 * ETHER)
    b = funded.order(bob, quote, base, 30 * ETHER, 10 * ETHER)
    receipt = settle(funded, a, b, 4 * ETHER, keys=(alice, bob))
    (event,) = funded.events(receipt)
    assert event.name == "Settled"
    assert (event.arguments["amountA"], event.arguments["amountB"]) == (4 * ETHER, 8 * ETHER)
    balances = {
        (who, token): funded.ask("balanceOf", address_of(key), token)
        for who, key in (("alice", alice), ("bob", bob))
        for token in (base, quote)
    }
    assert balances == {
        ("alice", base): 96 * ETHER,
        ("alice", quote): 8 * ETHER,
        ("bob", base): 4 * ETHER,
        ("bob", quote): 292 * ETHER,
    }
    assert funded.ask("filled", funded.ask("orderHash", a)) == 4 * ETHER
    assert funded.ask("filled", funded.ask("orderHash", b)) == 8 * ETHER
    assert funded.ask("liabilities", base) == 100 * ETHER
    assert funded.ask("liabilities", quote) == 300 * ETHER


def test_the_order_hash_is_the_eip712_digest(escrow, alice, base, quote):
    order = escrow.order(alice, base, quote, 1, 2)
    types = {"Order": [{"type": kind, "name": name} for kind, name in TYPES["Order"]]}
    domain = {
        "name": "Meta Aggregator",
        "version": "2",
        "chainId": 31337,
        "verifyingContract": escrow.deployment.escrow,
    }
    signable = encode_typed_data(domain, types, order)
    expected = keccak(b"\x19" + signable.version + signable.header + signable.body)
    assert escrow.ask("orderHash", order) == expected
    assert escrow.ask("DOMAIN_SEPARATOR") == signable.header
    fields, name, version, chain_id, verifier, _, _ = escrow.ask("eip712Domain")
    assert (fields, name, version, chain_id) == (b"\x0f", "Meta Aggregator", "2", 31337)
    assert verifier == escrow.deployment.escrow


def test_an_order_fills_in_parts_up_to_its_amount(funded, alice, bob, base, quote):
    a = funded.order(alice, base, quote, 10 * ETHER, 20 * ETHER)
    b = funded.order(bob, quote, base, 40 * ETHER, 20 * ETHER)
    settle(funded, a, b, 4 * ETHER, keys=(alice, bob))
    settle(funded, a, b, 6 * ETHER, keys=(alice, bob))
    with refused_as("Overfilled"):
        settle(funded, a, b, 1, keys=(alice, bob))


def test_a_price_that_one_side_did_not_sign_is_refused(funded, alice, bob, base, quote):
    a = funded.order(alice, base, quote, 10 * ETHER, 20 * ETHER)
    b = funded.order(bob, quote, base, 20 * ETHER, 10 * ETHER + 1)
    with refused_as("PriceNotMet"):
        settle(funded, a, b, 10 * ETHER, keys=(alice, bob))


def test_only_the_operator_settles(funded, alice, bob, base, quote):
    a = funded.order(alice, base, quote, ETHER, ETHER)
    b = funded.order(bob, quote, base, ETHER, ETHER)
    with refused_as("AccessControlUnauthorizedAccount"):
        settle(funded, a, b, 1, keys=(alice, bob), operator=alice)


CASES = {
    "not yet valid": ("OrderNotYetValid", lambda now: {"validFrom": now + 600}),
    "expired": ("OrderExpired", lambda now: {"expiry": now - 1}),
    "for another taker": ("TakerNotAllowed", lambda _: {"taker": "0x" + "ee" * 20}),
    "another token": ("TokensDoNotPair", lambda _: {"buyToken": "0x" + "ee" * 20}),
    "nothing to sell": ("ZeroAmount", lambda _: {"sellAmount": 0}),
    "more than the balance": (
        "InsufficientBalance",
        lambda _: {"sellAmount": 10**24, "buyAmount": 10**24},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_order_that_must_not_settle_does_not(funded, alice, bob, base, quote, case):
    name, change = CASES[case]
    b = funded.order(bob, quote, base, 10**24, 10**24)
    a = funded.order(alice, base, quote, 10 * ETHER, 10 * ETHER)
    a |= change(funded.now())
    fill = 200 * ETHER if name == "InsufficientBalance" else ETHER
    with refused_as(name):
        settle(funded, a, b, fill, keys=(alice, bob))


@pytest.mark.parametrize("field", [name for _, name in TYPES["Order"]])
def test_an_order_changed_after_signing_does_not_settle(funded, alice, bob, base, quote, field):
    a = funded.order(alice, base, quote, 10 * ETHER, 10 * ETHER, taker=address_of(bob))
    b = funded.order(bob, quote, base, 20 * ETHER, 10 * ETHER)
    signatures = [funded.sign(alice, "Order", a), funded.sign(bob, "Order", b)]
    others = {
        "maker": address_of(funded.deployment.owner_keys[0]),
        "taker": NO_TOKEN,
        "sellToken": "0x" + "ee" * 20,
        "buyToken": "0x" + "ee" * 20,
        "salt": b"\1" * 32,
    }
    changed = {**a, field: others.get(field, a[field] + 1 if field not in others else None)}
    expected = "TokensDoNotPair" if field.endswith("Token") else "InvalidSignature"
    with refused_as(expected):
        settle(funded, changed, b, ETHER, keys=(), signatures=signatures)
    settle(funded, a, b, ETHER, keys=(), signatures=signatures)


def test_a_nonce_belongs_to_one_order(funded, alice, bob, base, quote):
    b = funded.order(bob, quote, base, 100 * ETHER, 50 * ETHER)
    first = funded.order(alice, base, quote, 10 * ETHER, 10 * ETHER, nonce=7)
    second = funded.order(alice, base, quote, 10 * ETHER, 10 * ETHER, nonce=7, salt=b"\1" * 32)
    settle(funded, first, b, ETHER, keys=(alice, bob))
    assert funded.ask("nonceUsed", address_of(alice), 7)
    assert not funded.ask("nonceSpent", address_of(alice), 7)
    with refused_as("NonceAlreadyUsed"):
        settle(funded, second, b, ETHER, keys=(alice, bob))
    settle(funded, first, b, ETHER, keys=(alice, bob))


def test_a_cancelled_nonce_ends_an_order_in_the_middle(funded, alice, bob, base, quote):
    a = funded.order(alice, base, quote, 10 * ETHER, 10 * ETHER)
    b = funded.order(bob, quote, base, 100 * ETHER, 50 * ETHER)
    settle(funded, a, b, ETHER, keys=(alice, bob))
    receipt = funded.send(alice, "cancelNonce", a["nonce"])
    assert [event.name for event in funded.events(receipt)] == ["NonceCancelled"]
    with refused_as("NonceAlreadyUsed"):
        settle(funded, a, b, ETHER, keys=(alice, bob))


def test_nobody_trades_with_themselves(funded, alice, base, quote):
    a = funded.order(alice, base, quote, ETHER, ETHER)
    b = funded.order(alice, quote, base, ETHER, ETHER)
    with refused_as("SelfTrade"):
        settle(funded, a, b, 1, keys=(alice, alice))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sell=st.integers(1, 10**20),
    buy=st.integers(1, 10**20),
    improvement=st.integers(0, 10**18),
    part=st.fractions(0, 1),
)
def test_no_side_gets_less_than_it_signed(
    funded, alice, bob, base, quote, sell, buy, improvement, part
):
    a = funded.order(alice, base, quote, sell, buy)
    b = funded.order(bob, quote, base, buy + improvement, sell)
    fill = max(1, int(sell * part))
    due = -(-fill * buy // sell)
    assume(fill * (buy + improvement) >= due * sell)
    snapshot = funded.rpc.call("evm_snapshot")
    receipt = settle(funded, a, b, fill, keys=(alice, bob))
    (event,) = funded.events(receipt)
    given_a, given_b = event.arguments["amountA"], event.arguments["amountB"]
    assert given_b * sell >= given_a * buy
    assert given_a * (buy + improvement) >= given_b * sell
    assert funded.ask("liabilities", base) == 100 * ETHER
    assert funded.rpc.call("evm_revert", snapshot)
