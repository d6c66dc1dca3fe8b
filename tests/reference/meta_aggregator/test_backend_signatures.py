"""Whose signature the back end takes, what ends an order, what each of the defects lets pass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from contracts.evm import artifact
from fixtures.reference.chain.abi import encode_call
from fixtures.reference.meta_aggregator.backend.settings import ZERO_ADDRESS
from tests.reference.meta_aggregator.backend_rig import (
    CHAIN,
    UNIT,
    Backend,
    Rig,
    Wallet,
    eventually,
    refused,
)

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
WALLET = artifact("wallets/ContractWallet")


class ContractAccount:
    """A contract wallet and its owner, who signs for it."""

    def __init__(self, backend: Backend) -> None:
        self.owner = backend.funded(ZERO_ADDRESS, 1)
        self._rpc = backend.rpc
        receipt = backend.rpc.deploy(self.owner.key, WALLET, self.owner.address)
        self.address = receipt["contractAddress"]

    def send(self, function: str, *args: Any, value: int = 0) -> None:
        """Call the wallet contract as its owner."""
        self._rpc.transact(self.owner.key, WALLET.abi, self.address, function, *args, value=value)


def signed_for(backend: Backend, wallet: Wallet, order: dict[str, Any], **domain: Any) -> str:
    """The wallet's signature for a domain in which fields differ; None leaves one out."""
    fields = {**backend.config["typedData"], **domain}
    used = {name: value for name, value in fields.items() if value is not None}
    types = {"Order": backend.config["types"]["Order"]}
    message = {name: int(value) if value.isdecimal() else value for name, value in order.items()}
    return wallet.sign(used, types, message)


def twin_of(signature: str) -> str:
    raw = bytes.fromhex(signature[2:])
    high = (CURVE_ORDER - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
    return "0x" + (raw[:32] + high + bytes([55 - raw[64]])).hex()


def test_a_contract_wallet_signs_until_it_is_revoked(backend: Backend):
    account = ContractAccount(backend)
    accepted = backend.submit(account.owner, backend.order(account.owner, maker=account.address))
    account.send("revoke")
    order = backend.order(account.owner, maker=account.address)
    assert accepted.status_code == 201, accepted.text
    assert refused(backend.submit(account.owner, order)) == (400, "invalid_signature")


def test_a_revoked_maker_does_not_end_the_order_of_the_counterpart(backend: Backend):
    account = ContractAccount(backend)
    escrow = backend.deployment.escrow
    fund = encode_call(backend.deployment.artifact.abi, "fund", [ZERO_ADDRESS, UNIT // 4])
    backend.rpc.send({"to": account.address, "value": UNIT // 4, "gas": 50_000}, account.owner.key)
    account.send("execute", escrow, UNIT // 4, fund)
    honest = backend.funded(backend.deployment.base, UNIT)
    terms = {"sellToken": ZERO_ADDRESS, "sellAmount": str(UNIT // 4), "taker": honest.address}
    terms |= {"buyToken": backend.deployment.base, "buyAmount": str(UNIT), "maker": account.address}
    revoked = backend.submit(account.owner, backend.order(account.owner, **terms)).json()["id"]
    account.send("revoke")
    terms = {"buyToken": ZERO_ADDRESS, "buyAmount": str(UNIT // 4), "taker": account.address}
    other = backend.submit(honest, backend.order(honest, **terms)).json()["id"]
    eventually(lambda: backend.status_of(revoked) == "settlement_failed")
    assert backend.status_of(other) == "open"


def test_an_account_with_code_is_judged_by_its_code(backend: Backend):
    stranger = Wallet()
    order = backend.order(stranger, maker=backend.deployment.escrow)
    assert refused(backend.submit(stranger, order)) == (400, "invalid_signature")


@pytest.mark.parametrize("absent", ["name", "version", "chainId", "verifyingContract"])
def test_a_domain_that_lacks_a_field_is_refused(backend: Backend, absent: str):
    wallet = Wallet()
    order = backend.order(wallet)
    signature = signed_for(backend, wallet, order, **{absent: None})
    assert refused(backend.submit(wallet, order, signature)) == (400, "invalid_signature")


def test_fault_order_type_of_the_previous_release_refuses_everybody(start):
    faulty = start("MA-SIG-01")
    wallet = Wallet()
    answer = faulty.submit(wallet, faulty.order(wallet))
    assert refused(answer) == (400, "invalid_signature")


def test_fault_trusted_maker_field_takes_any_signature(start):
    faulty = start("MA-SIG-02")
    order = faulty.order(Wallet())
    assert faulty.submit(Wallet(), order).status_code == 201


def test_fault_domain_without_chain_id_is_taken_as_well(start):
    faulty = start("MA-SIG-03")
    wallet = Wallet()
    for changes in ({}, {"chainId": None}):
        order = faulty.order(wallet)
        signature = signed_for(faulty, wallet, order, **changes)
        assert faulty.submit(wallet, order, signature).status_code == 201


def test_a_verifier_of_the_previous_escrow_takes_what_was_signed_for_it(start):
    previous = "0x" + "9f" * 20
    faulty = start(signing_contract=previous)
    wallet = Wallet()
    order = faulty.order(wallet)
    now = signed_for(faulty, wallet, order, verifyingContract=faulty.deployment.escrow)
    before = signed_for(faulty, wallet, order, verifyingContract=previous)
    assert refused(faulty.submit(wallet, order, now)) == (400, "invalid_signature")
    assert faulty.submit(wallet, order, before).status_code == 201


def test_fault_nonces_looked_up_first_are_taken_many_times(start):
    faulty = start("MA-SIG-06")
    wallet = Wallet()
    orders = [faulty.order(wallet, nonce="777") for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda order: faulty.submit(wallet, order), orders))
    assert [answer.status_code for answer in answers] == [201] * 5


def test_fault_a_cancelled_nonce_keeps_its_order_open(start):
    faulty = start("MA-SIG-07")
    wallet = faulty.funded(ZERO_ADDRESS, 1)
    identifier = faulty.submit(wallet, faulty.order(wallet, nonce="5")).json()["id"]
    deployment = faulty.deployment
    abi = deployment.artifact.abi
    block = faulty.rpc.transact(wallet.key, abi, deployment.escrow, "cancelNonce", 5)["blockNumber"]
    eventually(lambda: faulty.metric("meta_aggregator_indexed_block") >= int(block, 16))
    assert faulty.status_of(identifier) == "open"


def test_fault_every_deployment_is_verified(rig: Rig, start):
    elsewhere = replace(rig.chain, chain_id=7)
    faulty = start("MA-SIG-08", chains={CHAIN: rig.chain, 7: elsewhere})
    wallet = Wallet()
    order = faulty.order(wallet)
    signature = signed_for(faulty, wallet, order, chainId=7)
    assert faulty.submit(wallet, order, signature).status_code == 201


def test_fault_the_twin_is_a_fresh_order(start):
    faulty = start("MA-SIG-09")
    wallet = Wallet()
    order = faulty.order(wallet)
    signature = faulty.sign(wallet, "Order", order)
    assert faulty.submit(wallet, order, signature).status_code == 201
    assert faulty.submit(wallet, order, twin_of(signature)).status_code == 201
