from __future__ import annotations

import json

import pytest

from fixtures.reference.meta_aggregator.backend.envelope import IDLE_CLIENTS, TokenBuckets
from fixtures.reference.meta_aggregator.backend.settings import Limits
from tests.reference.meta_aggregator.backend_rig import Backend, refused


@pytest.mark.parametrize(
    ("content", "headers", "expected"),
    [
        (b"{", {"content-type": "application/json"}, (400, "malformed_json")),
        (b"\xff\xfe", {"content-type": "application/json"}, (400, "malformed_json")),
        (b"[]", {"content-type": "application/json"}, (400, "wrong_type")),
        (b"[" * 30_000, {"content-type": "application/json"}, (400, "malformed_json")),
        (b'{"address": NaN}', {"content-type": "application/json"}, (400, "malformed_json")),
        (b"{}", {"content-type": "text/plain"}, (415, "unsupported_media_type")),
        (b" " * 70_000, {"content-type": "application/json"}, (413, "body_too_large")),
        (b"{}", {"content-type": "application/json"}, (400, "missing_field")),
        (b'{"a": 1, "a": 2}', {"content-type": "application/json"}, (400, "malformed_json")),
    ],
    ids=[
        "cut off",
        "not UTF-8",
        "a list",
        "too deep",
        "not a number",
        "plain text",
        "too large",
        "empty",
        "a name twice",
    ],
)
def test_a_body_that_cannot_be_used_is_refused(backend: Backend, content, headers, expected):
    answer = backend.http.post("/api/auth/challenge", content=content, headers=headers)
    assert refused(answer) == expected


def test_a_method_that_a_path_lacks_is_answered_with_those_it_has(backend: Backend):
    answer = backend.http.delete("/api/orders")
    assert refused(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_every_answer_carries_security_headers(backend: Backend):
    for path in ("/api/health", "/nowhere", "/metrics"):
        headers = backend.http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_a_client_that_asks_too_often_is_told_when_to_come_back(start):
    backend = start(limits=Limits(burst=5, rate_per_s=0.5), proxies=frozenset({"127.0.0.1"}))
    answers = [backend.http.get("/api/orders") for _ in range(5)]  # the rig has asked once
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "2"
    other = backend.http.get("/api/orders", headers={"x-forwarded-for": "192.0.2.7"})
    assert other.status_code == 200


def test_only_a_proxy_of_ours_may_name_another_client(start):
    backend = start(limits=Limits(burst=5, rate_per_s=0.01))
    named = ({"x-forwarded-for": f"192.0.2.{number}"} for number in range(6))
    statuses = [backend.http.get("/api/orders", headers=headers).status_code for headers in named]
    assert statuses[-1] == 429


def test_what_asks_a_chain_uses_up_more_of_the_limit(start):
    backend = start(limits=Limits(burst=50, rate_per_s=0.5))
    statuses = [backend.http.get("/api/balances/nobody").status_code for _ in range(2)]
    assert statuses == [400, 429]
    assert backend.http.get("/api/orders").status_code == 200


def test_the_client_that_was_away_longest_makes_room():
    buckets = TokenBuckets(Limits(burst=5, rate_per_s=0.001))
    for number in range(IDLE_CLIENTS):
        buckets.take(f"client {number}")
    assert buckets.take("client 0") < 4
    buckets.take("one more")
    assert buckets.take("client 1") == 4


def test_methods_that_nobody_knows_are_counted_together(backend: Backend):
    backend.http.request("GATEHOUSE", "/api/orders")
    assert "GATEHOUSE" not in backend.http.get("/metrics").text


def test_metrics_show_what_happened(backend: Backend):
    backend.http.get("/api/orders")
    text = backend.http.get("/metrics").text
    assert 'route="/api/orders",status="200"' in text
    assert backend.metric("meta_aggregator_first_healthy_timestamp_seconds") > 1e9
    assert backend.metric("meta_aggregator_disk_used_ratio") < 0.85
    assert json.dumps(backend.config)


def test_fault_an_eighth_of_the_requests_fails(start):
    faulty = start("MA-POST-15")
    statuses = [faulty.http.get("/api/orders").status_code for _ in range(96)]
    assert statuses.count(500) in (11, 12, 13)  # other draws shift the turns
    assert faulty.http.get("/api/health").status_code == 200
