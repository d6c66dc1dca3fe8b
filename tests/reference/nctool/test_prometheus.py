from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from contracts.metrics import figures
from fixtures.clients.http import HttpClient
from fixtures.clients.prometheus import Prometheus
from fixtures.clients.recording import NullRecorder
from fixtures.probes.time_series import longest_gap
from fixtures.reference.defects import Defects
from fixtures.reference.nctool.prometheus.application import make_app
from fixtures.reference.nctool.prometheus.evaluation import evaluate
from fixtures.reference.nctool.prometheus.expressions import BadExpression, NotServed, parse
from fixtures.reference.nctool.prometheus.history import History, Period
from fixtures.reference.nctool.prometheus.recorded import Recorded
from fixtures.reference.nctool.prometheus.scraping import Everything, Scraper
from fixtures.reference.nctool.prometheus.series import Labels, Scraped
from fixtures.reference.nctool.service.metrics import ServiceMetrics
from fixtures.reference.serving import Servers
from tests.clients.stub import stub

DAY = 86400.0
RELEASED = 1_800_000_030.0
PERIOD = Period(RELEASED, RELEASED + 8 * DAY)


class Source:
    def __init__(self, *series):
        self.series = series

    def select(self, matchers):
        return [
            one for one in self.series if all(m.fits(one.labels.get(m.label)) for m in matchers)
        ]


def scraped(name, samples, **labels):
    series = Scraped(Labels.of({"__name__": name, **labels}))
    for at, value in samples:
        series.append(at, value)
    return series


def value(text, *series, at=600.0):
    return {dict(k).get("a", ""): v for k, v in evaluate(parse(text), Source(*series), at).items()}


LINE = scraped("c", [(60.0 * n, 2.0 * 60 * n) for n in range(1, 11)], a="x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c", 1200),
        ("c offset 5m", 600),
        ('c{a="x",b=""}', 1200),
        ('c{a=~"x|y"} / 2', 600),
        ("rate(c[5m])", 2),
        ("increase(c[5m])", 600),
        ("sum(increase(c[5m])) / sum(increase(c[5m])) * 100", 100),
        ("max_over_time(c[5m])", 1200),
        ("count_over_time(c[5m])", 5),
        ("c > 1000", 1200),
        ("1 + c", 1201),
        ("-c", -1200),
        ("2 + c * 2", 2402),
    ],
)
def test_expressions_have_the_values_of_prometheus(text, expected):
    assert list(value(text, LINE).values()) == [pytest.approx(expected)]


def test_a_counter_is_read_over_its_reset():
    reset = scraped("c", [(60.0, 50.0), (120.0, 60.0), (180.0, 5.0), (240.0, 10.0)])
    found = value("increase(c[4m])", reset, at=240.0)[""]
    assert found == pytest.approx(20 * 240 / 180)


def test_a_comparison_filters_and_absence_answers():
    assert value("c > 5000", LINE) == {}
    assert value("absent(d)", LINE) == {"": 1.0}
    assert value("absent(c)", LINE) == {}


def test_a_value_is_stale_after_five_minutes_or_when_its_scrape_had_it_no_more():
    assert value("c", LINE, at=899.0)
    assert not value("c", LINE, at=901.0)
    LINE.end(660.0)
    assert value("c", LINE, at=650.0)
    assert not value("c", LINE, at=661.0)


def test_a_quantile_of_a_histogram_is_linear_within_its_bucket():
    buckets = [
        scraped("h_bucket", [(600.0, count)], le=bound)
        for bound, count in (("1", 0.0), ("2", 10.0), ("+Inf", 10.0))
    ]
    assert value("histogram_quantile(0.5, h_bucket)", *buckets) == {"": pytest.approx(1.5)}


@pytest.mark.parametrize(
    "text",
    ["", "c{", "c{a=x}", "sum(c", "nothing(c)", "rate(c)", "c[5]", "error_rate > 1%x", '{a=""}',
     "1 > 2", "c c", 'c{a=~"("}', "[5m]"],
)  # fmt: skip
def test_what_is_no_expression_is_refused_as_such(text):
    with pytest.raises((BadExpression, NotServed)) as refusal:
        evaluate(parse(text), Source(LINE), 600)
    assert isinstance(refusal.value, BadExpression) or "%" in text


@pytest.mark.parametrize(
    "text",
    ["topk(1, c)", "rate(c[5m:1m])", "c and c", "c @ 5", "c % 2", "deriv(c[5m])", "c > bool 1",
     "c * on(a) c"],
)  # fmt: skip
def test_what_prometheus_has_and_the_emulation_lacks_is_refused_by_name(text):
    with pytest.raises(NotServed, match="this emulation has no"):
        parse(text)


@pytest.fixture(scope="module")
def history():
    return History(PERIOD)


@pytest.fixture(scope="module")
def client(history):
    with Servers("prometheus") as servers:
        port = servers.serve(make_app(Everything(history, Scraper(list))))
        yield Prometheus(HttpClient(f"http://127.0.0.1:{port}", NullRecorder()))


def moment(at):
    return datetime.fromtimestamp(at, UTC)


@pytest.mark.parametrize("name", figures("nctool"))
def test_the_history_answers_every_figure_of_the_contract(client, name):
    expression = figures("nctool")[name].over("1h")
    answer = client.query(expression, moment(RELEASED + DAY))
    assert answer.series
    assert all(value >= 0 for one in answer.series for _, value in one.samples)


def test_the_history_covers_the_week_before_and_the_time_since(client):
    up = client.query('up{job="nctool"}[15d]', moment(PERIOD.until))
    moments = [at for one in up.series for at, _ in one.samples]
    assert longest_gap(moments, RELEASED - 7 * DAY, PERIOD.until).seconds <= 60


def test_two_histories_of_the_same_times_agree(history):
    tree = parse("sum by (le) (increase(nctool_http_request_duration_seconds_bucket[1h]))")
    again = History(PERIOD)
    assert evaluate(tree, again, RELEASED + DAY) == evaluate(tree, history, RELEASED + DAY)


def test_a_range_goes_by_its_steps(client):
    answer = client.query_range(
        "sum(nctool_http_requests_total)", moment(RELEASED), moment(RELEASED + 600), 60
    )
    values = [value for _, value in answer.only()]
    assert len(values) == 11
    assert [at for at, _ in answer.only()][-1] == RELEASED + 600


def test_histograms_never_fall_from_bound_to_bound(client):
    answer = client.query(figures("nctool")["response_buckets"].over("1h"), moment(RELEASED + DAY))
    buckets = sorted((float(one.labels["le"]), one.samples[0][1]) for one in answer.series)
    assert [count for _, count in buckets] == sorted(count for _, count in buckets)


def test_no_alert_fires_over_the_recorded_history(history):
    from fixtures.reference.nctool.prometheus import rules

    found = [rules.alerts(rule, history, RELEASED + DAY) for rule in rules.read()]
    assert found == [[]] * len(found)


def test_the_rule_of_a_silent_service_fires():
    from fixtures.reference.nctool.prometheus import rules

    rule = next(one for one in rules.read() if one.name == "NctoolNotScraped")
    (alert,) = rules.alerts(rule, Source(), 5000.0)
    assert alert["state"] == "firing"


def test_an_outage_is_a_gap_and_its_span_counts_what_is_left():
    began, ended = 0.0, 7200.0
    series = Recorded(Labels(), began, ended, [0.0, 3600.0, 7200.0], outages=[(1800.0, 3600.0)])
    samples = series.samples(0.0, 7200.0)
    span = series.span(0.0, 7200.0)
    assert longest_gap([at for at, _ in samples], 0, 7200).seconds == pytest.approx(1860)
    assert (span.count, span.first_at, span.last_at) == (len(samples), 60.0, 7200.0)
    inside = series.span(1800.0, 3000.0)
    assert inside is None
    assert series.at(1900.0, 300.0) == 1740.0
    assert series.at(3000.0, 300.0) is None


def test_the_leak_and_the_missing_counter_are_in_the_history_of_their_defects():
    leaking = History(PERIOD, Defects.for_items(["NC-POST-06"]))
    memory = parse("max(process_resident_memory_bytes)")
    grown = [evaluate(memory, leaking, RELEASED + h * 3600)[Labels()] for h in (2, 24)]
    assert grown[1] > 1.2 * grown[0]
    silent = History(PERIOD, Defects.for_items(["NC-POST-05"]))
    assert evaluate(parse("nctool_feature_usage_total"), silent, RELEASED + DAY) == {}


def test_the_recorded_names_are_those_that_the_service_exports(history):
    metrics = ServiceMetrics()
    exported = {
        family.name for family in text_string_to_metric_families(metrics.exposition().decode())
    }
    for name in history.names():
        base = name.removesuffix("_total")
        for end in ("_bucket", "_sum", "_count"):
            base = base.removesuffix(end)
        assert base in exported | {"up"}, name


def test_live_scrapes_are_joined_to_the_history():
    text = b"# TYPE c counter\nc_total 5\n"
    routes = {"/metrics": (200, {"Content-Type": "text/plain"}, text)}
    with stub(routes) as server:
        scraper = Scraper(lambda: [f"{server.url}/metrics"])
        scraper.scrape()
        del routes["/metrics"]
        scraper.scrape()
    found = {one.labels.get("__name__"): one for one in scraper.select(())}
    assert [v for _, v in found["c_total"].samples(0, 1e12)] == [5.0]
    assert found["c_total"].at(1e12, 1e13) is None
    assert [v for _, v in found["up"].samples(0, 1e12)] == [1.0, 0.0]
