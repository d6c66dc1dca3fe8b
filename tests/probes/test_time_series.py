import math
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.time_series import (
    Comparison,
    added,
    chance_of_as_many,
    gained,
    levelled,
    longest_gap,
    missing_steps,
    quantile_of_buckets,
    relative_to,
    trend,
)

finite = st.floats(-1e6, 1e6)


@given(st.lists(st.floats(0, 1000)))
def test_the_longest_gap_leaves_no_longer_one(moments):
    gap = longest_gap(moments, 100, 900)
    marks = sorted({100.0, 900.0, *(m for m in moments if 100 <= m <= 900)})
    assert gap.seconds == max(b - a for a, b in pairwise(marks))


def test_a_window_without_samples_is_one_gap():
    assert longest_gap([], 10, 70).seconds == 60
    assert longest_gap([5, 80], 10, 70).seconds == 60


def test_a_gap_at_the_end_of_the_window_is_a_gap():
    assert longest_gap(range(0, 50, 10), 0, 100).start == 40


def test_a_step_without_a_number_is_missing():
    samples = [(0, 1.0), (60, math.nan), (180, 2.0)]
    assert missing_steps(samples, 0, 180, 60) == [60, 120]


def test_the_probability_of_a_trend_is_that_of_all_orders():
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    found = {trend(list(enumerate(order))).p_upward for order in permutations(values)}
    assert min(found) == pytest.approx(1 / 120)
    assert max(found) == 1.0
    scores = {}
    for order in permutations(values):
        scores.setdefault(trend(list(enumerate(order))).p_upward, []).append(order)
    below = 0
    for probability, orders in sorted(scores.items()):
        below += len(orders)
        assert probability == pytest.approx(below / 120)


@given(st.lists(finite, min_size=8, max_size=80), st.floats(0.1, 100))
def test_the_test_of_a_trend_ignores_the_unit(values, scale):
    plain = trend([(float(n), float(round(v))) for n, v in enumerate(values)])
    other = trend([(float(n), scale * round(v)) for n, v in enumerate(values)])
    assert other.p_upward == plain.p_upward
    assert other.slope == pytest.approx(scale * plain.slope, abs=1e-6)


@pytest.mark.parametrize("count", [22, 90], ids=["exact", "approximate"])
def test_a_line_is_a_trend_and_its_mirror_is_none(count):
    line = [(60.0 * n, 5.0 + n) for n in range(count)]
    assert trend(line).p_upward < 1e-6
    assert trend(line).rise == pytest.approx(count - 1)
    assert trend([(at, -value) for at, value in line]).p_upward > 0.99


def test_equal_values_have_no_trend():
    assert trend([(float(n), 3.0) for n in range(30)]).p_upward == 1.0


def test_one_outlier_does_not_bend_the_line():
    samples = [(float(n), 10.0) for n in range(20)] + [(20.0, 1e9)]
    assert trend(samples).slope == 0


def test_too_few_samples_have_no_trend():
    with pytest.raises(ValueError, match="no trend of 3"):
        trend([(0, 1.0), (1, 2.0), (2, 3.0)])


def test_a_daily_pattern_is_taken_out():
    before = [(n * 3600.0, 10.0 + n % 24) for n in range(24)]
    after = [(n * 3600.0 + 604800, 2 * (10.0 + n % 24)) for n in range(24)]
    assert {value for _, value in relative_to(after, before, 604800, 3600)} == {2.0}


def test_a_step_that_was_missing_before_is_left_out():
    assert relative_to([(100, 1.0), (160, 1.0)], [(0, 2.0)], 100, 60) == [(100, 0.5)]


def test_a_counter_that_begins_with_its_only_event_counted_one():
    assert gained([(120.0, 1.0), (180.0, 1.0)], since=60) == 1


@pytest.mark.parametrize("count", [-1.0, math.nan, math.inf])
def test_what_is_no_count_does_not_swallow_the_others(count):
    with pytest.raises(ValueError, match="a counter is"):
        gained([(120.0, 7.0), (180.0, count)], since=60)


def test_what_was_counted_before_does_not_count():
    assert gained([(0.0, 5.0), (60.0, 5.0), (120.0, 7.0)], since=60) == 2


@given(st.lists(st.lists(st.integers(0, 50), min_size=1), min_size=1))
def test_a_counter_is_read_over_its_resets(lives):
    samples, at, total = [], 0.0, 0
    for increments in lives:
        value = 0
        for increment in increments:
            value += increment
            at += 60
            samples.append((at, float(value)))
        total += value
    seen = gained(samples, since=0)
    assert seen <= total  # a restart hidden by more events than before cannot be seen in samples
    if all(sum(a) > b[0] for a, b in pairwise(lives)):
        assert seen == total


histograms = st.lists(st.integers(0, 100), min_size=3, max_size=8).filter(any)


@given(histograms, st.floats(0.01, 1), st.floats(0.01, 1))
def test_quantiles_of_a_histogram_rise_with_their_share(counts, one, other):
    bounds = [*(float(2**n) for n in range(len(counts) - 1)), math.inf]
    buckets, total = {}, 0
    for bound, count in zip(bounds, counts, strict=True):
        total += count
        buckets[bound] = total
    low, high = sorted((one, other))
    found = quantile_of_buckets(buckets, low), quantile_of_buckets(buckets, high)
    assert found[0] <= found[1] + 1e-9
    assert 0 <= found[0] <= bounds[-2]


def test_a_quantile_is_linear_within_its_bucket():
    buckets = {1.0: 0.0, 2.0: 10.0, math.inf: 10.0}
    assert quantile_of_buckets(buckets, 0.5) == pytest.approx(1.5)


@pytest.mark.parametrize(
    "buckets",
    [
        {},
        {1.0: 5.0},
        {1.0: 0.0, math.inf: 0.0},
        {1.0: 5.0, 2.0: 3.0, math.inf: 9.0},
        {1.0: 5.0, math.inf: math.nan},
        {1.0: -5.0, math.inf: 9.0},
    ],
    ids=["none", "not open", "empty", "falling", "no number", "negative"],
)
def test_what_is_no_histogram_has_no_quantile(buckets):
    with pytest.raises(ValueError, match=r"histogram|observed|less|not hold a count"):
        quantile_of_buckets(buckets, 0.5)


def test_histograms_of_hours_add_up_to_that_of_the_day():
    assert added([{1.0: 2.0, math.inf: 3.0}, {1.0: 1.0, math.inf: 1.0}]) == {
        1.0: 3.0,
        math.inf: 4.0,
    }


def test_a_comparison_needs_observations_on_both_sides():
    assert Comparison(1.2, 1.0, 500, 500).worse_pct == pytest.approx(20)
    assert not Comparison(1.2, 1.0, 500, 500).too_few(100)
    assert Comparison(1.2, 1.0, 500, 50).too_few(100)
    assert Comparison(1.2, 0.0, 500, 500).too_few(100)
    assert Comparison(math.nan, 1.0, 500, 500).too_few(100)
    assert Comparison(-1.0, 1.0, 500, 500).too_few(100)
    assert Comparison(1.0, 1.0, 500, math.nan).too_few(100)


def test_a_hair_between_buckets_is_levelled_and_a_fall_is_left():
    assert levelled({1: 1000.0, 2: 999.9, math.inf: 1000.0}) == {
        1: 1000.0,
        2: 1000.0,
        math.inf: 1000,
    }
    assert levelled({1: 1000.0, 2: 900.0}) == {1: 1000.0, 2: 900.0}


def test_the_chance_of_events_is_that_of_poisson():
    assert chance_of_as_many(0, 5) == 1
    assert chance_of_as_many(1, 0) == 0
    assert chance_of_as_many(1, 2) == pytest.approx(1 - math.exp(-2))
    assert chance_of_as_many(3, 2) == pytest.approx(1 - math.exp(-2) * (1 + 2 + 2))


@given(st.integers(0, 200), st.floats(0.1, 200))
def test_more_events_are_less_likely(count, expected):
    assert 0 <= chance_of_as_many(count + 1, expected) <= chance_of_as_many(count, expected) <= 1
