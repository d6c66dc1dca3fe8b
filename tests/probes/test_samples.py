import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.samples import highest_credible_rate, mean, quantile


def test_mean_and_quantile_of_known_values():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert mean(values) == 3
    assert quantile(values, 0.5) == 3
    assert quantile(values, 1) == 5
    assert quantile([float(n) for n in range(1, 21)], 0.95) == 19


@pytest.mark.parametrize("share", [0, -0.1, 1.1])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(ValueError, match="no quantile"):
        quantile([1.0], share)


def test_nothing_has_no_figures():
    with pytest.raises(ValueError, match="no values"):
        mean([])
    with pytest.raises(ValueError, match="no quantile"):
        quantile([], 0.5)


@pytest.mark.parametrize(
    ("total", "rate"), [(59, 0.05), (299, 0.01), (598, 0.005), (2995, 0.001)], ids=str
)
def test_the_known_sample_sizes_just_exclude_their_rate(total, rate):
    assert highest_credible_rate(0, total) <= rate < highest_credible_rate(0, total - 1)


@given(st.integers(1, 300), st.data())
def test_the_bound_lies_between_the_observed_rate_and_one(total, data):
    failures = data.draw(st.integers(0, total))
    bound = highest_credible_rate(failures, total)
    assert failures / total <= bound <= 1
    if failures < total:
        at_most = sum(
            math.comb(total, k) * bound**k * (1 - bound) ** (total - k) for k in range(failures + 1)
        )
        assert at_most == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(("failures", "total"), [(0, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(failures, total):
    with pytest.raises(ValueError, match="failures of"):
        highest_credible_rate(failures, total)
