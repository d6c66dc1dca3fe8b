import asyncio

import httpx
import pytest

from fixtures.reference.nctool.cashu import Blank, powers_of, total, y_of
from fixtures.reference.nctool.mint import Mint
from fixtures.reference.nctool.mint.ledger import Refused
from fixtures.reference.nctool.mint.lightning import Behaviour, reserve
from fixtures.reference.nctool.mint.serving import Mints


@pytest.fixture
def mint():
    return Mint("a test")


@pytest.fixture
def served():
    """A mint that serves, with clients of its protocol and its control."""
    mints = Mints(["a test"])
    one = mints["a test"]
    with (
        httpx.Client(base_url=one.url, trust_env=False) as client,
        httpx.Client(base_url=one.control_url, trust_env=False) as control,
    ):
        yield one.mint, client, control
    mints.close()


def outputs(mint, *amounts):
    return [Blank.fresh().message(mint.keyset.id, amount) for amount in amounts]


def refusal(call, *arguments):
    async def done():
        result = call(*arguments)
        return await result if asyncio.iscoroutine(result) else result

    with pytest.raises(Refused) as refused:
        asyncio.run(done())
    return refused.value.code


def states(mint, proofs):
    return {one["state"] for one in mint.ledger.states([y_of(p["secret"]) for p in proofs])}


async def melted(mint, invoice, proofs, blanks=()):
    quote = mint.ledger.melt_quote(invoice.request)
    return await mint.ledger.melt(quote.id, proofs, list(blanks))


def test_a_swap_spends_what_comes_in_and_signs_as_much(mint):
    proofs = mint.keyset.issue(24)

    signed = mint.ledger.swap(proofs, outputs(mint, 16, 8))

    assert [one["amount"] for one in signed] == [16, 8]
    assert states(mint, proofs) == {"SPENT"}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda proofs: [*proofs, proofs[0]], 11007),
        (lambda proofs: [{**proofs[0], "C": proofs[1]["C"]}, proofs[1]], 10001),
        (lambda proofs: [{**proofs[0], "amount": 16}], 10001),
        (lambda proofs: [{**proofs[0], "id": "00ffffffffffffff"}], 12001),
        (lambda proofs: proofs[:1], 11005),
        (lambda _: [], 11005),
        (lambda _: "proofs", 10001),
    ],
    ids=("twice", "swapped signatures", "raised", "another keyset", "too little", "none", "text"),
)
def test_a_swap_of_what_is_not_worth_it_is_refused_and_spends_nothing(mint, spoil, code):
    proofs = mint.keyset.issue(24)
    mint.ledger.swap(mint.keyset.issue(24), outputs(mint, 16, 8))  # the honest one

    assert refusal(mint.ledger.swap, spoil(proofs), outputs(mint, 16, 8)) == code
    assert states(mint, proofs) == {"UNSPENT"}


def test_an_output_is_signed_once(mint):
    wanted = outputs(mint, 8)
    mint.ledger.swap(mint.keyset.issue(8), wanted)

    assert refusal(mint.ledger.swap, mint.keyset.issue(8), wanted) == 11003


def test_signatures_can_be_had_again_and_only_those(mint):
    wanted, others = outputs(mint, 8, 4), outputs(mint, 2)
    signed = mint.ledger.swap(mint.keyset.issue(12), wanted)

    known, again = mint.ledger.restore([*others, *wanted])

    assert (known, again) == (wanted, signed)


def test_a_mint_quote_is_issued_once(mint):
    quote = mint.ledger.mint_quote(10)
    mint.ledger.mint(quote.id, outputs(mint, 8, 2))

    assert refusal(mint.ledger.mint, quote.id, outputs(mint, 8, 2)) == 20002


def test_a_melt_returns_what_it_did_not_need(mint):
    invoice = mint.ledger.lightning.invoice(10)
    proofs = mint.keyset.issue(64)

    quote = asyncio.run(melted(mint, invoice, proofs, outputs(mint, *[1] * 6)))

    assert (quote.state, len(invoice.payments)) == ("PAID", 1)
    assert total(quote.change) == 64 - 10 - 1
    assert [one["amount"] for one in quote.change] == powers_of(53)
    assert states(mint, proofs) == {"SPENT"}


def test_a_melt_with_less_than_the_reserve_is_refused(mint):
    invoice = mint.ledger.lightning.invoice(10)
    proofs = mint.keyset.issue(10 + reserve(10) - 1)

    assert refusal(melted, mint, invoice, proofs) == 11005
    assert states(mint, proofs) == {"UNSPENT"}


def test_a_payment_that_fails_gives_the_proofs_back(mint):
    invoice = mint.ledger.lightning.invoice(10, Behaviour.FAIL)
    proofs = mint.keyset.issue(64)

    assert refusal(melted, mint, invoice, proofs) == 20004
    assert states(mint, proofs) == {"UNSPENT"}
    assert invoice.payments == []


def test_while_a_payment_is_held_its_proofs_and_its_quote_are_pending(mint):
    async def scene():
        invoice = mint.ledger.lightning.invoice(10, Behaviour.HOLD)
        proofs = mint.keyset.issue(64)
        quote = mint.ledger.melt_quote(invoice.request)
        melt = asyncio.create_task(mint.ledger.melt(quote.id, proofs, []))
        await asyncio.sleep(0)
        assert (quote.state, states(mint, proofs)) == ("PENDING", {"PENDING"})
        with pytest.raises(Refused, match="pending"):
            mint.ledger.swap(proofs, outputs(mint, 64))
        with pytest.raises(Refused, match="pending"):
            await mint.ledger.melt(quote.id, proofs, [])
        mint.ledger.lightning.release(invoice, paid=True)
        await melt
        return quote, invoice, proofs

    quote, invoice, proofs = asyncio.run(scene())
    assert (quote.state, states(mint, proofs), len(invoice.payments)) == ("PAID", {"SPENT"}, 1)


def test_a_stalled_payment_cannot_be_made_with_proofs_that_were_exchanged_meanwhile(mint):
    async def scene():
        invoice = mint.ledger.lightning.invoice(10, Behaviour.STALL)
        proofs = mint.keyset.issue(64)
        melt = asyncio.create_task(melted(mint, invoice, proofs))
        await asyncio.sleep(0)
        mint.ledger.swap(proofs, outputs(mint, 64))
        mint.ledger.lightning.release(invoice, paid=True)
        with pytest.raises(Refused, match="spent"):
            await melt
        return invoice

    assert asyncio.run(scene()).payments == []


def test_an_invoice_that_has_expired_gets_no_quote(mint):
    invoice = mint.ledger.lightning.invoice(10, Behaviour.EXPIRED)

    assert refusal(mint.ledger.melt_quote, invoice.request) == 20007
    assert refusal(mint.ledger.melt_quote, "lnbc1nothing") == 20004


def test_proofs_of_an_earlier_life_are_spent(mint):
    proofs = mint.keyset.issue(12)
    mint.import_spent(proof["secret"] for proof in proofs)

    assert states(mint, proofs) == {"SPENT"}
    assert refusal(mint.ledger.swap, proofs, outputs(mint, 8, 4)) == 11001


def test_the_protocol_publishes_keys_and_refuses_in_its_own_words(served):
    mint, client, _ = served

    (keyset,) = client.get("/v1/keys").json()["keysets"]
    refused = client.post("/v1/swap", content=b"nothing")

    assert keyset["id"] == client.get("/v1/keysets").json()["keysets"][0]["id"]
    assert keyset["keys"]["1"] == mint.keyset.public[1]
    assert (refused.status_code, set(refused.json())) == (400, {"detail", "code"})


def test_the_control_makes_invoices_and_tells_what_became_of_them(served):
    _, _, control = served

    made = control.post("/invoices", json={"amount": 10, "behaviour": "hold"})
    found = control.get(f"/invoices/{made.json()['id']}")
    released = control.post(f"/invoices/{made.json()['id']}/release", json={"outcome": "later"})

    assert (made.status_code, found.json()) == (201, made.json())
    assert found.json()["payments"] == []
    assert released.status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"amount": 0}, 400),
        ({"amount": "10"}, 400),
        ({"amount": 10, "behaviour": "vanish"}, 400),
        ({"amount": 10, "behaviour": "pay", "delay_ms": 5}, 400),
    ],
    ids=("nothing", "text", "unknown behaviour", "delay without need"),
)
def test_the_control_refuses_what_it_does_not_know(served, body, status):
    _, _, control = served

    assert control.post("/invoices", json=body).status_code == status


def test_a_mint_out_of_reach_is_answered_for_by_its_gateway(served):
    _, client, control = served
    control.put("/network", json={"reachable": False})
    away = client.get("/v1/keys").status_code
    control.put("/network", json={"reachable": True})

    assert (away, client.get("/v1/keys").status_code) == (503, 200)
