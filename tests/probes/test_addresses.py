import rlp
from eth_utils.crypto import keccak

from fixtures.probes.addresses import DEVELOPMENT_CONTRACTS, is_development_contract, mentioned

FIRST_HARDHAT_ACCOUNT = bytes.fromhex("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")


def test_development_contracts_are_those_that_the_first_account_creates():
    created = {
        "0x" + keccak(rlp.encode([FIRST_HARDHAT_ACCOUNT, nonce]))[12:].hex() for nonce in range(5)
    }
    assert created == DEVELOPMENT_CONTRACTS


def test_the_sample_address_is_recognised_whatever_its_case():
    assert is_development_contract("0x5FbDB2315678afecb367f032d93F642f64180aa3")
    assert not is_development_contract("0x" + "ab" * 20)


def test_addresses_are_found_in_a_script_and_hashes_are_not():
    address = "0x" + "aB" * 20
    script = f'export const config = {{escrow:"{address}",hash:"0x{"cd" * 32}"}}'
    assert mentioned(script) == {address.lower()}
    assert mentioned("") == frozenset()
