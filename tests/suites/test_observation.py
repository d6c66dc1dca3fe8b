"""The checks of the observation, run over histories: sound at any hour, and not blind."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts import catalogue
from contracts.metrics import figures
from fixtures.clients.outcomes import CapabilityMissing, Inconclusive
from fixtures.clients.prometheus import Answer, Series
from fixtures.reference.defects import Defects
from fixtures.reference.nctool import observation_records
from fixtures.reference.nctool.facts import Facts
from fixtures.reference.nctool.prometheus.evaluation import evaluate
from fixtures.reference.nctool.prometheus.expressions import parse
from fixtures.reference.nctool.prometheus.history import History, Period
from suites.nctool import test_first_day as first_day
from suites.nctool import test_first_week as first_week
from suites.nctool import test_observation_window as first_hours
from suites.nctool import test_store_performance as store_performance
from suites.nctool.observed import HOUR, Observed


class Direct:
    """Prometheus without a network in between."""

    def __init__(self, source):
        self.source = source

    def query(self, expression, at):
        value = evaluate(parse(expression), self.source, at.timestamp())
        if isinstance(value, dict):
            series = [Series(dict(k), ((at.timestamp(), v),)) for k, v in value.items()]
        else:
            series = [Series(dict(one.labels), one.samples) for one in value]
        return Answer(tuple(series), expression, "direct")

    def query_range(self, expression, start, end, step_s):
        tree, found, at = parse(expression), {}, start.timestamp()
        while at <= end.timestamp():
            for labels, value in evaluate(tree, self.source, at).items():
                found.setdefault(labels, []).append((at, value))
            at += step_s
        series = [Series(dict(labels), tuple(samples)) for labels, samples in found.items()]
        return Answer(tuple(series), expression, "direct")


class Evidence:
    def observe(self, **_):
        pass

    def inconclusive(self, reason):
        raise Inconclusive(reason)


class Site:
    def __init__(self, hour=12, fault=None, deployed_at=None):
        started = datetime.now(UTC).replace(hour=hour, minute=17) - timedelta(days=2)
        self.facts = Facts(started=started)
        self.defects = Defects.for_items([fault] if fault else [])
        period = Period(self.facts.deployed_at.timestamp(), started.timestamp())
        self.history = History(period, self.defects)
        self.observed = Observed(
            Direct(self.history), figures("nctool"), deployed_at or self.facts.deployed_at
        )

    def limits(self, item):
        return {one.metric: one for one in catalogue.load().items[item].limits}

    def review(self, name):
        write = {
            observation_records.FIRST_DAY: observation_records.first_day,
            observation_records.FIRST_WEEK: observation_records.first_week,
        }[name]
        return write(self.facts, self.history, self.defects)


def first_two_hours(site):
    first_hours.test_errors_and_response_times_were_watched_without_a_gap_and_held(
        site.observed, site.limits("NC-POST-01"), Evidence()
    )


def statements(site):
    store_performance.test_statements_are_as_fast_as_before_the_release(site.observed, Evidence())


def memory(site):
    first_day.test_neither_memory_nor_response_time_climbs_over_the_first_day(
        site.observed, Evidence(), "memory"
    )


def response(site):
    first_day.test_neither_memory_nor_response_time_climbs_over_the_first_day(
        site.observed, Evidence(), "response_mean"
    )


def errors(site):
    first_day.test_every_class_of_error_of_the_first_day_was_reviewed(
        site.observed, site.review, site.facts, Evidence()
    )


def week(site):
    first_week.test_the_report_compares_a_whole_week_with_the_week_before(
        site.observed, site.review, site.facts, Evidence()
    )


CHECKS = [first_two_hours, statements, memory, response, errors, week]


def test_buckets_that_fall_by_a_hair_of_their_estimates_are_no_broken_histogram():
    class Estimates:
        def query(self, expression, at):
            counts = {"0.1": 900.0, "0.25": 1000.0, "0.5": 999.9, "+Inf": 1000.0}
            series = (Series({"le": k}, ((at.timestamp(), v),)) for k, v in counts.items())
            return Answer(tuple(series), expression, "estimates")

    observed = Site().observed
    window = observed.window(timedelta(0), HOUR)
    observed = Observed(Estimates(), observed.figures, window.start)
    assert list(observed.buckets("query_buckets", window).values()) == [900, 1000, 1000, 1000]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("hour", [0, 7, 13, 19])
def test_a_healthy_release_raises_no_alarm_at_any_hour(hour, check):
    check(Site(hour))


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("NC-POST-01", first_two_hours),
        ("NC-POST-02", statements),
        ("NC-POST-06", memory),
        ("NC-POST-08", errors),
        ("NC-POST-11", week),
    ],
)
@pytest.mark.parametrize("hour", [3, 15])
def test_a_defect_is_seen_at_any_hour(hour, fault, check):
    with pytest.raises(AssertionError, match=r"expected|the review|the report"):
        check(Site(hour, fault))


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_observed_is_no_pass(check):
    site = Site()
    site.observed._prometheus.source = History(Period(0.0, 3600.0))
    with pytest.raises((AssertionError, Inconclusive)):
        check(site)


class Lying:
    """A Prometheus each of whose figures is another, or those of some series only."""

    def __init__(self, honest, figure, of=lambda _labels: True):
        self.honest, self.figure, self.of = honest, figure, of

    def query(self, *asked):
        return self._lied(self.honest.query(*asked))

    def query_range(self, *asked):
        return self._lied(self.honest.query_range(*asked))

    def _lied(self, answer):
        series = [
            Series(one.labels, tuple((at, self.figure) for at, _ in one.samples))
            if self.of(one.labels)
            else one
            for one in answer.series
        ]
        return Answer(tuple(series), answer.query, answer.evidence)


@pytest.mark.parametrize("figure", ["nan", "inf", "-inf", "-5"])
@pytest.mark.parametrize("check", CHECKS)
def test_figures_that_are_none_are_no_pass(check, figure):
    site = Site()
    site.observed._prometheus = Lying(site.observed._prometheus, float(figure))
    with pytest.raises((AssertionError, Inconclusive, ValueError)):
        check(site)


@pytest.mark.parametrize("figure", ["nan", "-5"])
def test_a_class_of_errors_that_cannot_be_counted_is_not_left_out(figure):
    site = Site()
    site.observed._prometheus = Lying(
        site.observed._prometheus, float(figure), lambda labels: labels.get("severity") != "LOW"
    )
    with pytest.raises(Inconclusive, match="counts nothing"):
        errors(site)


def test_a_window_that_is_not_over_is_inconclusive():
    site = Site(deployed_at=datetime.now(UTC) - HOUR)
    with pytest.raises(Inconclusive, match="is not over"):
        first_two_hours(site)


def test_without_the_time_of_the_deployment_nothing_is_verified():
    site = Site()
    site.observed = Observed(Direct(site.history), figures("nctool"), None)
    with pytest.raises(CapabilityMissing, match="deployed_at"):
        first_two_hours(site)
