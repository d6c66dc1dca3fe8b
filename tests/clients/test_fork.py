"""A fork: begins as the target, keeps its own blocks, leaves the target alone."""

import pytest

from contracts.evm import artifact
from fixtures.clients.chain import RpcError
from fixtures.clients.contracts import Reverted
from fixtures.clients.escrow import Escrow
from fixtures.clients.fork import Fork
from fixtures.clients.meta_aggregator import NOBODY
from fixtures.clients.outcomes import ClientError
from fixtures.clients.wallets import Token, Wallet
from fixtures.reference.chain import key_of

AMOUNT = 10**15
# PUSH1 0 SLOAD PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN
SHOWS_ITS_FIRST_WORD = bytes.fromhex("60005460005260206000f3")


@pytest.fixture
def escrow(fork, deployed):
    return Escrow(fork, deployed.escrow)


def test_it_begins_as_the_target_is(fork, chain, deployed):
    assert fork.chain_id() == chain.chain_id()
    assert fork.code(deployed.escrow) == chain.code(deployed.escrow)
    assert fork.balance(Wallet(key_of("deployer")).address) > 0
    assert fork.block(fork.pinned) == chain.block(fork.pinned)


def test_a_payment_on_the_fork_leaves_the_target_alone(fork, chain, escrow):
    payer, payee = fork.fresh(), fork.fresh(ether=0)
    height, held = chain.block_number(), chain.balance(escrow.address)

    identifier, deposit = escrow.deposit(payer, payee.address, NOBODY, AMOUNT)
    release = escrow.release(payer, identifier)

    assert deposit.event("Deposited").args["amount"] == AMOUNT
    assert release.block_number == deposit.block_number + 1
    assert fork.balance(payee.address) == AMOUNT - escrow.fee_on(AMOUNT)
    assert (chain.block_number(), chain.balance(escrow.address)) == (height, held)
    assert chain.balance(payer.address) == 0


def test_gas_costs_nothing(fork, escrow):
    payer = fork.fresh(ether=AMOUNT)
    _, receipt = escrow.deposit(payer, fork.fresh().address, NOBODY, AMOUNT)
    assert (fork.balance(payer.address), receipt.fee_paid) == (0, 0)
    assert receipt.gas_used > 100_000


def test_a_real_key_signs_its_transactions(fork, escrow):
    wallet = fork.wallet()
    escrow.fund(wallet, NOBODY, AMOUNT)
    escrow.fund(wallet, NOBODY, AMOUNT)
    assert escrow.trading_balance(wallet.address, NOBODY) == 2 * AMOUNT
    assert fork.nonce(wallet.address) == 2


def test_anybody_can_be_impersonated_a_contract_too(fork, deployed, escrow):
    holder, token = Wallet(deployed.funder_keys[0]).address, Token(fork, deployed.base)
    token.transact(fork.impersonate(holder), "transfer", escrow.address, AMOUNT)
    token.transact(fork.impersonate(escrow.address), "transfer", deployed.quote, AMOUNT)
    assert token.balance_of(deployed.quote) == AMOUNT


def test_a_refusal_keeps_its_name_and_arguments(fork, escrow):
    with pytest.raises(Reverted) as caught:
        escrow.release(fork.fresh(), "0x" + "a1" * 32)
    assert caught.value.name == "NotInState"
    assert caught.value.arguments["actual"] == 0
    assert caught.value.evidence == fork.last_evidence


def test_what_was_done_apart_is_taken_back(opened, deployed):
    escrow = Escrow(opened, deployed.escrow)
    with opened.apart():
        payer = opened.fresh()
        identifier, _ = escrow.deposit(payer, opened.fresh().address, NOBODY, AMOUNT)
        inner = opened.snapshot()
        escrow.release(payer, identifier)
        opened.revert(inner)
        assert escrow.payment(identifier)["state"] == "held"
    assert escrow.payment(identifier)["state"] == "none"
    assert opened.block_number() == opened.pinned
    assert opened.balance(payer.address) == 0
    with pytest.raises(ClientError, match="knows no snapshot"):
        opened.revert(inner)


def test_time_is_exact_to_the_second(fork, escrow):
    payer = fork.fresh()
    identifier, _ = escrow.deposit(payer, fork.fresh().address, NOBODY, AMOUNT, lasts_s=1000)
    deadline = escrow.payment(identifier)["deadline"]
    fork.warp_to(deadline - 1)
    assert escrow.refusal_of(payer, "refund", identifier) == "RefundTooEarly"
    fork.warp_to(deadline)
    escrow.transact(payer, "refund", identifier)
    assert fork.block().timestamp == deadline
    fork.warp(100)
    fork.call("evm_mine")
    assert fork.block().timestamp == deadline + 101
    with pytest.raises(RpcError, match=r"is before the last block|lower than previous"):
        fork.warp_to(deadline)


def test_logs_are_the_targets_and_then_its_own(fork, escrow):
    escrow.fund(fork.fresh(), NOBODY, AMOUNT)
    names = [event.name for event in escrow.events()]
    assert names[:4] == ["RoleGranted"] * 4
    assert names[-1] == "Funded"
    assert [event.name for event in escrow.events("Funded")] == ["Funded"]
    assert escrow.events("Funded", to_block=fork.pinned) == []


def test_code_storage_and_balance_can_be_set(fork):
    account = fork.fresh(ether=5)
    fork.set_code(account.address, SHOWS_ITS_FIRST_WORD)
    fork.set_storage(account.address, 0, 77)
    assert int.from_bytes(fork.eth_call(account.address, "0x"), "big") == 77
    assert int.from_bytes(fork.storage(account.address, 0), "big") == 77
    assert fork.balance(account.address) == 5


def test_contracts_are_deployed_with_their_arguments(fork):
    owner = fork.fresh()
    token = fork.deploy(artifact("TestToken"), "A token", "TKN", 6, by=owner)
    token.transact(owner, "mint", owner.address, 12)
    assert (token.call("decimals"), token.call("balanceOf", owner.address)) == (6, 12)
    with pytest.raises(Reverted, match="ZeroAddress"):
        fork.deploy(artifact("Escrow"), *[NOBODY] * 4, 30, by=owner)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda fork: fork.call("eth_sign", NOBODY, "0x"), "has no method eth_sign|No Signer"),
        (
            lambda fork: fork.call("eth_getBalance"),
            "parameters that do not fit|none with such",
        ),
        (lambda fork: fork.balance("0x12"), "0x12 is no address|none with such"),
        (lambda fork: fork.send_raw(b"\x02\x01"), "no valid signed transaction|Failed to decode"),
        (lambda fork: fork.fresh(ether=1).send(fork, to=NOBODY, value=2), "(?i)insufficient funds"),
    ],
    ids=["unknown-method", "too-few-parameters", "no-address", "no-transaction", "no-money"],
)
def test_what_it_cannot_do_is_refused_with_a_sentence(fork, ask, sentence):
    with pytest.raises(RpcError, match=sentence):
        ask(fork)


@pytest.mark.parametrize("engine", ["py-evm"], indirect=True)  # anvil keeps it until it fits
def test_a_transaction_of_another_nonce_is_refused(fork):
    wallet = fork.wallet()
    fields = {"to": NOBODY, "value": 0, "gas": 21_000, "nonce": 5, "chainId": 31337, "type": 2}
    fees = {"maxFeePerGas": 0, "maxPriorityFeePerGas": 0}
    with pytest.raises(RpcError, match="nonce is 5, the next is 0"):
        fork.send_raw(wallet.sign_transaction({**fields, **fees}))


def test_every_call_is_recorded_as_one_with_the_fork(fork, chain):
    lines = len(chain.recorder.lines)
    fork.balance(NOBODY)
    line = chain.recorder.lines[-1]
    assert len(chain.recorder.lines) > lines
    assert (line["kind"], line["method"]) == ("rpc", "eth_getBalance")
    assert line["url"].startswith("fork of http://127.0.0.1")
    assert line["url"].endswith(f"@ block {fork.pinned}")


def test_what_was_read_of_the_target_is_read_once(opened, deployed):
    escrow = Escrow(opened, deployed.escrow)

    def reads():
        before = len(opened.recorder.lines)
        with opened.apart():
            escrow.fund(opened.impersonate(deployed.treasury), NOBODY, 1)
        return [
            line for line in opened.recorder.lines[before:] if not line["url"].startswith("fork")
        ]

    opened.set_balance(deployed.treasury, AMOUNT)
    reads()
    assert reads() == []


def test_accounts_are_fresh_within_a_block_and_again_after_it(fork):
    outside = fork.fresh().address
    with fork.apart():
        inside = [fork.fresh().address, fork.wallet().address, fork.fresh().address]
        with fork.apart():
            deeper = fork.fresh().address
        assert fork.fresh().address == deeper
    with fork.apart():
        again = [fork.fresh(ether=0).address, fork.wallet(ether=0).address]
        assert [fork.balance(address) for address in again] == [0, 0]
    assert again == inside[:2]
    assert len({outside, deeper, *inside}) == 5


def test_two_forks_have_different_fresh_accounts(fork, chain, engine):
    other = Fork(chain, engine)
    try:
        assert other.fresh().address != fork.fresh().address
    finally:
        other.close()
