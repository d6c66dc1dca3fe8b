"""The API towards strangers: its rate limit, its headers, other sites' pages, what it hides."""

import time

import pytest

from contracts import openapi
from fixtures.clients.patience import retry_after_s
from fixtures.clients.sampling import sampled
from fixtures.clients.waiting import until
from fixtures.probes.browser_rules import missing_headers, readable_by
from fixtures.probes.hidden_routes import HIDDEN
from fixtures.probes.refusals import is_server_error, leaks

DOCUMENT = openapi.load("meta_aggregator")
DESCRIPTION = "/api/openapi.json"
BURSTS = 3  # as many times what is allowed at once
RECOVERY_S = 10
CLAIMS = ("X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP")
ORIGINS = {
    "another site": "https://other.example",
    "a file or sandbox": "null",
    "a name that begins like ours": "{origin}.other.example",
    "a name that ends like ours": "https://other{host}",
}
ANSWERS = {
    "an answer": "/api/orders",
    "a refusal": "/api/orders?limit=none",
    "a private refusal": "/api/auth/session",
    "an unknown route": "/api/nowhere",
}


@pytest.mark.item("MA-SEC-05")
@pytest.mark.disrupts
def test_a_burst_above_the_limit_is_refused_until_the_client_pauses(stranger, target, evidence):
    """Beyond the configured limit a client gets 429 and a time to come back, and then service.

    Without the limit one client takes the service from all others.
    """
    limit = target.require("rate_limit")
    control = stranger.get(limit.path)
    assert control.status < 400, control.explain("a harmless request answered")
    replies, allowed = _burst(stranger, limit, lambda _: {})
    refused = [reply for reply in replies if reply.status == 429]
    broken = [reply for reply in replies if is_server_error(reply.status)]
    evidence.observe(requests_sent=len(replies), refused=len(refused), allowed_meanwhile=allowed)
    assert not broken, broken[0].explain("no server error under a burst")
    if not refused and len(replies) <= allowed:
        evidence.inconclusive(f"{len(replies)} requests were too slow to exceed {allowed:.0f}")
    assert refused, f"{len(replies)} requests, {allowed:.0f} allowed: none was answered 429"
    assert "retry-after" in refused[0].headers, refused[0].explain("Retry-After with the refusal")
    paused = time.monotonic()
    patience_s = retry_after_s(refused[-1]) + limit.window_s + RECOVERY_S
    back = until(lambda: stranger.get(limit.path).status == control.status, patience_s)
    evidence.observe(recovered_after_s=round(time.monotonic() - paused, 2))
    assert back, f"no service again within {patience_s:.0f} s after the burst"


@pytest.mark.item("MA-SEC-05")
@pytest.mark.disrupts
def test_a_client_that_claims_other_addresses_is_limited_all_the_same(stranger, target, evidence):
    """Naming a new address in every request does not win a client a new limit.

    Headers are the client's to choose: a limit that believes them holds nobody back.
    """
    limit = target.require("rate_limit")
    control = stranger.get(limit.path)
    assert control.status < 400, control.explain("a harmless request answered")
    replies, allowed = _burst(
        stranger,
        limit,
        lambda n: (
            {name: f"198.51.100.{n % 250 + 1}" for name in CLAIMS}
            | {"Forwarded": f"for=198.51.100.{n % 250 + 1}"}
        ),
    )
    refused = [reply for reply in replies if reply.status == 429]
    evidence.observe(requests_sent=len(replies), refused=len(refused), allowed_meanwhile=allowed)
    if not refused and len(replies) <= allowed:
        evidence.inconclusive(f"{len(replies)} requests were too slow to exceed {allowed:.0f}")
    assert refused, f"{len(replies)} requests in other names, {allowed:.0f} allowed: no 429"


@pytest.mark.item("MA-SEC-14")
@pytest.mark.parametrize("path", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_tells_browsers_what_they_may_not_do(path, http, target, evidence):
    """Answers and refusals alike forbid guessing, framing, caching and giving addresses away.

    A browser that is told nothing does what the page of an attacker asks for.
    """
    reply = http.get(path)
    https = target.require("api_url").startswith("https:")
    missing = missing_headers(reply.headers, api=True, https=https)
    evidence.observe(answers_inspected=1, rules_missing=len(missing))
    assert not missing, reply.explain("security headers") + "\n" + "\n".join(missing)


@pytest.mark.item("MA-SEC-14")
@pytest.mark.parametrize("origin", ORIGINS.values(), ids=ORIGINS)
def test_a_page_of_another_site_cannot_read_the_api(origin, http, evidence):
    """No foreign origin is allowed to read an answer, nor to send more than a simple request.

    The page of another site runs in the user's browser, with the user's session.
    """
    ours = http.base_url
    named = origin.format(origin=ours, host=ours.partition("://")[2])
    asked = {"Origin": named, "Access-Control-Request-Method": "POST"}
    replies = [
        http.get("/api/auth/session", headers={"Origin": named}),
        http.get("/api/orders", headers={"Origin": named}),
        http.request("OPTIONS", "/api/auth/logout", headers=asked),
    ]
    allowed = [readable_by(reply.headers, named) for reply in replies]
    evidence.observe(foreign_origins=1, replies_inspected=len(replies))
    for reply, header in zip(replies, allowed, strict=True):
        assert not header, reply.explain(f"nothing for {named}; but {header}")


@pytest.mark.item("MA-SEC-14")
def test_no_route_shows_the_inside(http, evidence):
    """Debug pages, settings, sources and backups are not to be had from outside.

    They are the first that every scanner asks for.
    """
    replies = {path: http.get(path) for path in HIDDEN}
    shown = [path for path, reply in replies.items() if reply.status not in (401, 403, 404, 405)]
    telling = [path for path, reply in replies.items() if leaks(reply.text)]
    evidence.observe(routes_asked=len(replies), shown=shown)
    assert not shown, replies[shown[0]].explain("no such route (404)")
    assert not telling, replies[telling[0]].explain("a refusal that says nothing of the inside")


@pytest.mark.item("MA-SEC-14")
def test_the_served_description_is_the_reviewed_one(http, evidence):
    """The API describes itself with the document that was reviewed, operation by operation.

    What is attacked and judged here is made from it: a route beside it is judged by nobody.
    """
    reply = http.get(DESCRIPTION)
    assert reply.status == 200, reply.explain("the description of the API")
    served = reply.json()
    extra = sorted(set(served["paths"]) - set(DOCUMENT["paths"]))
    lacking = sorted(set(DOCUMENT["paths"]) - set(served["paths"]))
    evidence.observe(paths_compared=len(served["paths"]), extra=extra, lacking=lacking)
    assert not extra, reply.explain(f"no paths beside the reviewed ones; but {extra}")
    assert not lacking, reply.explain(f"all reviewed paths; {lacking} are gone")
    assert served == DOCUMENT, reply.explain("the reviewed document, value by value")


def _burst(http, limit, headers):
    """Send more than is allowed at once; the answers, and how many were allowed meanwhile."""
    numbers, began = iter(range(10**6)), time.monotonic()
    replies = sampled(
        lambda: http.get(limit.path, headers=headers(next(numbers))),
        BURSTS * limit.requests,
        at_once=4,
    )
    elapsed = time.monotonic() - began
    return replies, limit.requests * (1 + elapsed / limit.window_s)
