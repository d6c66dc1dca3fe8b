import json

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.mint import CHECKED_AT_ONCE, Mint
from fixtures.clients.outcomes import ClientError, NotVerified
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor
from tests.clients.stub import stub

INVOICE = {
    "id": "i", "invoice": "lnbc1", "amount": 10, "behaviour": "hold",
    "quotes": 2, "attempts": 1, "payments": [{"quote": "q"}],
}  # fmt: skip


def mint_at(url, effects=("read", "write")):
    recorder = NullRecorder(Redactor([]))
    recorder.grant(effects)
    client = HttpClient(url, recorder)
    return Mint(client, lambda: client)


def states(_, body):
    return {"states": [{"Y": y, "state": "SPENT"} for y in json.loads(body)["Ys"]]}


def test_states_are_asked_in_portions_and_none_may_be_missing():
    points = [f"{n:02x}" for n in range(CHECKED_AT_ONCE + 1)]
    with stub({"/v1/checkstate": states}) as server:
        found = mint_at(server.url).states(points)
        assert len(server.requests) == 2
    assert found == dict.fromkeys(points, "SPENT")
    with (
        stub({"/v1/checkstate": {"states": []}}) as server,
        pytest.raises(ClientError, match="1 lack one"),
    ):
        mint_at(server.url).states(["02"])


def test_an_invoice_is_made_looked_at_and_released():
    routes = {
        "/invoices": (201, {}, INVOICE),
        "/invoices/i": INVOICE,
        "/invoices/i/release": INVOICE,
    }
    with stub(routes) as server:
        invoice = mint_at(server.url).invoice(10, "hold")
        seen = invoice.reached(1.0)
        invoice.release(paid=False)
        asked = [(method, path) for method, path, _, _ in server.requests]
        bodies = [json.loads(body) for *_, body in server.requests if body]
    assert (invoice.text, invoice.amount) == ("lnbc1", 10)
    assert (seen.quotes, seen.attempts, seen.payments) == (2, 1, 1)
    assert asked[0] == ("POST", "/invoices")
    assert asked[-1] == ("POST", "/invoices/i/release")
    assert bodies == [{"amount": 10, "behaviour": "hold"}, {"outcome": "failed"}]


def test_a_control_that_refuses_is_no_observation():
    with (
        stub({"/invoices": (400, {}, {"detail": "no", "code": 400})}) as server,
        pytest.raises(ClientError, match="an invoice, with status 201"),
    ):
        mint_at(server.url).invoice(10)


def test_a_mint_is_put_back_within_reach_whatever_happens():
    with stub({"/network": {"reachable": True}}) as server:
        with pytest.raises(RuntimeError), mint_at(server.url).out_of_reach():
            raise RuntimeError
        bodies = [json.loads(body) for *_, body in server.requests]
    assert bodies == [{"reachable": False}, {"reachable": True}]


def test_nothing_is_asked_of_the_control_by_a_check_that_may_only_read():
    with stub({"/invoices": (201, {}, INVOICE)}) as server:
        with pytest.raises(NotVerified):
            mint_at(server.url, effects=("read",)).invoice(10)
        assert server.requests == []
