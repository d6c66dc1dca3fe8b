import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.reference.chain.signing import rlp, signed_transaction

KEYS = st.binary(min_size=32, max_size=32).filter(lambda raw: 0 < int.from_bytes(raw) < 2**255)
NUMBERS = st.fixed_dictionaries(
    {
        name: st.integers(0, 2**64 - 1)
        for name in ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas")
    }
)
ADDRESSES = [None, Account.from_key("0x" + "11" * 32).address]


@settings(max_examples=30, deadline=None)
@given(
    key=KEYS,
    numbers=NUMBERS,
    to=st.sampled_from(ADDRESSES),
    value=st.integers(0, 2**128),
    data=st.binary(max_size=300).map(bytes.hex),
)
def test_a_transaction_is_what_eth_account_signs(key, numbers, to, value, data):
    fields = {**numbers, "value": value, "data": "0x" + data}
    if to:
        fields["to"] = to
    signed = bytes(Account.from_key(key).sign_transaction(fields).raw_transaction)
    assert signed_transaction(fields, "0x" + key.hex()) == "0x" + signed.hex()


def test_a_field_too_few_or_too_many_is_refused():
    fields = {"chainId": 1, "nonce": 0, "maxPriorityFeePerGas": 1, "maxFeePerGas": 1}
    with pytest.raises(ValueError, match=r"missing: \['gas'\], unknown: \['gasPrice'\]"):
        signed_transaction({**fields, "gasPrice": 1}, "0x" + "11" * 32)


@pytest.mark.parametrize(
    ("item", "encoded"),
    [
        (0, "80"),
        (b"", "80"),
        (127, "7f"),
        (128, "8180"),
        ([], "c0"),
        ([b"cat", [b"dog"]], "c983636174c483646f67"),
        (b"a" * 56, "b838" + "61" * 56),
        ([b"a" * 55], "f838b7" + "61" * 55),
    ],
)
def test_lengths_are_prefixed_as_everywhere(item, encoded):
    assert rlp(item).hex() == encoded
