import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.eip712.recovery import Recovery
from fixtures.probes.eip712.signature import address_of_private, sign

KEY, OTHER = bytes(31) + b"\x07", bytes(31) + b"\x08"
DIGEST = bytes(range(32))
SIGNATURE = sign(DIGEST, KEY).written()


def account(key):
    return bytes(12) + bytes.fromhex(address_of_private(key)[2:])


def rejected(signature, digest=DIGEST, key=KEY):
    return Recovery().rejected([account(key)], [digest], [signature]) == [0]


ODD = {
    "empty": b"",
    "one byte short": SIGNATURE[:-1],
    "one byte long": SIGNATURE + b"\0",
    "zeros": bytes(65),
    "recovery byte 0": SIGNATURE[:64] + bytes([SIGNATURE[64] - 27]),
    "recovery byte 26": SIGNATURE[:64] + b"\x1a",
    "recovery byte 29": SIGNATURE[:64] + b"\x1d",
    "recovery byte 255": SIGNATURE[:64] + b"\xff",
    "the other recovery byte": SIGNATURE[:64] + bytes([55 - SIGNATURE[64]]),
    "r beyond the curve": b"\xff" * 32 + SIGNATURE[32:],
    "s of zero": SIGNATURE[:32] + bytes(32) + SIGNATURE[64:],
    "the twin": sign(DIGEST, KEY).twin().written(),
}


def test_a_signature_of_the_account_is_accepted():
    assert not rejected(SIGNATURE)


@pytest.mark.parametrize("signature", ODD.values(), ids=ODD)
def test_what_no_wallet_makes_is_rejected(signature):
    assert rejected(signature)


def test_another_digest_and_another_account_are_rejected():
    assert rejected(SIGNATURE, digest=DIGEST[::-1])
    assert rejected(SIGNATURE, key=OTHER)


def test_a_key_that_is_remembered_does_not_vouch_for_another_account():
    recovery = Recovery()
    accounts = [account(KEY), account(OTHER), account(KEY), account(OTHER)]
    mine, theirs = SIGNATURE, sign(DIGEST, OTHER).written()

    found = recovery.rejected(accounts, [DIGEST] * 4, [mine, mine, theirs, theirs])

    assert found == [1, 2]


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**255), st.integers(0, 64))
def test_the_signer_is_found_and_a_changed_signature_is_not_theirs(digest, key, at):
    private = key.to_bytes(32)
    signature = sign(digest, private).written()
    changed = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
    recovery = Recovery()

    assert recovery.signer(digest, signature) == account(private)[12:]
    assert recovery.rejected([account(private)] * 2, [digest] * 2, [signature, changed]) == [1]


@pytest.mark.parametrize("odd", ["recovery byte 0", "the twin"])
def test_whose_odd_signature_it_is_can_still_be_said(odd):
    assert Recovery().signer(DIGEST, ODD[odd]) == account(KEY)[12:]


@pytest.mark.parametrize("odd", ["empty", "zeros", "recovery byte 29", "r beyond the curve"])
def test_what_nobody_signed_has_no_signer(odd):
    assert Recovery().signer(DIGEST, ODD[odd]) is None
