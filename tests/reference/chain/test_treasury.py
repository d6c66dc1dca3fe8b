"""The Safe governs, the vault owes what it holds, and the old ledger's claims can be moved."""

from __future__ import annotations

import pytest

from contracts.evm import artifact
from fixtures.reference.chain import RevertError, key_of
from fixtures.reference.chain.keys import address_of
from fixtures.reference.chain.treasury import (
    NOBODY,
    REBATES_IN_LEDGER,
    REBATES_IN_VAULT,
    THRESHOLD,
    trader_address,
    traders_of_the_ledger,
)
from fixtures.reference.chain.variants import compiled

SAFE = artifact("safe/Safe").abi
VAULT = artifact("vault/FeeVault").abi
LEDGER = artifact("vault/RebateLedger").abi


def test_the_safe_has_three_owners_of_whom_two_must_sign(rpc, deployed):
    owners = rpc.call_contract(SAFE, deployed.safe, "getOwners")
    assert sorted(owners) == sorted(map(address_of, deployed.owner_keys))
    assert rpc.call_contract(SAFE, deployed.safe, "getThreshold") == THRESHOLD


def test_one_owner_alone_cannot_pause(escrow):
    with pytest.raises(RevertError, match="GS020"):
        escrow.govern("pause", signers=1)


def test_the_vault_owes_what_was_credited_and_holds_it(rpc, deployed):
    owed = [
        rpc.call_contract(VAULT, deployed.treasury, "rebateOf", trader_address(number))
        for number in range(len(REBATES_IN_VAULT))
    ]
    assert owed == list(REBATES_IN_VAULT)
    assert rpc.call_contract(VAULT, deployed.treasury, "totalRebates") == sum(owed)
    assert rpc.balance(deployed.treasury) >= sum(owed)


def test_the_vault_is_begun_once_and_its_code_never(rpc, deployed):
    stranger = key_of("funder-0")
    for address in (deployed.treasury, deployed.house.next_implementation):
        with pytest.raises(RevertError, match="InvalidInitialization"):
            rpc.transact(stranger, VAULT, address, "initialize", address_of(stranger), gas=200_000)


def test_rebates_are_not_fees_to_spend(rpc, deployed):
    with pytest.raises(RevertError, match="NotSteward"):
        rpc.call_contract(VAULT, deployed.treasury, "spend", NOBODY, deployed.base, 1)
    owed = rpc.call_contract(VAULT, deployed.treasury, "totalRebates")
    free = rpc.balance(deployed.treasury) - owed
    with pytest.raises(RevertError, match="Owed"):
        rpc.call_contract(
            VAULT, deployed.treasury, "spend", *(NOBODY, NOBODY[:-1] + "1", free + 1),
            sender=deployed.safe,
        )  # fmt: skip


def test_the_ledger_holds_exactly_what_it_owes(rpc, deployed):
    ledger = deployed.house.ledger
    owed = [rpc.call_contract(LEDGER, ledger, "claimOf", one) for one in traders_of_the_ledger()]
    assert owed == list(REBATES_IN_LEDGER)
    assert rpc.balance(ledger) == sum(owed)


def test_a_variant_changes_its_own_contract_only():
    assert compiled("Escrow", "release_gas_doubled").bytecode != artifact("Escrow").bytecode
    assert compiled("TestToken", "release_gas_doubled") is artifact("TestToken")
