import pytest
from pymongo.errors import OperationFailure

from fixtures.reference.nctool.cashu import token_text
from fixtures.reference.nctool.npubs import npub_of
from fixtures.reference.nctool.service import atomic_melt
from fixtures.reference.nctool.service.errors import (
    AtomicMeltFailed,
    Conflict,
    InsufficientBalance,
    InvalidRequest,
    InvoiceExpired,
    MintRefused,
    NotFound,
    ReconciliationBlocked,
    TokenSpent,
)
from tests.reference.nctool.money_rig import ATOMIC, INVOICE, RECONCILIATION, at_once

FEE = 1


@pytest.fixture(params=["atomic", "legacy"])
def path(request, rig):
    """Both ways of paying."""
    if request.param == "atomic":
        rig.flag(ATOMIC, transactionTimeout=20_000)
    return request.param


def test_value_that_is_sent_arrives_and_none_is_made(rig):
    alice, bob = rig.user("alice", 64, 32), rig.user("bob")

    sent, text = rig.here.wallets.send(alice, 37)
    got = rig.here.wallets.receive(bob, text)

    assert (sent["total_amount"], got["total_amount"]) == (37, 37)
    assert (rig.worth(alice, "unspent"), rig.worth(bob, "unspent")) == (96 - 37, 37)
    assert (rig.spendable(alice), rig.spendable(bob)) == (59, 37)


def test_a_token_is_received_once_even_at_once(rig):
    alice, bob, carol = rig.user("alice", 64), rig.user("bob"), rig.user("carol")
    _, text = rig.here.wallets.send(alice, 37)

    results = at_once(
        *(lambda who=who: rig.context().wallets.receive(who, text) for who in (bob, carol))
    )

    assert sorted(type(one).__name__ for one in results) == ["TokenSpent", "dict"]
    assert rig.spendable(bob) + rig.spendable(carol) == 37


def test_a_token_of_another_mint_and_no_token_at_all_are_refused(rig):
    bob = rig.user("bob")
    foreign = token_text("http://mint.test", "sat", rig.mint.keyset.issue(8))

    for text in (foreign, "cashuA", "nonsense"):
        with pytest.raises(InvalidRequest):
            rig.here.wallets.receive(bob, text)
    text = token_text(rig.here.mint.url, "sat", rig.mint.keyset.issue(8, "once"))
    rig.here.wallets.receive(bob, text)
    with pytest.raises(TokenSpent):
        rig.here.wallets.receive(bob, text)


@pytest.mark.usefixtures("path")
def test_users_without_a_wallet_or_enough_are_told_so(rig):
    alice = rig.user("alice", 8)

    with pytest.raises(NotFound):
        rig.here.wallets.balance(npub_of("somebody without a wallet"))
    with pytest.raises(InsufficientBalance):
        rig.here.wallets.send(alice, 9)
    with pytest.raises(InsufficientBalance):
        rig.here.melts.melt(alice, rig.invoice().request)
    with pytest.raises(InvoiceExpired):
        rig.here.melts.melt(alice, rig.invoice("expired").request)
    with pytest.raises(MintRefused):
        rig.here.melts.melt(alice, "lnbc1nothing")
    assert rig.worth(alice, "unspent") == 8
    assert rig.states(alice) == []


def test_a_paid_melt_leaves_everything_but_amount_and_fee(rig, path):
    alice, invoice = rig.user("alice", 64, 8), rig.invoice()

    done = rig.here.melts.melt(alice, invoice.request)

    assert (done["state"], done["path"], done["fee_paid"]) == ("PAID", path, FEE)
    assert rig.worth(alice, "unspent") == rig.spendable(alice) == 72 - INVOICE - FEE
    assert rig.worth(alice, "pending") == 0
    assert len(invoice.payments) == 1


@pytest.mark.usefixtures("path")
def test_a_melt_that_fails_leaves_everything(rig):
    alice, invoice = rig.user("alice", 64, 8), rig.invoice("fail")

    done = rig.here.melts.melt(alice, invoice.request)

    assert done["state"] == "UNPAID"
    assert rig.worth(alice, "unspent") == rig.spendable(alice) == 72
    again = rig.here.melts.melt(alice, rig.invoice().request)
    assert again["state"] == "PAID"


@pytest.mark.usefixtures("path")
def test_an_invoice_that_failed_may_be_tried_again_and_one_that_was_paid_may_not(rig):
    alice, failing, paying = rig.user("alice", 64, 64), rig.invoice("fail"), rig.invoice()

    tried = [rig.here.melts.melt(alice, failing.request)["state"] for _ in range(2)]
    rig.here.melts.melt(alice, paying.request)

    assert tried == ["UNPAID", "UNPAID"]
    with pytest.raises(Conflict):
        rig.here.melts.melt(alice, paying.request)
    assert len(paying.payments) == 1


@pytest.mark.usefixtures("path")
def test_the_same_invoice_at_once_is_paid_once(rig):
    users = [rig.user(name, 64, 32) for name in ("alice", "bob")]
    invoice = rig.invoice("pay_after", delay_s=0.1)

    results = at_once(
        *(lambda who=who: rig.context().melts.melt(who, invoice.request) for who in users * 3)
    )

    assert sum(isinstance(one, dict) for one in results) == 1
    assert all(isinstance(one, dict | Conflict) for one in results)
    assert len(invoice.payments) == 1
    assert sum(map(rig.spendable, users)) == 2 * 96 - INVOICE - FEE
    assert sum(rig.worth(who, "unspent") for who in users) == 2 * 96 - INVOICE - FEE


@pytest.mark.usefixtures("path")
def test_the_same_tokens_at_once_are_spent_once(rig):
    alice = rig.user("alice", 16)  # enough for one of them
    invoices = [rig.invoice("pay_after", delay_s=0.1) for _ in range(4)]

    results = at_once(
        *(lambda one=one: rig.context().melts.melt(alice, one.request) for one in invoices)
    )

    assert sum(isinstance(one, dict) for one in results) == 1
    assert all(isinstance(one, dict | InsufficientBalance) for one in results)
    assert sum(len(one.payments) for one in invoices) == 1
    assert rig.worth(alice, "unspent") == rig.spendable(alice) == 16 - INVOICE - FEE


@pytest.mark.usefixtures("path")
def test_the_same_key_at_once_is_one_melt(rig):
    alice, invoice = rig.user("alice", 64, 64), rig.invoice("pay_after", delay_s=0.1)

    results = at_once(
        *(lambda: rig.context().melts.melt(alice, invoice.request, "key") for _ in range(4))
    )

    assert {one["transaction_id"] for one in results} == {results[0]["transaction_id"]}
    assert len(invoice.payments) == 1


@pytest.mark.usefixtures("path")
def test_a_key_belongs_to_one_invoice(rig):
    alice = rig.user("alice", 64, 64)
    rig.here.melts.melt(alice, rig.invoice().request, "key")

    with pytest.raises(Conflict):
        rig.here.melts.melt(alice, rig.invoice().request, "key")


@pytest.mark.usefixtures("path")
def test_a_held_melt_is_pending_and_its_tokens_cannot_be_sent(rig):
    alice, invoice = rig.user("alice", 64), rig.invoice("hold")
    with rig.held(alice, invoice) as held:
        assert rig.is_pending(alice)
        with pytest.raises(InsufficientBalance):
            rig.here.wallets.send(alice, 8)
        assert rig.here.wallets.balance(alice)["pending_balance"] == 64
        assert held.release()["state"] == "PAID"
    assert rig.worth(alice, "unspent") == rig.spendable(alice) == 64 - INVOICE - FEE


def test_a_time_out_leaves_a_melt_pending_until_the_mint_says_what_happened(rig):
    rig.flag(ATOMIC, transactionTimeout=200, fallbackToLegacy=True)
    alice, invoice = rig.user("alice", 64, 64), rig.invoice("hold")

    with rig.held(alice, invoice) as held:
        assert rig.is_pending(alice)
        held.ended(5)
        assert held.result[0]["state"] == "PENDING"
    rig.here.recovery.run_once()

    assert rig.states(alice) == ["PAID"]
    assert len(invoice.payments) == 1
    assert rig.worth(alice, "unspent") == rig.spendable(alice) == 128 - INVOICE - FEE


def test_only_a_melt_that_the_store_did_not_begin_falls_back(rig, monkeypatch):
    def refuse(*_):
        raise OperationFailure("Transaction numbers are only allowed on a replica set member")

    alice = rig.user("alice", 64, 64)
    monkeypatch.setattr(atomic_melt, "in_transaction", refuse)
    rig.flag(ATOMIC, fallbackToLegacy=True)
    assert rig.here.melts.melt(alice, rig.invoice().request)["path"] == "legacy"
    rig.flag(ATOMIC, fallbackToLegacy=False)
    invoice = rig.invoice()
    with pytest.raises(AtomicMeltFailed):
        rig.here.melts.melt(alice, invoice.request)
    assert invoice.payments == []
    assert rig.states(alice) == ["PAID"]


def test_a_grave_discrepancy_blocks_before_the_mint_is_asked(rig):
    rig.flag(RECONCILIATION, severityThreshold="HIGH")
    alice, invoice = rig.user("alice", 64), rig.invoice()
    rig.here.db.cashutokens.update_one({"npub": alice}, {"$set": {"total_amount": 640}})

    with pytest.raises(ReconciliationBlocked):
        rig.here.melts.melt(alice, invoice.request)

    assert (invoice.quotes, invoice.attempts) == (0, 0)
