"""Atomic melts: who gets them, and that each of them happens as a whole or not at all."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.clients.outcomes import NotVerified
from fixtures.probes.cashu import double_counted
from fixtures.probes.melt_operations import assembled, without_operation
from suites.nctool.killed_melts import LATE_MS, drills
from suites.nctool.purse import ATOMIC, OPERATIONS, TOKENS, Purse, switched_off
from suites.nctool.store_wide import counted_twice, proofs_stored

ABOUT_S = 2.0
"""By how much an end counts as the documented one, and not as a later one."""


@pytest.mark.item("NC-FF-14")
@pytest.mark.writes
def test_a_melt_is_atomic_for_users_whom_the_flag_names_and_for_no_others(staging, evidence):
    """Each melt takes the path that the flag says at that moment for that user.

    A path that is decided once and kept makes the flag useless: nobody can be taken off a path
    that loses money, and the first users of a rollout may be all of them, or none.
    """
    chosen, other = Purse.of(staging, 64, 64), Purse.of(staging, 64)
    switched_off(staging, ATOMIC)
    before = chosen.melt(staging.mint.invoice(10).text)
    assert before.json().get("path") == "legacy", before.explain("a legacy melt: the flag is off")
    chosen.gets(staging, ATOMIC, transactionTimeout=20_000)
    after, others = (one.melt(staging.mint.invoice(10).text) for one in (chosen, other))
    marks = {
        name: [one for one in purse.tokens() if (one.get("metadata") or {}).get("atomic_operation")]
        for name, purse in (("chosen", chosen), ("other", other))
    }
    evidence.observe(melts=3, marked={name: len(found) for name, found in marks.items()})
    assert after.json().get("path") == "atomic", after.explain("an atomic melt: the flag names it")
    assert others.json().get("path") == "legacy", others.explain("a legacy melt for anybody else")
    assert marks["chosen"], f"no token of {chosen.npub} says metadata.atomic_operation"
    assert not marks["other"], f"tokens of {other.npub} say metadata.atomic_operation"


@pytest.mark.item("NC-FF-33")
@pytest.mark.writes
def test_a_melt_whose_answer_comes_too_late_is_paid_once(staging, limits, evidence):
    """An invoice that the mint paid is not paid again because the answer did not come in time.

    A time-out says nothing about the payment. Who takes it for a failure and tries another way
    gives the payee the money twice, out of the same wallet.
    """
    purse = Purse.of(staging, 64, 64)
    purse.gets(staging, ATOMIC, transactionTimeout=600, fallbackToLegacy=True)
    invoice = staging.mint.invoice(10, "answer_late", delay_ms=LATE_MS)
    with purse.melting(invoice.text) as melt:
        melt.ended(20.0)
    melts, seen = purse.settled(), invoice.look()
    limit = limits["payments_per_invoice"]
    evidence.observe(payments_per_invoice=seen.payments, melts=len(melts), took_s=melt.took_s)
    assert limit.holds(seen.payments), seen.explain(limit.explain(seen.payments))
    in_time = melt.explain("an answer before the mint's, by which the time-out shows")
    assert melt.took_s * 1000 < LATE_MS, in_time
    assert [one.operation["state"] for one in melts] == ["PAID"], melt.explain("one melt, PAID")
    left = 128 - melts[0].cost
    assert not (problems := purse.problems(left)), "\n".join(problems)


@pytest.mark.item("NC-FF-34")
@pytest.mark.writes
def test_an_atomic_melt_that_the_mint_does_not_begin_ends_in_time(staging, limits, evidence):
    """A stalled mint ends an atomic melt at its time limit, and nothing of it stays behind.

    Without an end the user's tokens stay reserved for as long as the mint pleases, and so does
    the request.
    """
    limit_s = float(limits["transaction_timeout_ms"].value) / 1000
    purse = Purse.of(staging, 64)
    purse.gets(staging, ATOMIC, transactionTimeout=limits["transaction_timeout_ms"].value)
    control = purse.melt(staging.mint.invoice(10).text)
    assert control.json().get("state") == "PAID", control.explain("a melt that the mint pays")
    before = purse.balance()
    invoice = staging.mint.invoice(10, "stall")
    with purse.melting(invoice.text) as melt:
        in_time = melt.ended(limit_s + ABOUT_S + 0.5)
        after = purse.balance()
        invoice.release(paid=True)
    evidence.observe(melts=2, took_ms=round(melt.took_s * 1000))
    assert in_time, f"the melt still waits {ABOUT_S:g} s after its limit of {limit_s:g} s"
    took = melt.explain(f"an end between {limit_s:g} s and {limit_s + ABOUT_S:g} s, not after "
                        f"{melt.took_s:.2f} s")  # fmt: skip
    assert limit_s <= melt.took_s <= limit_s + ABOUT_S, took
    everything = after.reply.explain(f"{before.unspent} sat unspent as before, none pending")
    assert (after.unspent, after.pending) == (before.unspent, 0), everything
    assert invoice.look().payments == 0, "the mint paid after all, with tokens that were given back"
    assert not (problems := purse.problems(before.unspent)), "\n".join(problems)


@pytest.mark.item("NC-FF-41")
def test_the_atomic_melts_of_the_last_day_are_all_consistent(store, limits, evidence):
    """Of every atomic melt of the last day the inputs, the fee and the change add up.

    A validator that counts nothing reports success, so a day without an atomic melt is no result.
    """
    since = datetime.now(UTC) - timedelta(hours=float(limits["window_hours"].value))
    window = {"$gte": since}
    operations = store.find(OPERATIONS, {"path": "atomic", "created_at": window})
    known = {one["transaction_id"] for one in store.find(OPERATIONS, {"path": "atomic"})}
    inputs = [number for one in operations for number in one["inputs"]]
    made = {"transaction_id": {"$in": [one["transaction_id"] for one in operations]}}
    tokens = store.find(TOKENS, {"$or": [{"_id": {"$in": inputs}}, made]})
    moved = {"$or": [{"created_at": window}, {"spent_at": window}]}
    recent = store.find(TOKENS, {"metadata.atomic_operation": True, **moved})
    failed = [problem for one in assembled(operations, tokens) for problem in one.problems()]
    strangers = without_operation(recent, known)
    limit = limits["failed_operations"]
    evidence.observe(operations_checked=len(operations), tokens_checked=len(recent),
                     failed_operations=len(failed) + len(strangers))  # fmt: skip
    if not operations and not recent:
        raise NotVerified(f"there was no atomic melt since {since:%Y-%m-%d %H:%M} UTC: no data.")
    assert not strangers, f"{len(strangers)} tokens are of atomic melts that nobody wrote down"
    assert limit.holds(len(failed)), "\n".join([limit.explain(len(failed)), *failed[:20]])


@pytest.mark.item("NC-FF-42")
@pytest.mark.writes
def test_after_a_melt_every_proof_of_the_wallet_counts_once(staging, limits, evidence):
    """What a melt leaves in a wallet is there once, unspent at the mint, and what it took is spent.

    A change that is stored twice is money that the wallet shows and the mint will not honour.
    """
    purse = Purse.of(staging, 64, 32).gets(staging, ATOMIC, transactionTimeout=20_000)
    melt = purse.melt(staging.mint.invoice(10).text)
    assert melt.json().get("state") == "PAID", melt.explain("a melt that is paid")
    wrong = double_counted(purse.tokens())
    unspent, spent = purse.at_the_mint("unspent"), purse.at_the_mint("spent")
    limit = limits["double_counted_proofs"]
    evidence.observe(proofs_checked=len(unspent) + len(spent), double_counted_proofs=len(wrong))
    assert unspent, "the wallet has no unspent proof after a melt that leaves change"
    assert limit.holds(len(wrong)), f"{limit.explain(len(wrong))}: {list(wrong.items())[:5]}"
    assert set(unspent.values()) == {"UNSPENT"}, f"unspent here, at the mint {unspent.values()}"
    assert set(spent.values()) == {"SPENT"}, f"spent here, at the mint {spent.values()}"


@pytest.mark.item("NC-FF-42")
def test_no_proof_in_the_store_counts_twice(store, limits, evidence):
    """No secret stands in two tokens of the store of which one counts as unspent.

    The wallets that a test makes are sound by chance; users' wallets have years of history.
    """
    checked, wrong = proofs_stored(store), counted_twice(store)
    limit = limits["double_counted_proofs"]
    evidence.observe(proofs_checked=checked, double_counted_proofs=len(wrong))
    if not checked:
        raise NotVerified("the store holds no proof at all: there is nothing to count.")
    assert limit.holds(len(wrong)), f"{limit.explain(len(wrong))}: {wrong[:5]}"


@pytest.mark.item("NC-FF-43")
@pytest.mark.writes
@pytest.mark.disrupts
def test_a_melt_whose_process_is_killed_happens_as_a_whole_or_not_at_all(
    staging, staging_cluster, evidence
):
    """A melt that loses its process ends paid, its change stored, or unpaid, with all given back.

    Anything between costs somebody money: spent tokens without a payment, a payment with tokens
    that can be spent again, change of a payment that never was.
    """
    under_way = drills(staging)
    with ExitStack() as stack:
        for one in under_way:
            one.begin(stack)
        asked = [one.reached() for one in under_way]
        killed = staging_cluster.delete_pods()
        for one in under_way:
            one.finish()
    staging.wait_until_up()
    found = [one.problems() for one in under_way]
    problems = [problem for _, some in found for problem in some]
    evidence.observe(
        pods_killed=len(killed), melts=len(under_way), payments=[paid for paid, _ in found]
    )
    for before in asked:
        assert before.attempts == 1, before.explain("one payment, asked for before the kill")
    assert not problems, "\n".join(problems)
