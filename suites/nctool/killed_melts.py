"""Melts that are under way, each at a step of its own, when their processes are killed."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from fixtures.clients.melting import Melting
from fixtures.clients.mint import Invoice, Outlook
from fixtures.clients.outcomes import Inconclusive
from suites.nctool.purse import ATOMIC, Purse

LATE_MS = 3_000
OPEN_MS = 2_500
"""How long a melt may wait for the mint: longer than it takes to kill its process."""
REACHED_S = ENDED_S = 5.0
AMOUNT, FUNDS = 10, 64


@dataclass(frozen=True)
class Step:
    """How far a melt is: what the mint does with it, and the state in which it is to end.

    `outcome` is how a payment ends that the mint holds, once the process is gone.
    """

    what: str
    behaviour: str
    state: str
    outcome: str = ""
    delay_ms: int = 0


STEPS = (
    Step("before the mint pays", "stall", "UNPAID"),
    Step("while it pays, which fails", "hold", "UNPAID", outcome="failed"),
    Step("while it pays, which succeeds", "hold", "PAID", outcome="paid"),
    Step("after it paid", "answer_late", "PAID", delay_ms=LATE_MS),
)


class Drill:
    """One melt of a user who has nothing else."""

    def __init__(self, step: Step, purse: Purse, invoice: Invoice) -> None:
        self.step = step
        self._purse = purse
        self._invoice = invoice
        self._melt: Melting = purse.melting(invoice.text)

    def begin(self, stack: ExitStack) -> None:
        """Begin the melt; the stack waits for its end."""
        stack.enter_context(self._melt)

    def reached(self) -> Outlook:
        """What happened once the mint was asked to pay."""
        return self._invoice.reached(REACHED_S)

    def finish(self) -> None:
        """See the answer lost with the process, and let a held payment end."""
        self._melt.ended(ENDED_S)
        if self.step.outcome:
            self._invoice.release(paid=self.step.outcome == "paid")

    def problems(self) -> tuple[int, list[str]]:
        """Payments, and what is not whole about the melt and the wallet, once it is settled.

        Raises Inconclusive for a melt that was answered: its process was killed too late.
        """
        if self._melt.reply is not None:
            late = "a process that is killed before it answers the melt"
            raise Inconclusive(self._melt.explain(late))
        melts = self._purse.settled()
        if any(one.operation["path"] != "atomic" for one in melts):
            raise Inconclusive(f"{self.step.what}: the flag did not reach the melt's process")
        if self.step.behaviour == "stall":
            self._invoice.release(paid=True)  # now that everything was given back
        seen, expected = self._invoice.look(), self.step.state
        found = []
        if [one.operation["state"] for one in melts] != [expected]:
            found.append(f"not one melt, {expected}: {melts}")
        if seen.payments != (expected == "PAID"):
            found.append(seen.explain(f"payments of a melt that is {expected}"))
        found += self._purse.problems(FUNDS - sum(one.cost for one in melts))
        return seen.payments, [f"killed {self.step.what}: {problem}" for problem in found]


def drills(staging: Any) -> list[Drill]:
    """A melt for each step, which are to be atomic; none has begun.

    Users are funded after they were given the feature: every process knows it by then.
    """
    purses = [Purse(staging.api, staging.store, staging.mint) for _ in STEPS]
    users = [one.npub for one in purses]
    purses[0].gets(staging, ATOMIC, transactionTimeout=OPEN_MS, allowedUsers=users)
    return [
        Drill(step, purse.funded(FUNDS), _invoice(staging.mint, step))
        for step, purse in zip(STEPS, purses, strict=True)
    ]


def _invoice(mint: Any, step: Step) -> Invoice:
    late = {"delay_ms": step.delay_ms} if step.delay_ms else {}
    made: Invoice = mint.invoice(AMOUNT, step.behaviour, **late)
    return made
