"""A recorded series: its short cuts agree with its samples."""

from hypothesis import given
from hypothesis import strategies as st

from fixtures.reference.nctool.prometheus.recorded import Recorded
from fixtures.reference.nctool.prometheus.series import Labels, Scraped

moments = st.floats(0, 20_000)


@st.composite
def recorded(draw):
    began = draw(st.floats(0, 5_000))
    ended = began + draw(st.floats(60, 15_000))
    steps = draw(st.lists(st.floats(0, 500), min_size=6, max_size=6))
    knots = [sum(steps[:number]) for number in range(len(steps) + 1)]
    gone = draw(moments)
    outages = [(gone, gone + draw(st.floats(0, 6_000)))]
    return Recorded(Labels(), began, ended, knots, outages=outages)


@given(recorded(), moments, moments)
def test_a_span_is_the_summary_of_the_samples(series, one, other):
    start, end = sorted((one, other))
    samples = series.samples(start, end)
    span = series.span(start, end)
    scraped = Scraped(Labels())
    for at, value in samples:
        scraped.append(at, value)
    assert span == scraped.span(start, end)


@given(recorded(), moments)
def test_a_value_is_that_of_the_last_sample_of_five_minutes(series, moment):
    value = series.at(moment, 300.0)
    samples = series.samples(moment - 300, moment)
    if samples and value is not None:
        assert value == samples[-1][1]
    if not samples:
        assert value is None


@given(recorded())
def test_a_counter_never_falls_and_counts_whole_things(series):
    values = [value for _, value in series.samples(0, 30_000)]
    assert values == sorted(values)
    assert all(value == int(value) for value in values)
