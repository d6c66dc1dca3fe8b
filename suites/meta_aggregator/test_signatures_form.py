"""Signatures that no wallet writes: what is malformed or malleable is refused by name."""

import pytest

from suites.meta_aggregator.forms import FORMS, MALLEABLE


@pytest.mark.item("MA-SIG-09")
@pytest.mark.writes
@pytest.mark.parametrize(("form", "reason"), FORMS)
def test_the_api_refuses_a_malformed_signature_by_name(desk, evidence, form, reason):
    """A signature in any but the documented form is refused, with the reason.

    Every second form of one signature is a way past whoever remembers signatures.
    """
    control, order = desk.submit(desk.order()), desk.order()
    attempt = desk.submit(order.with_signature(form(_bytes(order))))
    evidence.observe(signatures_tried=1, refused_for=attempt.refused_for)

    assert control.accepted, control.explain("an accepted order in the documented form")
    assert attempt.refused_for == reason, attempt.explain(reason)
    assert attempt.reply.status == 400, attempt.explain("status 400")


@pytest.mark.item("MA-SIG-09")
@pytest.mark.writes
def test_the_twin_of_a_signature_is_no_fresh_order(desk, api, forked_escrow, evidence):
    """An order in the book stays one order, whatever other signature of it somebody computes.

    From every signature anybody can compute a second one that recovers to the same address.
    """
    order = desk.order()
    first, twin = desk.submit(order), desk.submit(order.malleable())
    listed = api.orders(maker=order.wallet.address)
    by_contract = forked_escrow.verdict_on_order(order, desk.domain)
    twin_by_contract = forked_escrow.verdict_on_order(order.malleable(), desk.domain)
    evidence.observe(signatures_tried=2, twin=[twin.refused_for, twin_by_contract])

    assert first.accepted, first.explain("an accepted order")
    assert by_contract == "", f"expected the order settled on the fork, observed {by_contract}"
    assert twin.refused_for == MALLEABLE, twin.explain(MALLEABLE)
    assert twin_by_contract == "InvalidSignature", f"the contract says {twin_by_contract!r}"
    assert listed.status == 200, listed.explain("status 200")
    signatures = [entry["signature"] for entry in listed.json()["orders"]]
    assert signatures == [order.signature], listed.explain("one order with its first signature")


def _bytes(signed):
    return bytes.fromhex(signed.signature[2:])
