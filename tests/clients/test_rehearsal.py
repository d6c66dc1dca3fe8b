"""What contracts tell before and after, who is asked about, and what a stranger may not do."""

import json

import pytest

from contracts.evm import artifact
from fixtures.clients.contracts import Contract
from fixtures.clients.outcomes import ClientError
from fixtures.clients.rehearsal import (
    accounts_of,
    begins_again,
    changed,
    compiled,
    held,
    upgrades_by,
    views_of,
)
from fixtures.reference.chain.treasury import REBATES_IN_VAULT, trader_address

VAULT = artifact("vault/FeeVault").abi


@pytest.fixture
def vault(fork, deployed):
    return Contract(fork, deployed.treasury, VAULT)


def test_everybody_whom_a_log_names_is_asked_about(vault):
    traders = {trader_address(number) for number in range(len(REBATES_IN_VAULT))}
    assert {account.lower() for account in accounts_of(vault)} == traders


def test_views_are_told_for_each_account(fork, vault, deployed):
    [first, *_] = accounts = accounts_of(vault)
    told = views_of(vault, accounts, apart_from=["version"])
    assert told["steward()"] == deployed.safe
    assert int(told["totalRebates()"]) == sum(REBATES_IN_VAULT)
    assert "version()" not in told
    vault.transact(fork.impersonate(first), "claim")
    differing = changed(told, views_of(vault, accounts))
    assert [what.partition(" ")[0] for what in differing] == [
        "rebateOf(" + first + ")",
        "totalRebates()",
    ]


def test_what_no_longer_answers_is_told():
    assert changed({"total()": "7"}, {"total()": "no answer"}) == ["total() was 7 and is no answer"]
    assert changed({"total()": "7"}, {}) == ["total() was 7 and is gone"]


def test_only_its_owner_upgrades(fork, deployed):
    house = deployed.house
    way = (house.vault, house.proxy_admin, house.next_implementation)
    assert upgrades_by(fork, fork.fresh().address, *way) == []
    assert upgrades_by(fork, deployed.safe, *way) == [
        f"upgradeAndCall of its administrator at {house.proxy_admin}"
    ]


def test_code_that_was_left_open_is_found(fork, deployed):
    assert begins_again(fork, deployed.treasury, VAULT) == []
    code = bytes.fromhex(artifact("vault/FeeVault").deployed_bytecode[2:])
    bare = "0x" + "99" * 20
    fork.set_code(bare, code)
    assert begins_again(fork, bare, VAULT) == [f"initialize of {bare}"]


def test_what_is_held_is_ether_or_a_token(fork, deployed):
    assert held(fork, deployed.house.ledger, None) > 0
    assert held(fork, deployed.house.ledger, deployed.base) == 0


class Folder:
    def __init__(self, text):
        self.text = text

    def read(self, _path):
        return self.text


def test_a_compiled_contract_is_read_with_its_layout():
    layout = {"storage": [{"label": "a"}], "types": {"t": {}}}
    read = compiled(Folder(json.dumps({"abi": [], "storageLayout": layout})), "A.json")
    assert (read.layout, read.types) == ([{"label": "a"}], {"t": {}})
    assert compiled(Folder('{"abi": []}'), "A.json").layout is None


@pytest.mark.parametrize("text", ["{", "[]", "{}"], ids=["no json", "a list", "no interface"])
def test_what_is_no_compiled_contract_is_refused_by_its_path(text):
    with pytest.raises(ClientError, match=r"A\.json of the checkout"):
        compiled(Folder(text), "A.json")
