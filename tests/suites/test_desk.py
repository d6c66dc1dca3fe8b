"""Nothing is sent unless both encoders agree, and what was accepted is taken back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.clients.http import HttpClient
from fixtures.clients.meta_aggregator import Domain, MetaAggregator
from fixtures.clients.recording import NullRecorder
from suites.meta_aggregator import desk as desks
from suites.meta_aggregator.desk import FOREIGN_DOMAINS, Desk, desk_at, digest
from tests.clients.stub import stub

BASE, QUOTE, ESCROW = ("0x" + digits * 20 for digits in ("11", "22", "33"))
DOMAIN = Domain(31337, ESCROW)
numbers = st.integers(0, 2**256 - 1)


@pytest.fixture
def server():
    routes = {"/api/orders": (201, {}, {"id": "0x01"}), "/api/withdrawals": (409, {}, {})}
    with stub(routes) as running:
        yield running


@pytest.fixture
def api(server):
    return MetaAggregator(HttpClient(server.url, NullRecorder()), domain=DOMAIN)


@pytest.fixture
def desk(api):
    return Desk(api, BASE, QUOTE)


def test_accepted_orders_are_taken_back_once(desk, server):
    order, withdrawal = desk.order(), desk.withdrawal()
    desk.submit(order)
    desk.submit(withdrawal)
    desk.clear()
    desk.clear()
    paths = [path for _, path, _, _ in server.requests]
    assert paths == ["/api/orders", "/api/withdrawals", f"/api/orders/{order.id}/cancel"]


def test_orders_sent_at_once_all_arrive(desk, server):
    answers = desk.submit_at_once([desk.order() for _ in range(5)])
    assert [answer.accepted for answer in answers] == [True] * 5
    assert len(server.requests) == 5


def test_nothing_is_sent_when_the_encoders_differ(desk, server, monkeypatch):
    monkeypatch.setattr(desks, "own_digest", lambda _: "0x00")
    with pytest.raises(AssertionError, match="the probe 0x00"):
        desk.submit(desk.order())
    assert server.requests == []


@given(sell=numbers, nonce=numbers, chain=st.integers(1, 2**64), version=st.text())
def test_both_encoders_agree_on_any_order_and_domain(sell, nonce, chain, version):
    api = MetaAggregator(None, domain=replace(DOMAIN, chain_id=chain, version=version))
    order = Desk(api, BASE, QUOTE).order(sell_amount=sell, nonce=nonce)
    assert digest(order) == order.id


@pytest.mark.parametrize("difference", FOREIGN_DOMAINS)
def test_every_foreign_domain_gives_another_digest_on_which_both_agree(desk, difference):
    order = desk.order()
    foreign = order.signed_for(FOREIGN_DOMAINS[difference](DOMAIN))
    assert digest(foreign) != digest(order)
    assert foreign.signature != order.signature


def test_another_environment_is_signed_for_as_it_announces_itself():
    said = {
        "typedData": {"chainId": 5, "verifyingContract": QUOTE},
        "tokens": [{"address": BASE}, {"address": ESCROW}],
    }
    with stub({"/api/config": said}) as running:
        order = desk_at(HttpClient(running.url, NullRecorder())).order()
    assert order.domain == Domain(5, QUOTE)
    assert (order.message["sellToken"], order.message["buyToken"]) == (BASE, ESCROW)
