"""Addresses of contracts are known before they are created."""

from eth._utils.address import generate_contract_address
from hypothesis import given
from hypothesis import strategies as st

from fixtures.reference.chain.plan import contract_address

DEPLOYER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@given(st.one_of(st.integers(0, 300), st.integers(0, 2**64 - 1)))
def test_the_address_is_the_one_that_the_evm_gives(nonce):
    sender = bytes.fromhex(DEPLOYER[2:])
    expected = generate_contract_address(sender, nonce)
    assert contract_address(DEPLOYER, nonce).lower() == "0x" + expected.hex()
