"""The public API: every read route, its quotes against the upstream, its error rate."""

import itertools
from datetime import UTC, datetime

import pytest

from contracts import openapi
from fixtures.clients.sampling import sampled
from fixtures.probes.documented_api import read_routes, undocumented
from fixtures.probes.samples import highest_credible_rate
from fixtures.probes.service_report import utc_time

DOCUMENT = openapi.load("meta_aggregator")
UNKNOWN = "0x" + "00" * 32
SMALL_AMOUNT = 10**15
PROBES = 200

# Of each documented read route: query and status of a good request, path and query and status of
# one that must be refused. A path parameter of the good request is looked up in the API itself.
REQUESTS = {
    "/api/health": ({}, 200, None, {"colour": "blue"}, 400),
    "/health": ({}, 200, None, {"colour": "blue"}, 400),
    "/api/status": ({}, 200, None, {"colour": "blue"}, 400),
    "/api/config": ({}, 200, None, {"colour": "blue"}, 400),
    "/api/contracts/escrow": ({}, 200, None, {"chainId": "none"}, 400),
    "/api/orders": ({"limit": 5}, 200, None, {"limit": 0}, 400),
    "/api/orders/{id}": ({}, 200, f"/api/orders/{UNKNOWN}", {}, 404),
    "/api/trades": ({"limit": 5}, 200, None, {"limit": 0}, 400),
    "/api/quote": ("quote", 200, None, {}, 400),
    "/api/balances/{account}": ({}, 200, "/api/balances/nobody", {}, 400),
    "/api/escrows": ({}, 200, None, {"account": "nobody"}, 400),
    "/api/escrows/{id}": ({}, 200, f"/api/escrows/{UNKNOWN}", {}, 404),
    "/api/auth/session": ({}, 401, None, {"colour": "blue"}, 400),
    "/api/accounts/{account}/activity": ({}, 401, None, {"colour": "blue"}, 400),
    "/api/admin/audit-log": ({}, 401, None, {"colour": "blue"}, 400),
    "/api/openapi.json": ({}, 200, None, {"colour": "blue"}, 400),
}


@pytest.mark.item("MA-POST-09")
@pytest.mark.parametrize("route", read_routes(DOCUMENT))
def test_each_read_route_answers_as_documented_and_refuses_bad_input(http, target, evidence, route):
    """A good request gets the documented answer, a bad one a documented refusal and no failure.

    Listings that fail after a release, and bad input that breaks the service, are what users meet
    first.
    """
    query, status, bad_path, bad_query, bad_status = REQUESTS[route]
    path = _with_a_known_id(route, http, evidence)
    good = http.get(path, params=_small_quote(target) if query == "quote" else query)
    bad = http.get(bad_path or path, params=bad_query)
    evidence.observe(routes_read=1, good=good.status, bad=bad.status)
    for reply, expected in ((good, status), (bad, bad_status)):
        assert reply.status == expected, reply.explain(f"status {expected}")
        problems = undocumented(DOCUMENT, "get", route, reply.status, reply.json())
        assert problems == [], reply.explain("; ".join(problems))


@pytest.mark.item("MA-POST-13")
def test_our_quote_agrees_with_the_upstream(api, upstream, target, limits, evidence):
    """A quote through our API is within tolerance of what the upstream quotes directly.

    Without its key, or with a stale price, the service quotes nothing or the wrong thing.
    """
    limit = limits["quote_deviation_pct"]
    query = _small_quote(target)
    taker = {"taker": query["sellToken"]}
    direct = upstream.get(target.require("upstream_path"), params={**query, **taker})
    ours = api.http.get("/api/quote", params=query)
    evidence.observe(quotes_compared=2, statuses=[ours.status, direct.status])
    assert direct.status == 200, direct.explain("a direct quote, with which ours is compared")
    assert ours.status == 200, ours.explain("status 200 with a quote")
    amounts = [int(reply.json()["buyAmount"]) for reply in (ours, direct)]
    deviation_pct = round(100 * abs(amounts[0] - amounts[1]) / amounts[1], 3)
    evidence.observe(deviation_pct=deviation_pct)
    assert limit.holds(deviation_pct), ours.explain(f"{limit.explain(deviation_pct)}: {amounts}")


@pytest.mark.item("MA-POST-15")
def test_server_errors_stay_below_the_limit(api, metrics, limits, evidence):
    """Neither our own requests nor all requests since the start met too many server errors.

    The sample is large enough to exclude the limit: without that, no error means little.
    """
    limit = limits["api_error_rate_pct"]
    reads = itertools.cycle((api.config, api.status, lambda: api.orders(limit=1)))
    replies = sampled(lambda: next(reads)(), PROBES, at_once=2)
    throttled = [reply for reply in replies if reply.status == 429]
    failed = [reply for reply in replies if reply.status >= 500]
    served = metrics.scrape().samples("meta_aggregator_http_requests_total")
    everything = sum(count for _, count in served)
    errors = sum(count for labels, count in served if labels["status"].startswith("5"))
    rates = [round(100 * len(failed) / len(replies), 2), round(100 * errors / everything, 2)]
    evidence.observe(
        requests_sent=len(replies), requests_counted=everything, sampled_pct=rates[0],
        counted_pct=rates[1],
    )  # fmt: skip
    shown = failed[0].explain() if failed else "no request of ours failed"
    assert limit.holds(rates[0]), f"of our requests: {limit.explain(rates[0])}\n{shown}"
    assert limit.holds(rates[1]), f"since the start: {limit.explain(rates[1])}\n{shown}"
    credible = 100 * highest_credible_rate(len(failed), len(replies))
    if throttled or not limit.holds(credible):
        evidence.inconclusive(
            f"{len(failed)} errors and {len(throttled)} throttled of {len(replies)} requests do "
            f"not exclude a rate of {credible:.1f} %"
        )


@pytest.mark.item("MA-POST-25")
def test_a_quote_routed_through_0x_is_usable(api, target, evidence):
    """A quote from 0x has amounts, tokens that we trade, and a time left to use it.

    The integration breaks silently when the provider retires the version it calls.
    """
    query = _small_quote(target)
    config, quote = api.config(), api.http.get("/api/quote", params={**query, "source": "0x"})
    evidence.observe(quotes_read=1, status_code=quote.status)
    assert config.status == 200, config.explain("status 200")
    assert quote.status == 200, quote.explain("status 200 with a quote from 0x")
    body, traded = quote.json(), {token["address"] for token in config.json()["tokens"]}
    assert body["source"] == "0x", quote.explain("the source 0x")
    assert int(body["sellAmount"]) == SMALL_AMOUNT, quote.explain(f"{SMALL_AMOUNT} sold")
    assert int(body["buyAmount"]) > 0, quote.explain("something bought")
    tokens = {body["sellToken"], body["buyToken"]}
    assert tokens <= traded, quote.explain(f"tokens among {sorted(traded)}")
    assert tokens == {query["sellToken"], query["buyToken"]}, quote.explain("the tokens asked for")
    assert utc_time(body["expiresAt"]) > datetime.now(UTC), quote.explain("an expiry to come")


def _small_quote(target):
    tokens = target.require("tokens")
    return {
        "chainId": target.require("chain_id"),
        "sellToken": tokens.base,
        "buyToken": tokens.quote,
        "sellAmount": SMALL_AMOUNT,
    }


def _with_a_known_id(route, http, evidence):
    """The route with its path parameter taken from a listing of the API."""
    listing, key = {
        "/api/orders/{id}": ("/api/orders", "orders"),
        "/api/balances/{account}": ("/api/orders", "orders"),
        "/api/accounts/{account}/activity": ("/api/orders", "orders"),
        "/api/escrows/{id}": ("/api/escrows", "escrows"),
    }.get(route, (None, None))
    if listing is None:
        return route
    reply = http.get(listing)
    assert reply.status == 200, reply.explain(f"status 200, to find a value for {route}")
    rows = reply.json()[key]
    if not rows:
        evidence.inconclusive(f"{listing} is empty, so there is nothing to read at {route}")
    account = rows[0].get("order", {}).get("maker", "")
    return route.replace("{id}", rows[0]["id"]).replace("{account}", account)
