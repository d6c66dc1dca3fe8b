from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from fixtures.reference.meta_aggregator.backend.settings import MAINNET_ROUTER
from tests.reference.meta_aggregator.backend_rig import CHAIN, UNIT, Backend, Rig, refused


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
