"""Signatures that no wallet writes: what is malformed or malleable is refused by name."""

import pytest

from fixtures.clients.meta_aggregator import NOBODY
from fixtures.clients.wallets import Wallet
from fixtures.probes.eip712.signature import ORDER, Convention, parse

LENGTH, MALLEABLE, INVALID = "bad_signature_length", "malleable_signature", "invalid_signature"


def _compact(raw):
    return parse(raw).written(Convention.COMPACT)


def _with_v(v):
    return lambda raw: raw[:64] + bytes([v])


def _with_parity_as_v(raw):
    return raw[:64] + bytes([raw[64] - 27])


def _with_r(r):
    return lambda raw: r.to_bytes(32, "big") + raw[32:]


def _with_s(s):
    return lambda raw: raw[:32] + s.to_bytes(32, "big") + raw[64:]


def _twin(raw):
    return parse(raw).twin().written()


FORMS = [
    pytest.param(lambda _: b"", LENGTH, id="empty"),
    pytest.param(lambda raw: raw[:64], LENGTH, id="truncated"),
    pytest.param(_compact, LENGTH, id="compact-eip-2098"),
    pytest.param(lambda raw: raw + b"\x00", LENGTH, id="one-byte-too-long"),
    pytest.param(lambda raw: raw + bytes(4096), LENGTH, id="far-too-long"),
    pytest.param(lambda _: bytes(65), INVALID, id="zero"),
    pytest.param(_with_parity_as_v, INVALID, id="v-0-or-1"),
    pytest.param(_with_v(2), INVALID, id="v-2"),
    pytest.param(_with_v(26), INVALID, id="v-26"),
    pytest.param(_with_v(29), INVALID, id="v-29"),
    pytest.param(_with_v(255), INVALID, id="v-255"),
    pytest.param(_with_r(0), INVALID, id="r-zero"),
    pytest.param(_with_r(ORDER), INVALID, id="r-order-of-curve"),
    pytest.param(_with_s(0), INVALID, id="s-zero"),
    pytest.param(_with_s(ORDER), MALLEABLE, id="s-order-of-curve"),
    pytest.param(_with_s(ORDER - 1), MALLEABLE, id="s-one-below-order"),
    pytest.param(_twin, MALLEABLE, id="high-s-twin"),
]
"""What is made of an honest signature, and the reason for which it must be refused."""


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
@pytest.mark.parametrize(("form", "reason"), FORMS)
def test_the_contract_refuses_what_the_api_refuses(forked_escrow, api, evidence, form, reason):
    """The contract takes a signature in one form only, however it gets there.

    Everybody can pass the API by and bring a message to the contract.
    """
    honest = api.signed_withdrawal(Wallet.fresh(), NOBODY, 1)
    control = forked_escrow.verdict_on_withdrawal(honest)
    attempt = forked_escrow.verdict_on_withdrawal(honest.with_signature(form(_bytes(honest))))
    evidence.observe(signatures_tried=1, before=control or "paid", after=attempt or "paid")

    assert control == "", f"expected the honest withdrawal paid, observed {control}"
    assert attempt == "InvalidSignature", (
        f"{reason} at the API; expected InvalidSignature of the contract, observed "
        f"{attempt or 'a payment'} ({forked_escrow.chain.last_evidence})"
    )


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
