"""The first week after the release against the week before it."""

from datetime import timedelta

import pytest

from fixtures.probes.time_series import Comparison, quantile_of_buckets
from fixtures.probes.week_report import problems_of_report
from suites.nctool.observed import HOUR, WEEK

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
ENOUGH_REQUESTS = 10_000


@pytest.mark.item("NC-POST-11")
def test_the_report_compares_a_whole_week_with_the_week_before(observed, review, release, evidence):
    """The weekly report covers seven days on both sides, is right, and shows no regression.

    Two days leave out the weekend, when the night jobs and the fewest eyes are there.
    """
    week = observed.window(timedelta(0), WEEK)
    before = week.earlier(WEEK)
    report = review("first-week-performance.json")
    measured, requests = {}, []
    for window, name in ((week, "week"), (before, "baseline")):
        hours = observed.steps("requests", window, HOUR)
        buckets = observed.buckets("response_buckets", window)
        if hours.missing or not buckets:
            evidence.inconclusive(
                f"Prometheus has nothing for {len(hours.missing)} hours of the {name}, the first "
                f"{hours.missing[:1]} ({hours.evidence})"
            )
        requests.append(max(buckets.values()))
        seconds = observed.figures["response_buckets"].seconds
        measured[name] = {
            share: 1000 * seconds(quantile_of_buckets(buckets, part))
            for share, part in SHARES.items()
        }
    compared = {
        share: Comparison(measured["week"][share], measured["baseline"][share], *requests)
        for share in SHARES
    }
    if any(one.too_few(ENOUGH_REQUESTS) for one in compared.values()):
        evidence.inconclusive(f"only {min(requests):.0f} requests in one of the weeks")
    tolerated = observed.figures["response_buckets"].regression_pct
    worse = {s: round(one.worse_pct, 1) for s, one in compared.items() if one.worse_pct > tolerated}
    problems = problems_of_report(report, measured, release.commit, week.start, week.end)

    evidence.observe(
        requests=round(requests[0]),
        baseline_requests=round(requests[1]),
        **{f"{share}_worse_pct": round(one.worse_pct, 2) for share, one in compared.items()},
    )
    assert not problems, "\n".join(problems)
    assert not worse, f"expected: at most {tolerated:g} % slower; observed, in percent: {worse}"
