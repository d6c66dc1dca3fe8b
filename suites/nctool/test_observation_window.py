"""The first two hours after the release, minute by minute."""

from datetime import timedelta

import pytest

from fixtures.probes.time_series import longest_gap
from suites.nctool.observed import HOUR

LONGEST_GAP_S = 300
"""Prometheus itself answers with nothing when its last sample is older than this."""
EACH = timedelta(minutes=5)
ENOUGH_REQUESTS = 200
"""With fewer in five minutes, a single failed one can look like a broken limit."""


@pytest.mark.item("NC-POST-01")
def test_errors_and_response_times_were_watched_without_a_gap_and_held(observed, limits, evidence):
    """For two hours after the release somebody would have seen it fail, and it did not.

    A gap in the samples is time in which anything may have happened.
    """
    window = observed.window(timedelta(0), limits["window_hours"].value * HOUR)
    scraped = observed.ask("scrapes", window)
    answered = [[at for at, up in one.samples if up == 1] for one in scraped.series]
    moments = [at for process in answered for at in process]
    gaps = [longest_gap(moments, window.start.timestamp(), window.end.timestamp())]
    gaps += [longest_gap(process, process[0], process[-1]) for process in answered if process]
    gap = max(gaps, key=lambda each: each.seconds)
    requests = dict(observed.steps("requests", window, EACH).samples)
    errors = observed.steps("error_rate", window, EACH)
    times = observed.steps("response_mean", window, EACH)
    share, busy = observed.figures["error_rate"].percent, observed.figures["response_mean"].seconds
    rates = {at: share(v) for at, v in errors.samples if requests.get(at, 0) >= ENOUGH_REQUESTS}
    rate_pct = max([share(observed.value("error_rate", window)), *rates.values()])
    slowest_s = max((busy(value) for _, value in times.samples), default=0.0)

    evidence.observe(
        window_hours=window.length / HOUR,
        scrapes=len(moments),
        longest_gap_s=round(gap.seconds),
        requests=round(sum(requests.values())),
        error_rate_pct=round(rate_pct, 4),
        response_s=round(slowest_s, 4),
    )
    assert gap.seconds <= LONGEST_GAP_S, (
        f"expected: a scrape every few seconds, at most {LONGEST_GAP_S} s apart\nobserved: none "
        f"of a process, or of any, for {gap.seconds / 60:.0f} minutes ({scraped.evidence})"
    )
    assert not errors.missing, f"no error rate at {errors.missing[0]} ({errors.evidence})"
    assert not times.missing, f"no response time at {times.missing[0]} ({times.evidence})"
    limit = limits["error_rate_pct"]
    assert limit.holds(rate_pct), f"{limit.explain(round(rate_pct, 3))} ({errors.evidence})"
    limit = limits["response_s"]
    assert limit.holds(slowest_s), f"{limit.explain(round(slowest_s, 3))} ({times.evidence})"
