"""The service against its OpenAPI document: the same routes, and answers as they are described."""

import httpx
import pytest
from starlette.routing import Route

from contracts import openapi
from fixtures.probes.documented_api import undocumented
from fixtures.reference.nctool.npubs import npub_of
from fixtures.reference.nctool.service.application import create_app
from fixtures.reference.serving import Servers
from tests.reference.nctool.money_rig import ATOMIC, RECONCILIATION

DOCUMENT = openapi.load("nctool")
HARMLESS = frozenset({"HEAD"})


@pytest.fixture
def client(rig):
    rig.flag("enhancedErrorHandling")
    with (
        Servers("the service") as servers,
        httpx.Client(
            base_url=f"http://127.0.0.1:{servers.serve(create_app(rig.here))}", trust_env=False
        ) as made,
    ):
        yield made


def test_the_document_has_the_routes_of_the_service_and_no_others(rig):
    served = {
        (route.path, method)
        for route in create_app(rig.here).routes
        if isinstance(route, Route)
        for method in (route.methods or {"GET"}) - HARMLESS
    }
    documented = {(path, method.upper()) for path, by in DOCUMENT["paths"].items() for method in by}

    assert served == documented


def test_every_reference_of_the_document_leads_somewhere():
    def references(value):
        if isinstance(value, dict):
            yield from ([value["$ref"]] if "$ref" in value else [])
            value = list(value.values())
        for one in value if isinstance(value, list) else []:
            yield from references(one)

    for system in ("nctool", "nctool_mint_control"):
        document = openapi.load(system)
        for reference in references(document):
            found = document
            for part in reference.removeprefix("#/").split("/"):
                found = found[part]


def test_answers_about_money_are_as_documented(rig, client):
    def ask(method, template, body=None, headers=None, **where):
        reply = client.request(method, template.format(**where), json=body, headers=headers)
        problems = undocumented(DOCUMENT, method.lower(), template, reply.status_code, reply.json())
        assert problems == [], f"{method} {template} {reply.status_code}: {reply.text}"
        return reply.status_code, reply.json()

    alice, bob = npub_of("alice of the document"), npub_of("bob of the document")
    admin = {"Authorization": "Bearer planted-secret"}
    seen = [ask("POST", "/api/wallets", {"npub": npub}) for npub in (alice, bob)]
    seen += [
        ask("POST", "/api/wallets", {"npub": "npub1nobody"}),
        ask("POST", "/api/wallets/{npub}/mint", {"amount": 64}, npub=alice),
        ask("POST", "/api/wallets/{npub}/mint", {"amount": -1}, npub=alice),
        ask("GET", "/api/wallets/{npub}/balance", npub=alice),
        ask("GET", "/api/wallets/{npub}/balance", npub=npub_of("nobody of the document")),
    ]
    _, sent = ask("POST", "/api/wallets/{npub}/send", {"amount": 20}, npub=alice)
    seen += [
        ask("POST", "/api/wallets/{npub}/send", {"amount": 1000}, npub=alice),
        ask("POST", "/api/wallets/{npub}/receive", {"token": sent["token"]}, npub=bob),
        ask("POST", "/api/wallets/{npub}/receive", {"token": sent["token"]}, npub=bob),
    ]
    rig.flag(ATOMIC, transactionTimeout=100)
    invoice, held = rig.invoice(amount=5), rig.invoice("hold", amount=5)
    status, paid = ask("POST", "/api/wallets/{npub}/melt", {"invoice": invoice.request}, npub=alice)
    seen += [
        (status, paid),
        ask("POST", "/api/wallets/{npub}/melt", {"invoice": invoice.request}, npub=alice),
        ask("POST", "/api/wallets/{npub}/melt", {"invoice": held.request}, npub=bob),
        ask("POST", "/api/wallets/{npub}/melt", {"invoice": "lnbc1nothing"}, npub=bob),
        ask("POST", "/api/wallets/{npub}/melt",
            {"invoice": rig.invoice("expired").request}, npub=bob),
        ask("GET", "/api/melts/{transaction_id}", transaction_id=paid["transaction_id"]),
        ask("GET", "/api/melts/{transaction_id}", transaction_id="nothing"),
        ask("POST", "/api/admin/reconciliation", {"npub": alice}),
    ]  # fmt: skip
    rig.release(held)
    rig.flag(RECONCILIATION, severityThreshold="HIGH", autoCorrection=True)
    tokens = rig.here.db.cashutokens
    tokens.update_one({"npub": alice, "status": "unspent"}, {"$set": {"status": "pending"}})
    seen.append(ask("POST", "/api/admin/reconciliation", {"npub": alice}, admin))
    tokens.update_many({"npub": alice}, {"$set": {"total_amount": 1}})
    melt = {"invoice": rig.invoice(amount=5).request}
    seen.append(ask("POST", "/api/wallets/{npub}/melt", melt, npub=alice))

    assert [status for status, _ in seen] == [
        201, 201, 400, 201, 400, 200, 404, 402, 201, 409, 200, 409, 202, 502, 410, 200, 404, 401,
        200, 409,
    ]  # fmt: skip


def test_a_body_that_is_none_is_refused_as_documented(client):
    for content in (b"", b"[]", b"\xff", b'{"amount": NaN}', b"{" * 300, b"x" * 70_000):
        reply = client.post("/api/wallets", content=content)
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "invalid_request")
