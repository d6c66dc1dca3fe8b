from hashlib import shake_256

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.order_audit.nonces import NonceHash

WORDS = st.lists(st.tuples(*[st.binary(min_size=32, max_size=32)] * 2), min_size=1, max_size=20)
KEYS = st.binary(max_size=16)


def slowly(key, maker, nonce):
    """The same hash in whole numbers, as the paper has it."""
    raw = shake_256(key).digest(2 * 17 * 8)
    factors = [int.from_bytes(raw[at : at + 8], "little") for at in range(0, len(raw), 8)]
    both = maker + nonce
    parts = [int.from_bytes(both[at : at + 4], "little") for at in range(0, 64, 4)]
    halves = []
    for some in (factors[:17], factors[17:]):
        total = some[16] + sum(a * b for a, b in zip(some[:16], parts, strict=True))
        halves.append(total % 2**64 >> 32)
    return halves[0] << 32 | halves[1]


@given(KEYS, WORDS)
def test_the_hash_is_the_multilinear_one(key, pairs):
    makers, nonces = zip(*pairs, strict=True)

    found = NonceHash(key).hashes(makers, nonces)

    assert found.tolist() == [slowly(key, *one) for one in pairs]


@given(KEYS, st.binary(min_size=64, max_size=64), st.integers(0, 511))
def test_one_bit_more_or_less_gives_another_hash(key, both, bit):
    changed = (int.from_bytes(both) ^ 1 << bit).to_bytes(64)

    same, other = (NonceHash(key).hashes([one[:32]], [one[32:]])[0] for one in (both, changed))

    assert same != other


def test_nothing_has_no_hashes():
    assert NonceHash(b"").hashes([], []).tolist() == []


def test_hashes_of_many_are_spread_and_differ():
    makers = [bytes(31) + bytes([at % 7]) for at in range(50_000)]
    nonces = [at.to_bytes(32) for at in range(50_000)]

    found = NonceHash(b"key").hashes(makers, nonces)

    assert len(set(found.tolist())) == 50_000
    assert np.bincount((found >> np.uint64(58)).astype(int), minlength=64).min() > 600
