import json

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.meta_aggregator import Domain, MetaAggregator, signing_types
from fixtures.clients.outcomes import CapabilityMissing
from fixtures.clients.recording import NullRecorder
from fixtures.clients.wallets import Wallet
from tests.clients.stub import stub

TOKEN = "tok_0123456789abcdef"
BASE, QUOTE = "0x" + "11" * 20, "0x" + "22" * 20


@pytest.fixture
def wallet():
    return Wallet.fresh()


@pytest.fixture
def server():
    states = iter(["open", "matched", "settled"])
    routes = {
        "/api/orders": (201, {}, {"id": "0x01", "status": "open"}),
        "/api/orders/0x01": lambda *_: {"status": next(states, "settled")},
        "/api/orders/0x01/cancel": (409, {}, {"error": {"code": "not_open", "message": "…"}}),
        "/api/withdrawals": (502, {"Content-Type": "text/html"}, b"<html>"),
        "/api/auth/challenge": {"message": "sign me", "nonce": "1"},
        "/api/auth/login": {"address": "0x", "token": TOKEN},
        "/api/auth/session": lambda *_: {"seen": True},
        "/api/quote": {"buyAmount": "1"},
    }
    with stub(routes) as server:
        yield server


@pytest.fixture
def api(server):
    return MetaAggregator(HttpClient(server.url, NullRecorder()), domain=Domain(31337, BASE))


def test_a_submission_tells_whether_and_why_not(api, server, wallet):
    order = api.signed_order(wallet, sell_token=BASE, buy_token=QUOTE, sell_amount=1, buy_amount=2)
    taken = api.submit(order)
    assert (taken.accepted, taken.id, taken.refused_for) == (True, "0x01", "")
    sent = json.loads(server.requests[-1][3])
    assert sent == {"order": dict(order.message), "signature": order.signature}
    assert list(order.message) == [part["name"] for part in signing_types()["types"]["Order"]]
    refused = api.cancel("0x01", wallet)
    assert (refused.accepted, refused.refused_for) == (False, "not_open")
    assert "answered 409" in refused.explain()


def test_a_refusal_without_a_code_is_named_by_its_status(api, wallet):
    answer = api.withdraw(api.signed_withdrawal(wallet, BASE, 5))
    assert answer.refused_for == "status 502"


def test_waiting_for_an_order_returns_it_as_it_last_was(api):
    assert api.wait_for_order("0x01", "settled", deadline_s=5)["status"] == "settled"
    assert api.wait_for_order("0x01", "cancelled", deadline_s=0.2)["status"] == "settled"


def test_a_session_token_is_known_to_the_redactor_and_never_shown(api, wallet):
    login = api.login(wallet)
    assert login.accepted
    api.session(login.token)
    api.http.get(f"/api/orders/{TOKEN}")
    shown = json.dumps(api.http.recorder.lines) + repr(login) + login.explain()
    assert TOKEN not in shown


def test_quotes_name_chain_pair_amount_and_source(api, server):
    api.quote(1, BASE, QUOTE, 10**18, "0x")
    assert server.requests[-1][1] == (
        f"/api/quote?chainId=1&sellToken={BASE}&buyToken={QUOTE}"
        "&sellAmount=1000000000000000000&source=0x"
    )


def test_nothing_is_signed_for_an_unknown_domain(server, wallet):
    api = MetaAggregator(HttpClient(server.url, NullRecorder()))
    with pytest.raises(CapabilityMissing, match="no signing domain is known"):
        api.signed_withdrawal(wallet, BASE, 1)
