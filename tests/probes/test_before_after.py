"""Whether a share of failures rose between two windows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.before_after import Share, increased, p_of_increase


def test_seven_times_the_errors_are_an_increase_and_equal_shares_are_none():
    assert increased(Share(10, 10_000), Share(70, 10_000))
    assert not increased(Share(10, 10_000), Share(11, 10_000))
    assert not increased(Share(100, 100_000), Share(10, 10_000))


@pytest.mark.parametrize("failed", [-5, 11, float("nan"), float("-inf")])
def test_what_is_no_part_of_all_requests_is_no_share(failed):
    with pytest.raises(ValueError, match="no share"):
        Share(failed, 10)


def test_few_errors_are_no_proof_of_an_increase():
    assert not increased(Share(0, 100), Share(2, 100))


def test_the_probability_is_exact():
    # 3 errors, all in the later of two windows of the same size: (1/2) ** 3
    assert p_of_increase(Share(0, 50), Share(3, 50)) == pytest.approx(0.125)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(100, 9999), st.integers(100, 9999))
def test_it_is_a_probability_that_falls_with_more_later_errors(before, after, first, second):
    less = p_of_increase(Share(before, first), Share(after, second))
    more = p_of_increase(Share(before, first), Share(after + 1, second))

    assert 0 <= more <= less + 1e-9 <= 1 + 1e-8


def test_a_window_without_requests_says_nothing():
    with pytest.raises(ValueError, match="no request"):
        p_of_increase(Share(0, 0), Share(0, 10))
