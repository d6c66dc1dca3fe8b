from __future__ import annotations

from datetime import UTC, datetime

from fixtures.reference.meta_aggregator.backend.settings import DEVELOPMENT_ESCROW
from tests.reference.meta_aggregator.backend_rig import UNIT, Backend, refused


def test_health_and_status_have_the_documented_shapes(backend: Backend):
    health = backend.http.get("/api/health").json()
    assert health["status"] == "healthy"
    assert set(health["dependencies"]) == {"database", "external_apis", "smart_contracts"}
    moment = datetime.fromisoformat(health["timestamp"])
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 5
    assert backend.http.get("/health").json()["status"] == "healthy"
    status = backend.http.get("/api/status").json()
    assert status["api"]["response_time_avg"].endswith("ms")
    assert status["database"]["connections"] > 0
    entry = status["contracts"]["escrow_contract"]
    assert entry["address"] == backend.deployment.escrow
    held = backend.rpc.balance(backend.deployment.escrow, entry["block"])
    assert entry["balance"] == f"{held / UNIT:.18f}".rstrip("0").rstrip(".") + " ETH"


def test_an_unreachable_dependency_is_reported(start):
    backend = start(upstream_url="http://127.0.0.1:9")
    answer = backend.http.get("/api/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unhealthy"
    assert answer.json()["dependencies"]["external_apis"] == "unhealthy"


def test_fault_degraded(start):
    answer = start("MA-POST-01").http.get("/api/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_fault_database_down_but_healthy_on_top(start):
    body = start("MA-POST-02").http.get("/api/health").json()
    assert body["status"] == "healthy"
    assert body["dependencies"]["database"] == "unhealthy"


def test_fault_cached_health(start):
    faulty = start("MA-POST-03")
    bodies = {faulty.http.get("/api/health").text for _ in range(3)}
    assert len(bodies) == 1


def test_fault_bare_health_path(start):
    assert refused(start("MA-POST-04").http.get("/health")) == (404, "unknown_route")


def test_fault_status_shape_and_address(start):
    assert "contracts" not in start("MA-POST-05").http.get("/api/status").json()
    status = start("MA-POST-08").http.get("/api/status").json()
    assert status["contracts"]["escrow_contract"]["address"] == DEVELOPMENT_ESCROW


def test_fault_slow_requests_and_slow_queries(start):
    slow = start("MA-POST-06")
    for _ in range(3):
        slow.http.get("/api/status")
    average = slow.http.get("/api/status").json()["api"]["response_time_avg"]
    assert int(average.removesuffix("ms")) > 500
    queries = start("MA-POST-07")
    queries.http.get("/api/orders")
    average = queries.http.get("/api/status").json()["database"]["query_time_avg"]
    assert int(average.removesuffix("ms")) >= 245


def test_fault_memory_settles_near_the_limit(start):
    faulty = start("MA-POST-17")
    assert faulty.metric("meta_aggregator_memory_used_ratio") > 0.85
    faulty.service._cache = bytearray()
