import math

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.metrics import Histogram, Metrics
from fixtures.clients.outcomes import ClientError, Inconclusive
from fixtures.clients.recording import NullRecorder
from tests.clients.stub import stub

TEXT = b"""# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{route="/a",status="200"} 94
http_requests_total{route="/a",status="500"} 6
http_requests_total{route="/b",status="200"} 10
# TYPE latency_seconds histogram
latency_seconds_bucket{route="/a",le="0.1"} 5
latency_seconds_bucket{route="/a",le="0.5"} 9
latency_seconds_bucket{route="/a",le="+Inf"} 10
latency_seconds_sum{route="/a"} 2.5
latency_seconds_count{route="/a"} 10
latency_seconds_bucket{route="/b",le="0.1"} 0
latency_seconds_bucket{route="/b",le="0.5"} 0
latency_seconds_bucket{route="/b",le="+Inf"} 0
latency_seconds_sum{route="/b"} 0
latency_seconds_count{route="/b"} 0
# TYPE open_orders gauge
open_orders 7
"""


@pytest.fixture(scope="module")
def scrape():
    routes = {
        "/metrics": (200, {"Content-Type": "text/plain"}, TEXT),
        "/html": (200, {"Content-Type": "text/html"}, b"<html>login</html>"),
        "/empty": (200, {}, b""),
    }
    with stub(routes) as server:
        http = HttpClient(server.url, NullRecorder())
        yield lambda path: Metrics(http, path).scrape()
        http.close()


def test_values_and_sums(scrape):
    metrics = scrape("/metrics")
    assert metrics.value("open_orders") == 7
    assert metrics.value("http_requests_total", route="/a", status="500") == 6
    assert metrics.total("http_requests_total") == 110
    assert metrics.total("http_requests_total", status="404") == 0
    assert metrics.has("open_orders")


def test_a_missing_metric_names_its_neighbours(scrape):
    with pytest.raises(
        ClientError, match="no metric http_request_total; near it: http_requests_total"
    ):
        scrape("/metrics").value("http_request_total")
    with pytest.raises(ClientError, match=r"it has, for instance, {'route': '/a'"):
        scrape("/metrics").value("http_requests_total", route="/c")
    with pytest.raises(ClientError, match="2 samples of http_requests_total"):
        scrape("/metrics").value("http_requests_total", route="/a")


def test_histograms(scrape):
    histogram = scrape("/metrics").histogram("latency_seconds")
    assert histogram.mean == 0.25
    assert histogram.quantile(0.5) == pytest.approx(0.1)
    assert histogram.quantile(0.7) == pytest.approx(0.3)
    assert histogram.quantile(0.99) == 0.5
    with pytest.raises(Inconclusive, match="latency_seconds has no observation"):
        _ = scrape("/metrics").histogram("latency_seconds", route="/b").mean


@pytest.mark.parametrize(
    "parts",
    [
        'bucket{le="0.1"} 1;bucket{le="+Inf"} 1000;sum 2;count 1',
        'bucket{le="0.1"} 5;sum 2;count 5',
        'bucket{le="0.1"} 5;bucket{le="+Inf"} 4;sum 2;count 4',
        'bucket{le="+Inf"} NaN;sum 2;count NaN',
        'bucket{le="+Inf"} 3;sum -Inf;count 3',
        'bucket{le="+Inf"} 3;sum -2;count 3',
        'bucket{le="soon"} 3;bucket{le="+Inf"} 3;sum 2;count 3',
        'bucket{route="/"} 3;bucket{le="+Inf"} 3;sum 2;count 3',
    ],
    ids=["another count", "not open", "falling", "no numbers", "a sum without end",
         "a sum below zero", "a word for a bound", "no bound"],
)  # fmt: skip
def test_what_is_no_histogram_is_told(parts):
    text = "".join(f"t_seconds_{part}\n" for part in parts.split(";"))
    with (
        stub({"/metrics": (200, {"Content-Type": "text/plain"}, text.encode())}) as server,
        pytest.raises(ClientError, match="t_seconds, which is no histogram"),
    ):
        Metrics(HttpClient(server.url, NullRecorder()), "/metrics").scrape().histogram("t_seconds")


@pytest.mark.parametrize("name", ["t_requests_total", "t_seconds_bucket", "t_seconds_count"])
def test_a_count_below_zero_takes_nothing_away_from_the_others(name):
    text = f'{name}{{le="+Inf",route="/a"}} 9\n{name}{{le="+Inf",route="/b"}} -3\n'.encode()
    with stub({"/metrics": (200, {"Content-Type": "text/plain"}, text)}) as server:
        scrape = Metrics(HttpClient(server.url, NullRecorder()), "/metrics").scrape()

        for read in (scrape.samples, scrape.total):
            with pytest.raises(ClientError, match=f"serves {name} below zero, which counts"):
                read(name)
        if name == "t_seconds_bucket":
            with pytest.raises(ClientError, match=f"serves {name} below zero, which counts"):
                scrape.histogram("t_seconds")


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "1e400"])
def test_what_is_no_number_is_no_value(value):
    text = f"memory_ratio {value}\n".encode()
    with (
        stub({"/metrics": (200, {"Content-Type": "text/plain"}, text)}) as server,
        pytest.raises(Inconclusive, match=r"memory_ratio of .* is (nan|inf|-inf)"),
    ):
        Metrics(HttpClient(server.url, NullRecorder()), "/metrics").scrape().value("memory_ratio")


def test_a_restart_is_known_though_more_was_observed_since_than_before():
    before = Histogram(((0.1, 5.0), (math.inf, 10.0)), 50.0, 10.0)
    after = Histogram(((0.1, 11.0), (math.inf, 12.0)), 1.0, 12.0)
    assert after.since(before) == after


def test_what_happened_between_two_scrapes():
    before = Histogram(((0.1, 5.0), (math.inf, 10.0)), 2.0, 10.0)
    after = Histogram(((0.1, 5.0), (math.inf, 14.0)), 6.0, 14.0)
    assert after.since(before) == Histogram(((0.1, 0.0), (math.inf, 4.0)), 4.0, 4.0)
    assert before.since(after) == before


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/html", "does not serve Prometheus text|serves no metric"),
        ("/empty", "serves no metric at all"),
        ("/gone", "answered 404"),
    ],
)
def test_an_endpoint_without_metrics_is_told(scrape, path, sentence):
    with pytest.raises(ClientError, match=sentence):
        scrape(path)
