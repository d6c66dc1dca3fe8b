"""What people stated after the release was out, and the flow that they signed off."""

import pytest

from fixtures.clients.waiting import until
from suites.nctool.purse import ATOMIC, Purse

REACHED_S = 10.0
SETTLED_S = 15.0


@pytest.mark.item("NC-POST-03")
@pytest.mark.writes
def test_a_user_can_pay_an_invoice_and_watch_it_being_paid(attestation, staging, release, evidence):
    """A test user pays an invoice and sees its state change; a person signed the flow off.

    Who is told for ever that a payment is under way pays a second time.
    """
    purse = Purse.of(staging, 64, 16).gets(staging, ATOMIC, transactionTimeout=20_000)
    invoice = staging.mint.invoice(20, "hold")
    with purse.melting(invoice.text):
        invoice.reached(REACHED_S)
        transaction = purse.melts()[0].operation["transaction_id"]
        under_way = purse.api.melt_of(transaction)
        invoice.release(paid=True)

    def paid():
        return purse.api.melt_of(transaction).json().get("state") == "PAID"

    until(paid, SETTLED_S)
    last = purse.api.melt_of(transaction)

    evidence.observe(flow=attestation.facts.get("flow"), sign_off=attestation.facts.get("sign_off"))
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert str(attestation.facts.get("sign_off", "")).strip(), "nobody signed the flow off"
    assert under_way.json()["state"] == "PENDING", under_way.explain("a payment under way")
    assert [one.operation["state"] for one in purse.settled()] == ["PAID"], "it was never paid"
    assert last.json()["state"] == "PAID", last.explain("the state PAID once it is paid")


@pytest.mark.item("NC-POST-13")
def test_operations_of_the_first_week_reached_the_business_target(
    attestation, release, limits, evidence
):
    """More operations succeeded in the first week than the plan demands, by the counted figures.

    A share that somebody rounded is no share: it is computed here from what was counted.
    """
    total, succeeded = (int(attestation.facts[name]) for name in ("operations", "succeeded"))
    assert total > 0, "no operation was counted: nothing can be said about a share of them"
    share = 100 * succeeded / total

    evidence.observe(operations=total, operation_success_pct=round(share, 3))
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert 0 <= succeeded <= total, f"{succeeded} of {total} operations cannot have succeeded"
    limit = limits["operation_success_pct"]
    assert limit.holds(share), limit.explain(round(share, 3))


@pytest.mark.item("NC-POST-14")
def test_enough_users_said_that_they_are_content(attestation, release, limits, evidence):
    """A survey that enough users answered shows that they are content with the release.

    Three friendly answers are an anecdote.
    """
    answers, satisfaction = attestation.facts["answers"], attestation.facts["satisfaction"]

    evidence.observe(answers=answers, satisfaction=satisfaction)
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert limits["answers"].holds(answers), limits["answers"].explain(answers)
    assert limits["satisfaction"].holds(satisfaction), limits["satisfaction"].explain(satisfaction)
    assert satisfaction <= 5, f"{satisfaction} is no mean of answers from 1 to 5"
