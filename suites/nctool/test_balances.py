"""Balances: what a user is shown, what the store holds, and what the mint would honour."""

import pytest


@pytest.mark.item("NC-POST-23")
@pytest.mark.writes
def test_the_balance_is_what_the_store_holds_and_the_mint_honours(purse, limits, evidence):
    """A wallet's balance is the sum of its unspent proofs, and the mint calls those unspent too.

    What waits for a payment must not look spendable: users would be promised it twice.
    """
    purse.funded(64, 32, 8)
    invoice = purse.mint.invoice(10, "hold")
    with purse.melting(invoice.text) as melt:
        invoice.reached(5.0)
        shown, stored = purse.balance(), purse.total("unspent")
        waiting, at_mint = purse.total("pending"), purse.at_the_mint("unspent")
        invoice.release(paid=True)
    settled, left = purse.balance(), purse.total("unspent")
    honoured = sum(1 for state in at_mint.values() if state == "UNSPENT")
    difference = max(abs(shown.unspent - stored), abs(shown.pending - waiting),
                     abs(settled.unspent - left), len(at_mint) - honoured)  # fmt: skip
    limit = limits["balance_difference_sat"]
    evidence.observe(wallets_compared=1, proofs_compared=len(at_mint),
                     balance_difference_sat=difference)  # fmt: skip
    assert waiting >= invoice.amount, melt.explain("tokens that wait for the payment")
    assert shown.unspent + shown.pending == 104, shown.reply.explain("104 sat in all")
    assert limit.holds(difference), shown.reply.explain(
        f"{limit.explain(difference)}; the store holds {stored} sat unspent, {waiting} sat pending"
    )
