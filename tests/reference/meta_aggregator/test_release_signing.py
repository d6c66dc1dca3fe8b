"""The release's own signing agrees with eth-account, which shares no line with it."""

import importlib.util
import sys
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

BACKEND = Path(__file__).parents[3] / "fixtures/reference/meta_aggregator/checkout/backend"
KEYS = st.binary(min_size=32, max_size=32).filter(lambda raw: 0 < int.from_bytes(raw) < 2**255)
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Order": [
        {"name": "maker", "type": "address"},
        {"name": "amount", "type": "uint256"},
        {"name": "expiry", "type": "uint64"},
        {"name": "salt", "type": "bytes32"},
    ],
}


@pytest.fixture(scope="module")
def signing():
    """The module as the release's tools import it, taken out of the way again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BACKEND)
        patch.setattr(sys, "dont_write_bytecode", True)  # the folder is what a release holds
        spec = importlib.util.spec_from_file_location("release_signing", BACKEND / "signing.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    sys.modules.pop("keccak", None)
    return module


ORDERS = st.fixed_dictionaries(
    {
        "maker": ADDRESSES,
        "amount": st.integers(0, 2**256 - 1),
        "expiry": st.integers(0, 2**64 - 1),
        "salt": st.binary(min_size=32, max_size=32).map(lambda raw: "0x" + raw.hex()),
    }
)


@settings(max_examples=10, deadline=None)
@given(key=KEYS, order=ORDERS, contract=ADDRESSES, name=st.text(max_size=40))
def test_typed_data_is_signed_and_recovered_as_elsewhere(signing, key, order, contract, name):
    domain = {"name": name, "chainId": 31337, "verifyingContract": contract}
    document = {"types": TYPES, "primaryType": "Order", "domain": domain, "message": order}
    expected = Account.from_key(key).sign_message(encode_typed_data(full_message=document))
    digest = signing.typed_digest(TYPES, "Order", domain, order)
    assert digest == expected.message_hash
    assert signing.signed(digest, key.hex()) == expected.signature
    assert signing.recovered(digest, bytes(expected.signature)) == Account.from_key(key).address
    assert signing.address_of("0x" + key.hex()) == Account.from_key(key).address


@settings(max_examples=10, deadline=None)
@given(key=KEYS, message=st.binary(max_size=300))
def test_a_message_is_signed_as_elsewhere(signing, key, message):
    expected = Account.from_key(key).sign_message(encode_defunct(message))
    assert signing.signed(signing.personal_digest(message), key.hex()) == expected.signature


@settings(max_examples=10, deadline=None)
@given(
    key=KEYS,
    numbers=st.tuples(*[st.integers(0, 2**64 - 1)] * 5, st.integers(0, 2**128)),
    to=ADDRESSES,
    data=st.binary(max_size=300),
)
def test_a_transaction_is_signed_as_elsewhere(signing, key, numbers, to, data):
    names = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "value")
    transaction = {**dict(zip(names, numbers, strict=True)), "data": "0x" + data.hex()}
    transaction["to"] = Account.from_key(key).address if int(to, 16) == 0 else _checksummed(to)
    expected = Account.from_key(key).sign_transaction(transaction)
    assert signing.raw_transaction(transaction, key.hex()) == expected.raw_transaction


def _checksummed(address):
    from eth_utils.address import to_checksum_address

    return to_checksum_address(address)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 2**256},
        {"amount": -1},
        {"salt": "0x12"},
        {"maker": "0x" + "12" * 21},
        {"more": 1},
    ],
    ids=["too-large", "negative", "short-bytes", "long-address", "one-more"],
)
def test_what_no_message_of_the_type_holds_is_refused(signing, change):
    order = {"maker": "0x" + "12" * 20, "amount": 1, "expiry": 1, "salt": "0x" + "34" * 32}
    domain = {"name": "", "chainId": 1, "verifyingContract": "0x" + "12" * 20}
    with pytest.raises(ValueError, match=r"instead of|is no uint|other members"):
        signing.typed_digest(TYPES, "Order", domain, {**order, **change})
