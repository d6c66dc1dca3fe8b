"""The Escrow client against the embedded chain: a real EVM decides."""

import pytest

from fixtures.clients.escrow import Escrow
from fixtures.clients.meta_aggregator import NOBODY
from fixtures.clients.wallets import Funder, Token, Wallet

AMOUNT = 10**15


@pytest.fixture
def escrow(chain, deployed):
    return Escrow(chain, deployed.escrow)


@pytest.fixture(params=["ether", "token"])
def token(request, deployed):
    return NOBODY if request.param == "ether" else deployed.base


@pytest.fixture
def wallet(chain, deployed):
    return Funder(chain, deployed.funder_keys).fresh(ether=10**17, tokens={deployed.base: AMOUNT})


def test_funding_moves_the_amount_into_the_trading_balance(escrow, wallet, token):
    before = escrow.wallet_balance(wallet.address, token)
    receipt = escrow.fund(wallet, token, AMOUNT)
    assert receipt.event("Funded").args["amount"] == AMOUNT
    assert escrow.trading_balance(wallet.address, token) == AMOUNT
    assert escrow.trading_balance(wallet.address, token, receipt.block_number - 1) == 0
    spent = AMOUNT + (receipt.fee_paid if token == NOBODY else 0)
    assert before - escrow.wallet_balance(wallet.address, token) == spent


def test_a_payment_is_held_then_released_less_the_fee(escrow, wallet, token, deployed):
    payee = Wallet.fresh().address
    identifier, receipt = escrow.deposit(wallet, payee, token, AMOUNT)
    assert receipt.event("Deposited").args["payee"] == payee
    held = escrow.payment(identifier)
    assert (held["state"], held["payer"], held["amount"]) == ("held", wallet.address, AMOUNT)
    escrow.release(wallet, identifier)
    fee = AMOUNT * deployed.fee_bps // 10_000
    assert escrow.fee_on(AMOUNT) == fee > 0
    assert escrow.wallet_balance(payee, token) == AMOUNT - fee
    assert escrow.payment(identifier)["state"] == "released"


def test_an_unknown_payment_is_in_no_state(escrow):
    assert escrow.payment("0x" + "00" * 32)["state"] == "none"


def test_a_refusal_is_named_without_sending_anything(escrow, wallet):
    before = escrow.chain.nonce(wallet.address)
    assert escrow.refusal_of(wallet, "withdraw", NOBODY, 1) == "InsufficientBalance"
    assert escrow.refusal_of(wallet, "cancelNonce", 1) == ""
    assert escrow.chain.nonce(wallet.address) == before


def test_amounts_are_written_as_people_write_them(chain, deployed):
    assert Token(chain, deployed.base).units("0.003") == 3 * 10**15
    assert Token(chain, deployed.base).units("2") == 2 * 10**18
