"""A process that ends at any step of an atomic melt leaves nothing that recovery cannot settle."""

import contextlib
import itertools

import pytest

from tests.reference.nctool.money_rig import ATOMIC, INVOICE

FUNDS = (64, 32)
CALLS = ("melt_quote", "melt", "find_melt_quote", "swap", "restore")
BEHAVIOURS = ("pay", "fail", "hold")


class Ended(BaseException):
    """The process ended here; nothing in it can catch that."""


class Mortal:
    """A mint's client whose process ends before or after one of its calls."""

    def __init__(self, mint, call, when):
        self._mint, self._call, self._when = mint, call, when
        self.died = False

    def __getattr__(self, name):
        found = getattr(self._mint, name)
        if name != self._call:
            return found

        def call(*arguments, **more):
            self.died = True
            if self._when == "after":
                found(*arguments, **more)
            raise Ended

        return call


def mortal(rig, call, when):
    """A process that will end at a call."""
    context = rig.context()
    context.__dict__["mint"] = Mortal(context.mint, call, when)
    return context


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_melt_that_loses_its_process_is_settled_by_the_next(rig, behaviour, call, when):
    rig.flag(ATOMIC, transactionTimeout=300)
    alice, invoice = rig.user("alice", *FUNDS), rig.invoice(behaviour)
    if behaviour == "hold" and call == "melt" and when == "after":
        rig.release(invoice)
    dying = mortal(rig, call, when)

    with contextlib.suppress(Ended):
        dying.melts.melt(alice, invoice.request)
    rig.here.recovery.run_once()
    if behaviour == "hold":
        rig.release(invoice)
        rig.context().recovery.run_once()

    paid = len(invoice.payments)
    expected = sum(FUNDS) - (INVOICE + 1) * paid
    assert rig.states(alice) in ([], ["PAID"] if paid else ["UNPAID"])
    assert (rig.worth(alice, "unspent"), rig.worth(alice, "pending")) == (expected, 0)
    assert rig.spendable(alice) == expected


@pytest.mark.parametrize(
    ("call", "when"), list(itertools.product(("swap", "restore", "find_melt_quote"), ("after",)))
)
def test_recovery_that_loses_its_process_is_taken_up_by_the_next(rig, call, when):
    rig.flag(ATOMIC, transactionTimeout=300)
    alice, invoice = rig.user("alice", *FUNDS), rig.invoice()
    first, second = mortal(rig, "melt", "before"), mortal(rig, call, when)
    with pytest.raises(Ended):
        first.melts.melt(alice, invoice.request)

    with contextlib.suppress(Ended):
        second.recovery.run_once()
    rig.here.recovery.run_once()

    assert rig.states(alice) == ["UNPAID"]
    assert rig.worth(alice, "unspent") == rig.spendable(alice) == sum(FUNDS)
    assert invoice.payments == []


def test_what_the_mint_begins_after_it_was_taken_back_is_not_paid(rig):
    rig.flag(ATOMIC, transactionTimeout=200)
    alice, invoice = rig.user("alice", *FUNDS), rig.invoice("stall")

    done = rig.here.melts.melt(alice, invoice.request)
    rig.release(invoice)

    assert done["state"] == "UNPAID"
    assert invoice.payments == []
    assert rig.worth(alice, "unspent") == rig.spendable(alice) == sum(FUNDS)


def test_a_settled_melt_is_not_settled_again(rig):
    rig.flag(ATOMIC)
    alice, invoice = rig.user("alice", *FUNDS), rig.invoice()
    done = rig.here.melts.melt(alice, invoice.request)

    again = [rig.context().operations.settle(done) for _ in range(2)]

    assert [one["state"] for one in again] == ["PAID", "PAID"]
    assert rig.worth(alice, "unspent") == rig.spendable(alice) == sum(FUNDS) - INVOICE - 1
