import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.eip712 import signature
from fixtures.probes.eip712.address import checksummed, parse_address
from fixtures.probes.eip712.signature import HALF, ORDER, Convention, Signature

DIGESTS = st.binary(min_size=32, max_size=32)
KEYS = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
DIGEST = bytes(range(32))
KEY = b"\x01" * 32
SIGNED = signature.sign(DIGEST, KEY)
ADDRESS = signature.address_of_private(KEY)
NO_POINT = 5


def full(r, s, v):
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


@settings(max_examples=40, deadline=None)
@given(KEYS, DIGESTS)
def test_a_signature_recovers_to_its_key_in_each_writing_and_as_its_twin(key, digest):
    signed = signature.sign(digest, key)

    signers = {signature.recover(digest, signed.written(one)) for one in Convention}
    signers |= {signed.twin().signer(digest), signed.twin().twin().signer(digest)}

    assert signers == {signature.address_of_private(key)}
    assert signed.s <= HALF < signed.twin().s


@settings(max_examples=10, deadline=None)
@given(KEYS, DIGESTS)
def test_eth_account_signs_and_recovers_the_same(key, digest):
    signed = Account.unsafe_sign_hash(digest, key)

    assert signature.sign(digest, key).written() == bytes(signed.signature)
    assert signature.recover(digest, bytes(signed.signature)) == Account.from_key(key).address


@pytest.mark.parametrize(
    ("raw", "mistake"),
    [
        pytest.param("0x", signature.SignatureLength, id="empty"),
        pytest.param(bytes(1), signature.SignatureLength, id="one-byte"),
        pytest.param(SIGNED.written()[:63], signature.SignatureLength, id="truncated"),
        pytest.param(SIGNED.written() + b"\0", signature.SignatureLength, id="over-long"),
        pytest.param(SIGNED.written() * 2, signature.SignatureLength, id="twice"),
        pytest.param("0x" + "zz" * 65, signature.SignatureText, id="not-hexadecimal"),
        pytest.param(SIGNED.written().hex(), signature.SignatureText, id="no-prefix"),
        pytest.param(None, signature.SignatureText, id="nothing"),
        pytest.param(bytes(65), signature.ZeroScalar, id="all-zero"),
        pytest.param(bytes(64), signature.ZeroScalar, id="all-zero-compact"),
        pytest.param(full(0, SIGNED.s, 27), signature.ZeroScalar, id="zero-r"),
        pytest.param(full(SIGNED.r, 0, 27), signature.ZeroScalar, id="zero-s"),
        pytest.param(full(ORDER, SIGNED.s, 27), signature.ScalarOutOfRange, id="r-is-the-order"),
        pytest.param(full(SIGNED.r, ORDER, 27), signature.ScalarOutOfRange, id="s-is-the-order"),
        pytest.param(b"\xff" * 64 + b"\x1b", signature.ScalarOutOfRange, id="all-ones"),
        pytest.param(SIGNED.twin().written(), signature.HighS, id="high-s"),
        pytest.param(full(SIGNED.r, HALF + 1, 27), signature.HighS, id="just-above-half"),
        pytest.param(full(SIGNED.r, HALF + 1, 27)[:64], signature.HighS, id="compact-high-s"),
        *(
            pytest.param(full(SIGNED.r, SIGNED.s, v), signature.UnknownRecoveryId, id=f"v-{v}")
            for v in (2, 3, 26, 29, 30, 31, 32, 35, 37, 255)
        ),
    ],
)
def test_what_is_no_signature_is_refused_by_name(raw, mistake):
    with pytest.raises(mistake):
        signature.parse(raw)


def test_the_greatest_low_s_is_taken():
    assert signature.parse(full(SIGNED.r, HALF, 27)).s == HALF
    assert not Signature(SIGNED.r, HALF, 0).high


@pytest.mark.parametrize(
    ("convention", "mistake"),
    [
        pytest.param(Convention.V01, signature.UnknownRecoveryId, id="v-is-0-or-1"),
        pytest.param(Convention.COMPACT, signature.SignatureLength, id="compact"),
    ],
)
def test_only_the_accepted_conventions_are_read(convention, mistake):
    raw = SIGNED.written(convention)

    assert signature.recover(DIGEST, raw, accepts={convention}) == ADDRESS
    with pytest.raises(mistake):
        signature.recover(DIGEST, raw, accepts=signature.ETHEREUM)


def test_the_twin_passes_only_where_it_is_let():
    twin = SIGNED.twin().written()

    assert signature.recover(DIGEST, twin, high_s=True) == ADDRESS
    with pytest.raises(signature.HighS):
        signature.recover(DIGEST, twin)
    with pytest.raises(signature.HighS, match="no compact form"):
        SIGNED.twin().written(Convention.COMPACT)


def test_a_coordinate_of_no_point_is_unrecoverable():
    with pytest.raises(signature.Unrecoverable):
        signature.recover(DIGEST, full(NO_POINT, SIGNED.s, 27))


def test_another_digest_recovers_to_somebody_else():
    assert SIGNED.signer(bytes(32)) != ADDRESS
    with pytest.raises(ValueError, match="32 bytes"):
        SIGNED.signer(b"short")


def test_the_example_of_eip_2098_is_read_and_written():
    signed = Signature(
        0x68A020A209D3D56C46F38CC50A33F704F4A9A10A59377F8DD762AC66910E9B90,
        0x7E865AD05C4035AB5792787D4A0297A43617AE897930A6FE4D822B8FAEA52064,
        0,
    )
    odd = Signature(
        0x9328DA16089FCBA9BECED81663203989F2DF5FE1FAA6291A45381C81BD17F76F,
        0x139C6D6B623B42DA56557E5E734A43DC83345DDFADEC52CBE24D0CC64F550793,
        1,
    )

    assert signed.written(Convention.COMPACT).hex() == (
        "68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b90"
        "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064"
    )
    assert odd.written(Convention.COMPACT).hex() == (
        "9328da16089fcba9beced81663203989f2df5fe1faa6291a45381c81bd17f76f"
        "939c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793"
    )
    assert signature.parse(odd.written(Convention.COMPACT)) == odd


def test_addresses_carry_the_checksum_of_eip_55():
    for written in (
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ):
        assert checksummed(parse_address(written)) == written


def test_an_address_needs_a_whole_key():
    with pytest.raises(ValueError, match="64 bytes"):
        signature.address_of(bytes(33))
    assert signature.address_of(b"\x04" + SIGNED.public_key(DIGEST)) == ADDRESS
