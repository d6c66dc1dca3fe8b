from __future__ import annotations

import secrets

import pytest
from eth_account import Account

from fixtures.reference.chain.keys import address_of, key_of

KEYS = [key_of("deployer"), key_of("funder-0"), "0x" + "00" * 31 + "01", secrets.token_hex(32)]


@pytest.mark.parametrize("key", KEYS, ids=["deployer", "funder", "one", "random"])
def test_an_address_is_the_one_that_wallets_derive(key: str):
    assert address_of(key) == Account.from_key(key).address
