"""Digests of many texts at once are those of each, and differ wherever the texts do."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.migration.digests import LANES, LONGEST, PRIME, Digester, _factors
from tests.probes.migration.stores import KEY

DIGESTER = Digester(KEY)


def digests(texts, digester=DIGESTER):
    """The digests of texts of one length."""
    width = len(texts[0])
    padding = b"\0" * (width % 2)
    rows = np.frombuffer(b"".join(text + padding for text in texts), np.uint8)
    made = digester.sealed(digester.hashed(rows.reshape(len(texts), width + width % 2), width))
    return [row.tobytes() for row in made]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 300), st.integers(1, 40), st.randoms(use_true_random=False))
def test_many_at_once_are_as_one_by_one(width, count, draw):
    texts = [draw.randbytes(width) for _ in range(count)]

    assert digests(texts) == [digests([text])[0] for text in texts]


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_changed_byte_changes_the_digest(text, data):
    other = bytearray(text)
    other[data.draw(st.integers(0, len(text) - 1))] ^= data.draw(st.integers(1, 255))

    assert len(set(digests([text, bytes(other)]))) == 2


def test_zeros_at_an_end_are_part_of_a_text():
    assert len({digests([bytes(width)])[0] for width in range(1, 50)}) == 49


def test_another_key_gives_other_digests():
    assert digests([b"ab"]) != digests([b"ab"], Digester(b"x" * 32))


def test_a_hash_is_the_scalar_product_modulo_the_prime():
    """By whole numbers of Python, for the longest text with the greatest words."""
    text = b"\xff" * LONGEST
    factors = _factors(KEY).astype(np.int64).tolist()
    expected = [
        (LONGEST * factors[0][lane] + sum(0xFFFF * row[lane] for row in factors[1:])) % PRIME
        for lane in range(LANES)
    ]

    sums = DIGESTER.hashed(np.frombuffer(text, np.uint8).reshape(1, -1), LONGEST)

    assert [int(one) % PRIME for one in sums[0].tolist()] == expected


def test_longer_texts_have_digests_too():
    texts = [b"a" * (LONGEST + 9), b"a" * (LONGEST + 8) + b"b"]

    assert len(set(digests(texts))) == 2
    assert digests(texts[:1]) == digests(texts)[:1]


def test_the_prime_is_one():
    assert all(PRIME % number for number in range(2, 5793))
