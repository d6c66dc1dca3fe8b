"""The order book as a whole: what stands in it was signed by those whose funds it moves."""

import time
from collections import Counter

import pytest

from fixtures.clients.signing import signing_types

NOT_THE_MAKERS = frozenset(
    {
        "altered",
        "contract_wallet",
        "malformed",
        "malformed_signature",
        "malleable_signature",
        "other_domain",
        "wrong_id",
        "wrong_signer",
    }
)
"""Reasons for which an order, as it stands, is not what its maker signed."""


@pytest.fixture
def open_orders(http, api, chain, tmp_path):
    """An audit of every open order that the API lists, page by page."""
    from contracts import order_books
    from fixtures.audit_orders.asking import Witness
    from fixtures.audit_orders.auditing import Job, audit
    from fixtures.clients.order_sources.opening import paged_api
    from fixtures.probes.order_audit.terms import Deployment, Terms
    from fixtures.workers.executors import Here

    layout = order_books.read()
    published = signing_types()
    domain = api.domain.as_json()
    where = (domain["chainId"], domain["verifyingContract"])
    terms = Terms(
        types=published["types"],
        struct=layout.struct,
        roles=layout.roles,
        home=Deployment("", *where, domain["name"], domain["version"]),
        now=int(time.time()),
    )
    book = paged_api(http, layout, terms.fields, tmp_path / "orders.jsonl")
    with audit(Job(book, terms, layout, Here(), witness=Witness(chain, *where))) as done:
        yield done


@pytest.mark.item("MA-SIG-02")
def test_every_open_order_is_what_its_maker_signed(open_orders, evidence):
    """Every open order that the API lists was signed by its maker, for this deployment, as it is.

    A forged order that came in once stays a claim on its maker's funds until somebody looks.
    """
    summary = open_orders.summary
    foreign = [one for one in open_orders.findings() if one.reason in NOT_THE_MAKERS]
    evidence.observe(
        orders_audited=summary.orders,
        orders_not_the_makers=len({one.position for one in foreign}),
        findings=dict(Counter(one.reason for one in open_orders.findings())),
    )
    if not summary.orders:
        evidence.inconclusive("the book has no open order, so there is no signature to judge")

    named = "; ".join(f"order {one.order}: {one.reason}, {one.detail}" for one in foreign[:10])
    assert not foreign, f"of {summary.orders} open orders, not as their makers signed them: {named}"
