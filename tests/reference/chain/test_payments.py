"""Payments held in escrow: who may do what, and where every wei goes."""

from __future__ import annotations

import pytest

from fixtures.reference.chain import RevertError
from fixtures.reference.chain.keys import address_of

from .conftest import ETHER, NO_TOKEN

HELD, DISPUTED, RELEASED, REFUNDED = 1, 2, 3, 4
AMOUNT = 10**16 + 7


def fee_on(escrow, amount):
    return amount * escrow.deployment.fee_bps // 10_000


@pytest.fixture(params=["ether", "token"])
def token(request, deployed):
    return NO_TOKEN if request.param == "ether" else deployed.base


def holds(escrow, token, address):
    if token == NO_TOKEN:
        return escrow.rpc.balance(address)
    return escrow.token(token, "balanceOf", address)


def owes_what_it_owns(escrow, token):
    return escrow.ask("liabilities", token) == holds(escrow, token, escrow.deployment.escrow)


def test_a_deposit_is_held_for_the_payee(escrow, alice, bob, token):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT, token=token)
    held = escrow.ask("paymentOf", payment)
    assert held["state"] == HELD
    assert (held["payer"], held["payee"]) == (address_of(alice), address_of(bob))
    assert (held["token"], held["amount"]) == (token, AMOUNT)
    assert escrow.ask("liabilities", token) == AMOUNT
    assert owes_what_it_owns(escrow, token)


def test_a_release_pays_the_payee_and_the_fee_to_the_wei(escrow, alice, bob, token):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT, token=token)
    treasury = escrow.deployment.treasury
    before = [holds(escrow, token, who) for who in (address_of(bob), treasury)]
    receipt = escrow.send(alice, "release", payment)
    fee = fee_on(escrow, AMOUNT)
    after = [holds(escrow, token, who) for who in (address_of(bob), treasury)]
    assert [new - old for new, old in zip(after, before, strict=True)] == [AMOUNT - fee, fee]
    assert escrow.ask("paymentOf", payment)["state"] == RELEASED
    (event,) = escrow.events(receipt)
    assert event.name == "Released"
    assert (event.arguments["amount"], event.arguments["fee"]) == (AMOUNT - fee, fee)
    assert escrow.ask("liabilities", token) == 0
    assert owes_what_it_owns(escrow, token)


def test_a_payment_is_released_once(escrow, alice, bob):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT)
    escrow.send(alice, "release", payment)
    with pytest.raises(RevertError) as refused:
        escrow.send(alice, "release", payment)
    assert refused.value.name == "NotInState"


def test_an_arbiter_may_release(escrow, alice, bob):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT)
    escrow.send(escrow.deployment.arbiter_key, "release", payment)
    assert escrow.ask("paymentOf", payment)["state"] == RELEASED


@pytest.mark.parametrize("who", ["payee", "stranger", "operator"])
def test_nobody_else_may_release(escrow, alice, bob, carol, who):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT)
    key = {"payee": bob, "stranger": carol, "operator": escrow.deployment.operator_key}[who]
    with pytest.raises(RevertError) as refused:
        escrow.send(key, "release", payment)
    assert refused.value.error.arguments["caller"] == address_of(key)
    assert refused.value.name == "NotAParty"


def test_the_payer_releases_by_signature(escrow, alice, bob, carol):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT)
    message = {"id": payment, "nonce": 5, "deadline": escrow.now() + 60}
    before = escrow.rpc.balance(address_of(bob))
    signature = escrow.sign(alice, "ReleaseAuthorization", message)
    escrow.send(carol, "releaseWithAuthorization", message, signature)
    assert escrow.rpc.balance(address_of(bob)) - before == AMOUNT - fee_on(escrow, AMOUNT)
    assert escrow.ask("nonceUsed", address_of(alice), 5)


def test_a_release_signed_by_another_or_elsewhere_is_refused(escrow, alice, bob, carol):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT)
    message = {"id": payment, "nonce": 5, "deadline": escrow.now() + 60}
    attempts = [
        escrow.sign(bob, "ReleaseAuthorization", message),
        escrow.sign(alice, "ReleaseAuthorization", {**message, "nonce": 6}),
        escrow.sign(alice, "ReleaseAuthorization", message, chainId=1),
        escrow.sign(alice, "ReleaseAuthorization", message, version="1"),
        escrow.sign(alice, "ReleaseAuthorization", message, verifyingContract=address_of(carol)),
        b"",
    ]
    for signature in attempts:
        with pytest.raises(RevertError) as refused:
            escrow.send(carol, "releaseWithAuthorization", message, signature)
        assert refused.value.name == "InvalidSignature"


def test_a_release_signature_ends_with_its_deadline(escrow, alice, bob):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT)
    message = {"id": payment, "nonce": 5, "deadline": escrow.now() - 1}
    signature = escrow.sign(alice, "ReleaseAuthorization", message)
    with pytest.raises(RevertError) as refused:
        escrow.send(bob, "releaseWithAuthorization", message, signature)
    assert refused.value.name == "SignatureExpired"


def test_the_payee_gives_the_money_back(escrow, alice, bob, token):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT, token=token)
    before = holds(escrow, token, address_of(alice))
    escrow.send(bob, "refund", payment)
    assert holds(escrow, token, address_of(alice)) - before == AMOUNT
    assert escrow.ask("paymentOf", payment)["state"] == REFUNDED
    assert owes_what_it_owns(escrow, token)


def test_the_payer_gets_it_back_only_from_the_deadline_on(escrow, alice, bob):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT, lasts=600)
    with pytest.raises(RevertError) as refused:
        escrow.send(alice, "refund", payment)
    assert refused.value.name == "RefundTooEarly"
    escrow.rpc.call("evm_increaseTime", 601)
    escrow.send(alice, "refund", payment)
    assert escrow.ask("paymentOf", payment)["state"] == REFUNDED


def test_a_dispute_stops_release_and_refund(escrow, alice, bob):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT)
    escrow.send(bob, "dispute", payment)
    assert escrow.ask("paymentOf", payment)["state"] == DISPUTED
    for key, function in ((alice, "release"), (bob, "refund")):
        with pytest.raises(RevertError) as refused:
            escrow.send(key, function, payment)
        assert refused.value.name == "NotInState"


@pytest.mark.parametrize("share", [0, 3, AMOUNT], ids=["payer gets all", "split", "payee gets all"])
def test_an_arbiter_divides_what_is_disputed(escrow, alice, bob, token, share):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT, token=token)
    escrow.send(alice, "dispute", payment)
    parties = [address_of(bob), address_of(alice), escrow.deployment.treasury]
    before = [holds(escrow, token, who) for who in parties]
    escrow.send(escrow.deployment.arbiter_key, "resolve", payment, share)
    gained = [holds(escrow, token, who) - old for who, old in zip(parties, before, strict=True)]
    fee = fee_on(escrow, share)
    assert gained == [share - fee, AMOUNT - share, fee]
    assert escrow.ask("paymentOf", payment)["state"] == (RELEASED if share else REFUNDED)
    assert owes_what_it_owns(escrow, token)


def test_only_an_arbiter_resolves_and_only_a_dispute(escrow, alice, bob):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT)
    arbiter = escrow.deployment.arbiter_key
    with pytest.raises(RevertError) as early:
        escrow.send(arbiter, "resolve", payment, 1)
    escrow.send(alice, "dispute", payment)
    with pytest.raises(RevertError) as unauthorised:
        escrow.send(alice, "resolve", payment, 1)
    with pytest.raises(RevertError) as too_much:
        escrow.send(arbiter, "resolve", payment, AMOUNT + 1)
    names = [refused.value.name for refused in (early, unauthorised, too_much)]
    assert names == ["NotInState", "AccessControlUnauthorizedAccount", "MoreThanHeld"]


def test_a_deposit_that_makes_no_sense_is_refused(escrow, alice, bob):
    payee, later = address_of(bob), escrow.now() + 3600
    taken = escrow.deposit(alice, payee, AMOUNT)
    where = escrow.deployment.escrow
    attempts = {
        "EscrowExists": ((taken, payee, NO_TOKEN, 1, later), 1),
        "PayeeIsPayer": ((bytes(32), address_of(alice), NO_TOKEN, 1, later), 1),
        "InvalidRecipient": ((bytes(32), where, NO_TOKEN, 1, later), 1),
        "DeadlinePassed": ((bytes(32), payee, NO_TOKEN, 1, escrow.now() - 1), 1),
        "ZeroAmount": ((bytes(32), payee, NO_TOKEN, 0, later), 0),
        "EtherMismatch": ((bytes(32), payee, NO_TOKEN, 2, later), 1),
    }
    for name, (arguments, value) in attempts.items():
        with pytest.raises(RevertError) as refused:
            escrow.send(alice, "deposit", *arguments, value=value)
        assert refused.value.name == name


def test_ether_sent_without_a_call_is_refused(escrow, alice):
    with pytest.raises(RevertError):
        escrow.rpc.send({"to": escrow.deployment.escrow, "value": ETHER}, alice)


def test_a_payee_that_refuses_ether_gets_a_balance_instead(escrow, alice):
    refuses_ether = escrow.deployment.base
    payment = escrow.deposit(alice, refuses_ether, AMOUNT)
    receipt = escrow.send(alice, "release", payment)
    due = AMOUNT - fee_on(escrow, AMOUNT)
    assert [event.name for event in escrow.events(receipt)] == ["Released", "PayoutDeferred"]
    assert escrow.ask("balanceOf", refuses_ether, NO_TOKEN) == due
    assert owes_what_it_owns(escrow, NO_TOKEN)


def test_pause_stops_money_and_can_be_lifted(escrow, alice, bob):
    payment = escrow.deposit(alice, address_of(bob), AMOUNT)
    with pytest.raises(RevertError) as unauthorised:
        escrow.send(alice, "pause")
    assert unauthorised.value.name == "AccessControlUnauthorizedAccount"
    escrow.govern("pause")
    assert escrow.ask("paused")
    later = escrow.now() + 60
    stopped = [
        (alice, "deposit", (bytes(32), address_of(bob), NO_TOKEN, 1, later), 1),
        (alice, "fund", (NO_TOKEN, 1), 1),
        (alice, "withdraw", (NO_TOKEN, 1), 0),
        (alice, "release", (payment,), 0),
        (bob, "refund", (payment,), 0),
    ]
    for key, function, arguments, value in stopped:
        with pytest.raises(RevertError) as refused:
            escrow.send(key, function, *arguments, value=value)
        assert refused.value.name == "EnforcedPause", function
    escrow.send(alice, "cancelNonce", 99)
    escrow.govern("unpause")
    escrow.send(alice, "release", payment)
    assert escrow.ask("paymentOf", payment)["state"] == RELEASED
