import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from fixtures.reference.nctool.cashu import (
    Blank,
    CashuError,
    Keyset,
    blind,
    keyset_id,
    point_of,
    powers_of,
    proofs_of,
    read_token,
    sign,
    token_text,
    total,
)

KEYSET = Keyset.from_seed("a test")


@pytest.mark.parametrize(
    ("message", "point"),
    [  # the vectors of NUT-00
        (bytes(32), "024cce997d3b518f739663b757deaec95bcd9473c30a14ac2fd04023a739d1a725"),
        (bytes(31) + b"\1", "022e7158e11c9506f1aa4248bf531298daa7febd6194f003edcd9b93ade6253acf"),
        (bytes(31) + b"\2", "026cdbe15362df59cd1dd3c9c11de8aedac2106eca69236ecd9fbe117af897be4f"),
    ],
    ids=("0", "1", "2"),
)
def test_messages_become_the_points_of_the_specification(message, point):
    assert point_of(message).format().hex() == point


def test_a_secret_is_blinded_as_specified():
    secret = bytes.fromhex("d341ee4871f1f889041e63cf0d3823c713eea6aff01e80f1719f08f9e5be98f6")
    factor = bytes.fromhex("99fce58439fc37412ab3468b73db0569322588f62fb3a49182d67e23d877824a")
    expected = "033b1a9737a40cc3fd9b6af4b723632b76a67a36782596304612a6c2bfb5197e6d"

    assert blind(secret, factor) == expected


def test_a_blinded_message_is_signed_as_specified():
    message = "02a9acc1e48c25eeeb9289b5031cc57da9fe72f3fe2861d264bdc074209b107ba2"
    expected = "0398bc70ce8184d27ba89834d19f5199c84443c31131e48d3c1214db24247d005d"

    assert sign(PrivateKey(b"\x7f" * 32), message) == expected


def test_a_keyset_has_the_id_of_the_specification():
    keys = {
        1: "03a40f20667ed53513075dc51e715ff2046cad64eb68960632269ba7f0210e38bc",
        2: "03fd4ce5a16b65576145949e6f99f445f8249fee17c606b688b504a849cdc452de",
        4: "02648eccfa4c026960966276fa5a4cae46ce0fd432211a4f449bf84f13aa5f8303",
        8: "02fdfd6796bfeac490cbee12f778f867f0a2c68f6508d17c649759ea0dc3547528",
    }

    assert keyset_id(keys) == "00456a94ab4e1c46"


@given(st.integers(1, 2**31 - 1))
def test_an_amount_is_the_sum_of_different_powers_of_two(amount):
    parts = powers_of(amount)

    assert sum(parts) == amount
    assert len(set(parts)) == len(parts)
    assert all(part & (part - 1) == 0 for part in parts)


@given(st.sampled_from([1, 8, 1024]), st.binary(min_size=32, max_size=32))
def test_what_a_wallet_unblinds_is_genuine_and_for_no_other_amount(amount, noise):
    blank = Blank(noise.hex(), PrivateKey().secret.hex())
    message = blank.message(KEYSET.id, amount)
    signed = {"id": KEYSET.id, "amount": amount, "C_": sign(KEYSET.private[amount], message["B_"])}

    (proof,) = proofs_of([blank], [signed], KEYSET.public)

    assert KEYSET.genuine(proof)
    assert not KEYSET.genuine({**proof, "amount": amount * 2})
    assert not KEYSET.genuine({**proof, "secret": noise.hex() + "0"})


def test_proofs_that_were_issued_without_blinding_are_genuine_and_repeatable():
    proofs = KEYSET.issue(21, "alice")

    assert total(proofs) == 21
    assert all(map(KEYSET.genuine, proofs))
    assert proofs == KEYSET.issue(21, "alice")
    assert proofs != KEYSET.issue(21, "bob")


def test_a_token_is_read_back():
    proofs = KEYSET.issue(21)
    text = token_text("http://mint.test", "sat", proofs)

    assert read_token(text) == ("http://mint.test", "sat", proofs)


@pytest.mark.parametrize(
    "text",
    ["", "cashuA", "cashuB" + "e30", "cashuAe30", "cashuA!!!", "cashuA" + "bnVsbA"],
    ids=("nothing", "empty", "another version", "no token", "no base64", "null"),
)
def test_what_is_no_token_is_refused(text):
    with pytest.raises(CashuError):
        read_token(text)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_tokens(text):
    with pytest.raises(CashuError):
        read_token("cashuA" + text)
