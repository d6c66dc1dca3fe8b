import numpy as np
import pytest
from coincurve import PublicKey
from coincurve._libsecp256k1 import ffi
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.eip712.combination import CURVE_ORDER
from fixtures.probes.eip712.point_sums import FACTOR_BYTES, PointSums, places

SUMS = PointSums()
KEYS = [
    PublicKey.from_valid_secret(one.to_bytes(32)) for one in (1, 2, 3, 7, 2**200, CURVE_ORDER - 1)
]
SECRETS = [1, 2, 3, 7, 2**200, -1]
POINTS = ffi.new("secp256k1_pubkey[]", len(KEYS))
for _at, _key in enumerate(KEYS):
    POINTS[_at] = _key.public_key[0]


def total(which, factors):
    raw = b"".join(factor.to_bytes(FACTOR_BYTES, "little") for factor in factors)
    rows = np.frombuffer(raw, np.uint8).reshape(-1, FACTOR_BYTES)
    return SUMS.total(places(POINTS, np.array(which)), rows)


def expected(which, factors):
    secret = sum(SECRETS[one] * factor for one, factor in zip(which, factors, strict=True))
    if not secret % CURVE_ORDER:
        return None
    key = PublicKey.from_valid_secret((secret % CURVE_ORDER).to_bytes(32))
    return bytes(ffi.buffer(key.public_key))


FACTORS = st.one_of(
    st.integers(0, 2**128 - 1), st.sampled_from([0, 1, 2, 15, 16, 255, 256, 2**127, 2**128 - 1])
)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(KEYS) - 1), FACTORS), min_size=1, max_size=60))
def test_the_sum_is_that_of_the_secrets(parts):
    which, factors = zip(*parts, strict=True)

    assert total(which, factors) == expected(which, factors)


def test_many_points_have_the_sum_of_their_secrets():
    random = np.random.default_rng(7)
    which = random.integers(0, len(KEYS), 5000).tolist()
    factors = [int.from_bytes(random.bytes(16)) for _ in which]

    assert total(which, factors) == expected(which, factors)


@pytest.mark.parametrize("number", [1, 5000])
def test_opposite_points_add_up_to_nothing(number):
    assert total([0, 5] * number, [9] * 2 * number) is None
    assert total([0] * number, [0] * number) is None


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_a_difference_is_that_of_the_secrets(one, other):
    def point(secret):
        return expected([0], [secret]) if secret >= 0 else expected([5], [-secret])

    assert SUMS.difference(point(one), point(other)) == point(one - other)
