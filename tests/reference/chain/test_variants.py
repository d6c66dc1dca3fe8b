"""Each defective Escrow shows its defect, and nothing else changes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from contracts.evm import artifact
from fixtures.reference.chain import escrow_variant, key_of
from fixtures.reference.chain.deploy import FEE_BPS
from fixtures.reference.chain.keys import address_of
from fixtures.reference.chain.rpc import RevertError
from fixtures.reference.chain.variants import Variant, VariantError, patched_input, variants
from fixtures.reference.defects import known_switches

from .conftest import ETHER, NO_TOKEN, Escrow

AMOUNT = ETHER
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
FEE = AMOUNT * FEE_BPS // 10_000


@pytest.fixture
def deploy(rpc, deployed):
    def deploy(switch):
        loaded = escrow_variant(switch)
        roles = (deployed.safe, deployed.arbiter, deployed.operator)
        receipt = rpc.deploy(key_of("deployer"), loaded, *roles, deployed.treasury, FEE_BPS)
        where = receipt["contractAddress"]
        return Escrow(rpc, dataclasses.replace(deployed, escrow=where, artifact=loaded))

    return deploy


def gained_on_release(escrow, payer, payee):
    payment = escrow.deposit(payer, address_of(payee), AMOUNT)
    before = escrow.rpc.balance(address_of(payee))
    escrow.send(payer, "release", payment)
    return escrow.rpc.balance(address_of(payee)) - before


def test_the_sound_escrow_pays_what_was_agreed(escrow, alice, bob):
    assert gained_on_release(escrow, alice, bob) == AMOUNT - FEE


def test_release_pays_one_wei_short(deploy, alice, bob):
    escrow = deploy("release_pays_one_wei_short")
    assert gained_on_release(escrow, alice, bob) == AMOUNT - FEE - 1
    assert escrow.ask("liabilities", NO_TOKEN) == 1


def test_release_pays_the_payer(deploy, alice, bob):
    assert gained_on_release(deploy("release_pays_the_payer"), alice, bob) == 0


def test_withdrawal_nonce_not_recorded_pays_twice(deploy, alice, bob):
    escrow = deploy("withdrawal_nonce_not_recorded")
    escrow.fund(alice, NO_TOKEN, 3 * AMOUNT)
    recipient = "0x" + "ab" * 20
    message = {
        "account": address_of(alice),
        "token": NO_TOKEN,
        "amount": AMOUNT,
        "recipient": recipient,
        "nonce": 1,
        "deadline": escrow.now() + 60,
    }
    signature = escrow.sign(alice, "Withdrawal", message)
    for _ in range(2):
        escrow.send(bob, "withdrawWithAuthorization", message, signature)
    assert escrow.rpc.balance(recipient) == 2 * AMOUNT


def test_release_gas_doubled_pays_and_costs_more(deploy, escrow, alice, bob):
    used = []
    for one in (escrow, deploy("release_gas_doubled")):
        payment = one.deposit(alice, address_of(bob), AMOUNT)
        used.append(int(one.send(alice, "release", payment)["gasUsed"], 16))
    assert used[1] > 1.5 * used[0]


def test_vault_layout_shifted_moves_what_was_kept():
    first, following = artifact("vault/FeeVault"), artifact("vault/FeeVaultV2")
    shifted = escrow_variant("vault_layout_shifted")
    kept = first.storage_layout["storage"]
    assert following.storage_layout["storage"][: len(kept)] == kept
    assert shifted.storage_layout["storage"][0]["label"] == "rebateBps"


def test_migration_rounds_to_gwei_in_its_one_step():
    sound, rounding = artifact("vault/RebateMigration"), escrow_variant("migration_rounds_to_gwei")
    assert rounding.abi == sound.abi
    assert rounding.bytecode != sound.bytecode


def withdrawal_of(escrow, owner, **changes):
    message = {
        "account": address_of(owner),
        "token": NO_TOKEN,
        "amount": AMOUNT,
        "recipient": address_of(owner),
        "nonce": 1,
        "deadline": escrow.now() + 60,
    }
    return {**message, **changes}


def test_separator_of_another_chain_refuses_what_is_signed_for_this_one(deploy, alice):
    other = deploy("separator_of_another_chain")
    other.fund(alice, NO_TOKEN, AMOUNT)
    message = withdrawal_of(other, alice)
    with pytest.raises(RevertError, match="InvalidSignature"):
        other.send(
            alice, "withdrawWithAuthorization", message, other.sign(alice, "Withdrawal", message)
        )
    rehearsed = other.sign(alice, "Withdrawal", message, chainId=11155111)
    other.send(alice, "withdrawWithAuthorization", message, rehearsed)


def test_nonce_looked_up_first_pays_an_authorization_twice(deploy, alice):
    escrow = deploy("nonce_looked_up_first")
    escrow.fund(alice, NO_TOKEN, 2 * AMOUNT)
    message = withdrawal_of(escrow, alice)
    signature = escrow.sign(alice, "Withdrawal", message)
    for _ in range(2):
        escrow.send(alice, "withdrawWithAuthorization", message, signature)
    assert escrow.ask("balanceOf", address_of(alice), NO_TOKEN) == 0


def test_cancelled_nonce_still_fills(deploy, deployed, alice, bob):
    escrow = deploy("cancelled_nonce_still_fills")
    escrow.fund(alice, NO_TOKEN, 2 * AMOUNT)
    order = escrow.order(alice, NO_TOKEN, deployed.base, 10, 10)
    escrow.send(alice, "cancelNonce", order["nonce"])
    counter = escrow.order(bob, deployed.base, NO_TOKEN, 10, 10)
    sides = [(one, escrow.sign(key, "Order", one)) for key, one in ((alice, order), (bob, counter))]
    with pytest.raises(RevertError, match="InsufficientBalance"):  # of bob, who holds nothing
        escrow.send(deployed.operator_key, "settle", *sides[0], *sides[1], 10)


def test_twin_is_a_fresh_order_to_the_bare_precompile(deploy, alice):
    escrow = deploy("twin_is_a_fresh_order")
    escrow.fund(alice, NO_TOKEN, AMOUNT)
    message = withdrawal_of(escrow, alice)
    raw = escrow.sign(alice, "Withdrawal", message)
    high = (CURVE_ORDER - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
    twin = raw[:32] + high + bytes([55 - raw[64]])
    escrow.send(alice, "withdrawWithAuthorization", message, twin)


def test_every_variant_is_used_and_loads():
    """As a fault, which a proof needs, or by a test."""
    tests = [Path(__file__), *Path(__file__).parents[2].glob("clients/test_*.py")]
    tested = " ".join(path.read_text(encoding="utf-8") for path in tests)
    for switch in variants():
        assert switch in known_switches() or switch in tested
        assert escrow_variant(switch).bytecode != artifact("Escrow").bytecode


def test_an_unknown_variant_is_refused_with_the_known_ones():
    with pytest.raises(VariantError, match="release_pays_one_wei_short"):
        escrow_variant("no_such_thing")


def test_a_row_that_no_longer_fits_the_source_is_refused_by_name():
    row = Variant("stale_row", "", "text that is not there", "")
    with pytest.raises(VariantError, match=r"\[stale_row\]: old stands 0 times"):
        patched_input(row)
