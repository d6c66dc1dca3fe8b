from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import httpx
import pytest
from eth_account.messages import encode_defunct

from contracts.evm import artifact
from fixtures.reference.meta_aggregator.backend.settings import (
    DEVELOPMENT_ESCROW,
    MAINNET_ROUTER,
    ZERO_ADDRESS,
    Limits,
)
from tests.reference.meta_aggregator.backend_rig import CHAIN, UNIT, Backend, Rig, Wallet


def refused(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def quote(backend: Backend, **changes: object) -> httpx.Response:
    pair = backend.deployment
    query = {
        "chainId": CHAIN,
        "sellToken": pair.base,
        "buyToken": pair.quote,
        "sellAmount": str(UNIT),
        **changes,
    }
    return backend.http.get("/api/quote", params=query)


def metric(backend: Backend, name: str) -> float:
    lines = backend.http.get("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(name)).rpartition(" ")[2])


# ---- health and status


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


def test_fault_orders_route_fails(start):
    assert refused(start("MA-POST-09").http.get("/api/orders")) == (500, "store_error")


def test_fault_six_of_a_hundred_requests_fail(start):
    faulty = start("MA-POST-15")
    statuses = [faulty.http.get("/api/orders").status_code for _ in range(100)]
    assert statuses.count(500) in (6, 7)
    assert faulty.http.get("/api/health").status_code == 200


def test_fault_memory_settles_near_the_limit(start):
    faulty = start("MA-POST-17")
    assert metric(faulty, "meta_aggregator_memory_used_ratio") > 0.85
    faulty.service._cache = bytearray()


def test_fault_previous_abi():
    names = {entry.get("name") for entry in artifact("Escrow").abi}
    from fixtures.reference.meta_aggregator.backend.previous_interface import previous_abi

    old = {entry.get("name") for entry in previous_abi(artifact("Escrow").abi)}
    assert "tradingBalance" in old - names


# ---- quotes


def test_quotes_come_from_both_sources(backend: Backend):
    direct = quote(backend, source="uniswap").json()
    routed = quote(backend).json()
    assert int(direct["buyAmount"]) > int(routed["buyAmount"]) > 0
    assert datetime.fromisoformat(routed["expiresAt"]) > datetime.now(UTC)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"chainId": 5}, "unsupported_chain"),
        ({"sellToken": "0x" + "11" * 20}, "unknown_token"),
        ({"sellAmount": "0"}, "zero_amount"),
        ({"sellAmount": str(2**255)}, "amount_too_large"),
        ({"source": "other"}, "bad_format"),
        ({"more": "1"}, "unknown_parameter"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_quotes_that_cannot_be_given_are_refused(backend: Backend, changes, code):
    answer = quote(backend, **{"source": "uniswap", **changes})
    assert refused(answer) == (400, code)


@pytest.mark.parametrize(
    ("item", "changes", "code"),
    [
        ("MA-POST-25", {}, "upstream_retired"),
        (None, {"upstream_key": ""}, "upstream_unauthorized"),
        (None, {"upstream_url": "http://127.0.0.1:9"}, "upstream_unreachable"),
    ],
    ids=["retired version", "no key", "unreachable"],
)
def test_an_upstream_that_gives_nothing_is_named(start, item, changes, code):
    faulty = start(*([item] if item else []), **changes)
    assert refused(quote(faulty)) == (502, code)


def test_a_router_without_code_gives_no_quote(rig: Rig, start):
    from dataclasses import replace

    chains = {CHAIN: replace(rig.chain, router=MAINNET_ROUTER)}
    faulty = start(chains=chains)
    assert refused(quote(faulty, source="uniswap")) == (502, "router_unavailable")
    assert faulty.http.get("/api/health").json()["status"] == "healthy"


def test_fault_chain_id_ignored(start):
    assert quote(start("MA-POST-27"), chainId=5).json()["chainId"] == CHAIN


# ---- login


def login(backend: Backend, claimed: Wallet, signer: Wallet) -> httpx.Response:
    challenge = backend.http.post("/api/auth/challenge", json={"address": claimed.address}).json()
    signed = signer.account.sign_message(encode_defunct(text=challenge["message"]))
    return backend.http.post(
        "/api/auth/login",
        json={
            "address": claimed.address,
            "signature": "0x" + signed.signature.hex().removeprefix("0x"),
        },
    )


def test_a_session_belongs_to_the_address_that_signed(backend: Backend):
    wallet = Wallet()
    answer = login(backend, wallet, wallet)
    assert answer.status_code == 200
    assert "HttpOnly" in answer.headers["set-cookie"]
    backend.http.cookies.clear()
    bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert backend.http.get("/api/auth/session", headers=bearer).json()["address"] == wallet.address
    assert backend.http.post("/api/auth/logout", headers=bearer).status_code == 200
    assert refused(backend.http.get("/api/auth/session", headers=bearer)) == (401, "no_session")


def test_another_addresss_signature_opens_no_session(backend: Backend, start):
    claimed, thief = Wallet(), Wallet()
    assert refused(login(backend, claimed, thief)) == (401, "invalid_signature")
    assert login(start("MA-POST-20"), claimed, thief).status_code == 200


# ---- withdrawals


def withdrawal(backend: Backend, wallet: Wallet, amount: int, nonce: int = 1) -> dict[str, object]:
    message = {
        "account": wallet.address,
        "token": ZERO_ADDRESS,
        "amount": str(amount),
        "recipient": wallet.address,
        "nonce": str(nonce),
        "deadline": str(int(time.time()) + 600),
    }
    return {"withdrawal": message, "signature": backend.sign(wallet, "Withdrawal", message)}


def test_a_withdrawal_is_paid_exactly_once(backend: Backend):
    wallet = backend.funded(ZERO_ADDRESS, 10**15)
    before = backend.rpc.balance(wallet.address)
    body = withdrawal(backend, wallet, 10**14)
    assert backend.http.post("/api/withdrawals", json=body).status_code == 201
    assert backend.rpc.balance(wallet.address) - before == 10**14
    assert refused(backend.http.post("/api/withdrawals", json=body)) == (409, "nonce_used")
    much = withdrawal(backend, wallet, 10**16, nonce=2)
    assert refused(backend.http.post("/api/withdrawals", json=much)) == (
        409,
        "insufficient_balance",
    )


# ---- manners


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
    backend = start(limits=Limits(burst=5, rate_per_s=0.5))
    answers = [backend.http.get("/api/orders") for _ in range(6)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "1"
    other = backend.http.get("/api/orders", headers={"x-forwarded-for": "192.0.2.7"})
    assert other.status_code == 200


def test_metrics_show_what_happened(backend: Backend):
    backend.http.get("/api/orders")
    text = backend.http.get("/metrics").text
    assert 'route="/api/orders",status="200"' in text
    assert metric(backend, "meta_aggregator_first_healthy_timestamp_seconds") > 1e9
    assert metric(backend, "meta_aggregator_disk_used_ratio") < 0.85
    assert json.dumps(backend.config)
