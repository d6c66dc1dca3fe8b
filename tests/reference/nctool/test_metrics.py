import logging

import mongomock
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pymongo.errors import ServerSelectionTimeoutError
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from fixtures.clients.http import HttpClient
from fixtures.clients.metrics import Metrics
from fixtures.clients.recording import NullRecorder
from fixtures.reference.nctool.service import metrics
from fixtures.reference.serving import Servers


class Context:
    def __init__(self):
        self.metrics = metrics.ServiceMetrics()
        self.db = mongomock.MongoClient().nctool


@pytest.fixture(scope="module")
def served():
    context = Context()

    def wallet(request):
        if request.path_params["npub"] == "broken":
            raise RuntimeError("broken")
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/api/wallets/{npub}/balance", wallet), *metrics.routes(context)])
    app.add_middleware(metrics.MetricsMiddleware, metrics=context.metrics)
    with Servers("service") as servers:
        url = f"http://127.0.0.1:{servers.serve(app)}"
        http = HttpClient(url, NullRecorder())
        http.get("/nothing")
        for path in ("alice", "bob", "broken"):
            http.get(f"/api/wallets/{path}/balance")
        # the server ends the connection on which a handler broke
        yield context.metrics, Metrics(HttpClient(url, NullRecorder()), "/metrics").scrape()


def test_requests_are_counted_by_pattern_and_status(served):
    _, scrape = served
    name = "nctool_http_requests_total"
    route = "/api/wallets/{npub}/balance"
    assert scrape.value(name, route=route, status="200") == 2
    assert scrape.value(name, route=route, status="500") == 1
    assert scrape.value(name, route="none", status="404") == 1
    assert scrape.histogram("nctool_http_request_duration_seconds").count == 4


def test_memory_of_the_process_is_exported(served):
    assert served[1].value("process_resident_memory_bytes") > 1e6


def test_what_happens_is_counted_where_it_belongs(served):
    counted, _ = served
    counted.error("CRITICAL", "melt_outcome_unknown")
    counted.melt("atomic", "paid")
    counted.feature_used("atomicMeltOperations", enabled=True)
    counted.reconciliation("clean")
    counted.migration_errors(1)
    counted.queried("find", 0.001)
    counted.queried("find", 0.5)
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(counted.exposition().decode())
        for sample in family.samples
    }
    for key in (
        ("nctool_errors_total", "CRITICAL", "melt_outcome_unknown"),
        ("nctool_melts_total", "atomic", "paid"),
        ("nctool_feature_usage_total", "atomicMeltOperations", "true"),
        ("nctool_reconciliations_total", "clean"),
        ("nctool_migration_errors_total",),
        ("nctool_db_slow_queries_total",),
    ):
        assert samples[key] == 1, key
    assert samples["nctool_db_query_duration_seconds_count", "find"] == 2


def test_the_figures_are_served_while_the_store_is_away():
    class Away:
        def __getattr__(self, name):
            raise ServerSelectionTimeoutError("no server")

    context = Context()
    context.db, context.log = Away(), logging.getLogger("away")
    app = Starlette(routes=metrics.routes(context))
    with Servers("service") as servers:
        http = HttpClient(f"http://127.0.0.1:{servers.serve(app)}", NullRecorder())
        assert Metrics(http, "/metrics").scrape().has("process_resident_memory_bytes")
