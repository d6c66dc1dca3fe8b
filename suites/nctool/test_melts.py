"""Melts as users meet them: an invoice is paid, or they are told why not."""

import pytest

from suites.nctool.purse import Purse


@pytest.mark.item("NC-POST-22")
@pytest.mark.writes
def test_a_melt_pays_once_and_gives_back_what_it_did_not_need(purse, evidence):
    """A user who pays an invoice pays it once, and keeps everything but its amount and the fee.

    A wallet hands the mint more than the invoice costs; what comes back is the user's money.
    """
    purse.funded(64)
    invoice = purse.mint.invoice(10)
    melt = purse.melt(invoice.text)
    assert melt.status == 200, melt.explain("status 200")
    said, seen, melts = melt.json(), invoice.look(), purse.melts()
    balance, states = purse.balance(), purse.at_the_mint("spent")
    fee = said["fee_paid"]
    evidence.observe(melts=1, payments=seen.payments, fee_sat=fee, change_sat=said["change"])
    assert said["state"] == "PAID", melt.explain("a melt that is PAID")
    assert seen.payments == 1, seen.explain("one payment")
    assert 0 <= fee <= melts[0].operation["fee_reserve"], melt.explain("a fee within its reserve")
    assert said["change"] == 64 - 10 - fee, melt.explain(f"change of {64 - 10 - fee} sat")
    assert balance.unspent == 64 - 10 - fee, balance.reply.explain(f"{64 - 10 - fee} sat unspent")
    assert set(states.values()) == {"SPENT"}, f"of the spent proofs the mint says {states}"
    assert not (problems := purse.problems(balance.unspent)), "\n".join(problems)


@pytest.mark.item("NC-POST-24")
@pytest.mark.writes
@pytest.mark.disrupts
def test_foreseen_failures_are_told_by_their_class_and_change_nothing(staging, evidence):
    """What cannot be paid is refused with the documented code, and the wallet stays as it was.

    A failure that nobody foresaw answers 500: the user does not know whether the money is gone,
    and operations look for a defect where there is none.
    """
    purse, mint = Purse.of(staging, 64), staging.mint
    slow, unpaid = mint.invoice(10, "pay_after", delay_ms=300), mint.invoice(10)
    with purse.melting(slow.text, "key") as first, purse.melting(slow.text, "key") as second:
        assert first.ended(10.0), first.explain("an answer")
        assert second.ended(10.0), second.explain("an answer")
    melts, before = purse.settled(), purse.balance()
    repeated = purse.melt(slow.text)
    expired, costly = (purse.melt(one.text) for one in (mint.invoice(10, "expired"),
                                                        mint.invoice(100_000)))  # fmt: skip
    with mint.out_of_reach():
        unreachable = purse.melt(unpaid.text)
    after, payments = purse.balance(), slow.look().payments
    evidence.observe(failures=4, payments=payments)
    answers = {each.reply.json().get("transaction_id") for each in (first, second) if each.reply}
    assert answers == {one.name for one in melts}, first.explain("one melt for both requests")
    assert payments == 1, f"the invoice was paid {payments} times"
    assert _refusal(repeated) == (409, "conflict"), repeated.explain("409: the invoice is paid")
    assert _refusal(expired) == (410, "invoice_expired"), expired.explain("410 invoice_expired")
    assert _refusal(costly) == (402, "insufficient_balance"), costly.explain("402")
    assert _refusal(unreachable) == (503, "mint_unreachable"), unreachable.explain("503, foreseen")
    assert unpaid.look().payments == 0, "the mint paid although it was out of reach"
    assert (after.unspent, after.pending) == (before.unspent, 0), after.reply.explain(
        f"{before.unspent} sat unspent as before"
    )


def _refusal(reply):
    """Status and code of a refusal."""
    error = reply.json().get("error") or {}
    return reply.status, error.get("code", "")
