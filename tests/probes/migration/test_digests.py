"""Digests of many values at once are those of each, and differ wherever the values do."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.migration.digests import LANES, PRIME, TERMS, Digester, as_row
from tests.probes.migration.stores import KEY

DIGESTER = Digester(KEY)


def digest(*fields, digester=DIGESTER):
    return digester.sealed(digester.hash_of(fields))[0].tobytes()


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 300), st.integers(1, 40), st.randoms(use_true_random=False))
def test_many_at_once_are_as_one_by_one(width, count, draw):
    values = [draw.randbytes(width) for _ in range(count)]
    rows = np.concatenate([as_row(value) for value in values])

    made = DIGESTER.sealed(DIGESTER.hashed(b"a", 2, rows, width))

    assert [row.tobytes() for row in made] == [digest((b"a", 2, value)) for value in values]


values = st.binary(max_size=40)
fields = st.tuples(st.sampled_from([b"a", b"b", b"ab"]), st.sampled_from([2, 16]), values)


@settings(deadline=None, max_examples=200)
@given(*[st.lists(fields, max_size=3, unique_by=lambda field: field[0])] * 2)
def test_digests_are_equal_where_the_fields_are(one, other):
    assert (digest(*one) == digest(*other)) == (sorted(one) == sorted(other))


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_changed_byte_changes_the_digest(value, data):
    other = bytearray(value)
    other[data.draw(st.integers(0, len(value) - 1))] ^= data.draw(st.integers(1, 255))

    assert digest((b"a", 2, value)) != digest((b"a", 2, bytes(other)))


def test_values_that_fields_exchange_change_the_digest():
    assert digest((b"a", 2, b"x"), (b"b", 2, b"y")) != digest((b"a", 2, b"y"), (b"b", 2, b"x"))


def test_zeros_at_an_end_are_part_of_a_value():
    assert len({digest((b"a", 5, bytes(width))) for width in range(50)}) == 50


def test_another_key_gives_other_digests():
    assert digest((b"a", 2, b"x")) != digest((b"a", 2, b"x"), digester=Digester(b"x" * 32))


def test_a_hash_is_the_scalar_product_modulo_the_prime():
    """By whole numbers of Python, for the longest value with the greatest words."""
    width = 2 * (TERMS - 2)
    length, kind, *rest = DIGESTER._of(b"a", TERMS - 2).astype(np.int64).tolist()
    expected = [
        (width * length[lane] + 2 * kind[lane] + sum(0xFFFF * row[lane] for row in rest)) % PRIME
        for lane in range(LANES)
    ]

    sums = DIGESTER.hash_of([(b"a", 2, b"\xff" * width)])

    assert [int(one) % PRIME for one in sums[0].tolist()] == expected


def test_longer_values_and_repeated_names_have_digests_too():
    long = b"x" * (2 * TERMS)
    made = [
        [(b"a", 2, long)], [(b"a", 2, long + b"x")], [(b"b", 2, long)],
        [(b"a", 2, b"x"), (b"a", 2, b"y")], [(b"a", 2, b"y"), (b"a", 2, b"x")],
    ]  # fmt: skip

    assert len({digest(*one) for one in made}) == len(made)


def test_factors_do_not_depend_on_how_many_are_wanted():
    few = Digester(KEY)._of(b"a", 3)

    assert (Digester(KEY)._of(b"a", 3000)[: len(few)] == few).all()


def test_the_prime_is_one():
    assert all(PRIME % number for number in range(2, 5793))
