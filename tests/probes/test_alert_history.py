"""When a rule would have fired, and how much of the time a service was up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.alert_history import fired, uptime_pct


def test_a_stretch_that_lasts_long_enough_fires():
    assert fired([0, 60, 120, 180, 240], 60, 240) == [(0, 240)]


def test_a_short_stretch_is_only_pending():
    assert fired([0, 60, 600, 660], 60, 300) == []


def test_a_rule_that_waits_for_nothing_fires_at_once():
    assert fired([300], 60, 0) == [(300, 300)]


def test_two_stretches_are_two_alerts():
    assert fired([0, 60, 600, 660], 60, 60) == [(0, 60), (600, 660)]


def test_no_answer_is_no_alert():
    assert fired([], 60, 0) == []


@given(st.sets(st.integers(0, 200)), st.integers(0, 20))
def test_every_step_of_an_alert_had_an_answer(steps, waits):
    answered = {60.0 * step for step in steps}

    for first, last in fired(answered, 60, 60 * waits):
        inside = {each for each in answered if first <= each <= last}
        assert len(inside) == round((last - first) / 60) + 1
        assert last - first + 60 > 60 * waits


def test_uptime_counts_what_was_not_scraped_as_down():
    assert uptime_pct([2, 1, 0, 2], 4) == 75
    assert uptime_pct([2, 1], 4) == 50
    assert uptime_pct([], 4) == 0


def test_a_window_without_expected_scrapes_has_no_uptime():
    with pytest.raises(ValueError, match="no scrape"):
        uptime_pct([1], 0)
