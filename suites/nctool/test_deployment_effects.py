"""What the deployment did to errors, response times and stability, as Prometheus saw it."""

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.probes.alert_history import fired, uptime_pct
from fixtures.probes.before_after import Share, increased, p_of_increase
from fixtures.probes.rollout_state import pods_of, restarted_within
from fixtures.probes.time_series import quantile_of_buckets
from suites.nctool.observed import HOUR

WINDOW = 2 * HOUR
STEP = timedelta(minutes=1)


@pytest.mark.item("NC-DEP-10")
def test_the_share_of_failed_requests_did_not_rise(observed, limits, evidence):
    """As few requests fail after the deployment as before, in windows of equal length.

    A share that stays below the limit can still be three times what it was; whether it rose by
    more than chance is told by an exact test.
    """
    after = observed.window(timedelta(0), WINDOW)
    counted = []
    for window in (after.earlier(WINDOW), after):
        total, rate = (observed.value(name, window) for name in ("requests", "error_rate"))
        counted.append(Share(rate * total, total))
    before, now = counted
    limit = limits["error_rate_pct"]
    evidence.observe(
        requests_before=int(before.total), requests_after=int(now.total),
        error_rate_before_pct=before.percent, error_rate_pct=now.percent,
    )  # fmt: skip
    assert limit.holds(now.percent), limit.explain(round(now.percent, 3))
    assert not increased(before, now), (
        f"expected: no more than the {before.percent:.3f} % of before\n"
        f"observed: {now.percent:.3f} %, by chance with p = {p_of_increase(before, now):.1g}"
    )


@pytest.mark.item("NC-DEP-11")
def test_answers_take_about_as_long_as_before(observed, limits, evidence):
    """Mean and 95th percentile of the response time stay near those before the deployment.

    Users feel a third more long before any absolute limit is reached.
    """
    after = observed.window(timedelta(0), WINDOW)
    before = after.earlier(WINDOW)
    means = [observed.value("response_mean", window) for window in (before, after)]
    buckets = [observed.buckets("response_buckets", window) for window in (before, after)]
    assert all(buckets), "Prometheus has no times of answers for one of the windows"
    tails = [quantile_of_buckets(each, 0.95) for each in buckets]
    risen = {
        name: 100 * (now / then - 1)
        for name, (then, now) in {"mean": means, "95th percentile": tails}.items()
    }
    counts = [int(max(each.values())) for each in buckets]
    evidence.observe(requests_before=counts[0], requests_after=counts[1], **_named(risen))
    limit = limits["response_increase_pct"]
    for name, increase in risen.items():
        assert limit.holds(increase), f"{name}: {limit.explain(round(increase, 1))}"


@pytest.mark.item("NC-POST-10")
def test_the_first_day_passed_without_restart_alert_or_outage(
    observed, prometheus, cluster, limits, evidence
):
    """In its first day no pod was restarted, no critical alert fired, and the service was up.

    A process that ends every hour and comes back is invisible to whoever looks in between. The
    cluster remembers when a pod last ended; of several ends the earlier ones count as of that day.
    """
    day = observed.window(timedelta(0), 24 * HOUR)
    pods = pods_of(cluster.pods())
    restarted = [pod for pod in pods if restarted_within(pod, day.end) is not False]
    rules = [rule for rule in prometheus.rules() if rule.labels.get("severity") == "critical"]
    alerts = {rule.name: _fired(prometheus, rule, day) for rule in rules}
    up = prometheus.query_range('sum(up{job="nctool"})', day.start, day.end - STEP, STEP.seconds)
    scrapes = [value for _, value in up.finite()]
    observations = {
        "restarts": sum(pod.restarts for pod in restarted),
        "critical_alerts": sum(map(len, alerts.values())),
        "uptime_pct": uptime_pct(scrapes, day.length // STEP),
    }
    evidence.observe(
        pods_found=len(pods), rules_evaluated=len(rules), scrapes_read=len(scrapes), **observations
    )
    assert pods, f"no pod matches {cluster.label} in {cluster.namespace}"
    assert rules, "Prometheus has no critical rule, so no alert could ever fire"
    said = f"restarted: {[pod.name for pod in restarted]}; alerts: {alerts}"
    for metric, value in observations.items():
        assert limits[metric].holds(value), f"{limits[metric].explain(value)}; {said}"


def _named(risen):
    """Observations under the names of keywords."""
    return {f"{name.replace(' ', '_')}_risen_pct": value for name, value in risen.items()}


def _fired(prometheus, rule, window):
    """When an alert of a rule fired in a window."""
    answer = prometheus.query_range(rule.expression, window.start, window.end, STEP.seconds)
    return [
        datetime.fromtimestamp(first, UTC).isoformat()
        for one in answer.series
        for first, _ in fired((at for at, _ in one.samples), STEP.seconds, rule.for_s)
    ]
