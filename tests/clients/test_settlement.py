"""What a sound contract makes of signed messages, on a fork that pays for them."""

from dataclasses import replace

import pytest

from fixtures.clients.meta_aggregator import NOBODY, Domain, MetaAggregator, Signed
from fixtures.clients.settlement import ForkedEscrow
from fixtures.clients.wallets import Wallet

CHAIN = 31337
AMOUNT = 10**15


@pytest.fixture
def escrow(opened, deployed):
    holder = Wallet(deployed.funder_keys[0]).address
    with opened.apart():
        yield ForkedEscrow(opened, deployed.escrow, lambda: holder)


@pytest.fixture
def api(deployed):
    return MetaAggregator(None, domain=Domain(CHAIN, deployed.escrow))


@pytest.fixture
def order(api, deployed):
    terms = {"sell_token": deployed.base, "buy_token": deployed.quote}
    return api.signed_order(Wallet.fresh(), **terms, sell_amount=AMOUNT, buy_amount=2 * AMOUNT)


def test_an_honest_order_is_settled_and_leaves_nothing_behind(escrow, api, order):
    before = escrow.chain.block_number()
    assert escrow.verdict_on_order(order, api.domain) == ""
    assert escrow.chain.block_number() == before
    assert escrow.trading_balance(order.wallet.address, order.message["sellToken"]) == 0


def test_an_order_for_another_domain_is_refused_by_name(escrow, api, order):
    foreign = order.signed_for(replace(api.domain, chain_id=1))
    assert escrow.verdict_on_order(foreign, api.domain) == "InvalidSignature"


def test_both_sides_get_what_was_signed(escrow, api, order):
    terms = order.message
    escrow.give(terms["maker"], terms["sellToken"], AMOUNT)
    against = escrow.counterpart(order, api.domain)
    assert escrow.refusal_to_settle(order, against) == ""
    assert escrow.trading_balance(terms["maker"], terms["buyToken"]) == 2 * AMOUNT
    assert escrow.trading_balance(against.message["maker"], terms["sellToken"]) == AMOUNT
    assert escrow.refusal_to_settle(order, against, 1) == "Overfilled"


def test_a_withdrawal_is_paid_from_ether_that_the_fork_has(escrow, api):
    withdrawal = api.signed_withdrawal(Wallet.fresh(), NOBODY, 7)
    assert escrow.verdict_on_withdrawal(withdrawal) == ""
    assert escrow.verdict_on_withdrawal(withdrawal.altered("amount")) == "InvalidSignature"


def test_a_release_is_brought_by_anybody(escrow, api):
    payer = escrow.fork.wallet()
    identifier, _ = escrow.deposit(payer, Wallet.fresh().address, NOBODY, AMOUNT)
    message = {"id": identifier, "nonce": "1", "deadline": str(2**40)}
    signature = api.domain.sign(payer, "ReleaseAuthorization", message)
    signed = Signed("ReleaseAuthorization", message, signature, api.domain, payer)
    assert escrow.refusal_to_release(signed) == ""
    assert escrow.payment(identifier)["state"] == "released"


def test_the_operator_is_who_the_contract_s_log_says(escrow, deployed):
    assert escrow.operator().address == deployed.operator


def test_a_fork_can_get_another_chain_id_for_a_while(escrow):
    own = escrow.call("DOMAIN_SEPARATOR")
    with escrow.fork.renumbered(CHAIN + 1) as other:
        assert other.chain_id() == CHAIN + 1
        assert escrow.call("DOMAIN_SEPARATOR") != own
    assert escrow.fork.chain_id() == CHAIN
    assert escrow.call("DOMAIN_SEPARATOR") == own
