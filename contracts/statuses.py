"""The words in which Gatehouse speaks about an item and about a run, and their order.

Every expected item ends in exactly one `Status`; a run ends in exactly one `Verdict`. Both are
closed sets: a word that is not listed here is an error, never a pass.
"""

from enum import IntEnum, StrEnum


class Status(StrEnum):
    """How one item ended, worst first: the order in which statuses overrule each other."""

    FAILED = "failed"
    ERROR = "error"
    INCONCLUSIVE = "inconclusive"
    NOT_VERIFIED = "not_verified"
    WAIVED = "waived"
    ATTESTED = "attested"
    PASSED = "passed"
    NOT_APPLICABLE = "not_applicable"

    @property
    def lets_pass(self) -> bool:
        """Whether an item in this status does not stand in the way of the release."""
        return self in _LETS_PASS

    @property
    def blocks(self) -> bool:
        """Whether an item in this status makes the verdict no-go: it failed, or something broke."""
        return self in (Status.FAILED, Status.ERROR)

    @property
    def rank(self) -> int:
        """Position in the order, 0 is worst; waived and attested stand on the same step."""
        return _RANK[self]

    @property
    def meaning(self) -> str:
        """One line for readers who have not seen the word before."""
        return _MEANING[self]


class Verdict(StrEnum):
    """What a run says about its release."""

    GO = "go"
    NO_GO = "no-go"
    INCOMPLETE = "incomplete"

    @property
    def exit_code(self) -> int:
        """The exit code of the run that ended so."""
        return _EXIT[self]


class ExitCode(IntEnum):
    """Exit codes of Gatehouse; 2 to 5 stay pytest's own."""

    GO = 0
    NO_GO = 1
    INCOMPLETE = 10
    INVALID = 11


def worst(statuses: list[Status]) -> Status:
    """The status that overrules the others.

    Raises:
        ValueError: the list is empty; an item without results has no status of its own.
    """
    if not statuses:
        msg = "no status to choose from"
        raise ValueError(msg)
    return min(statuses, key=lambda status: status.rank)


_LETS_PASS = frozenset({Status.WAIVED, Status.ATTESTED, Status.PASSED, Status.NOT_APPLICABLE})

_RANK = {
    Status.FAILED: 0,
    Status.ERROR: 1,
    Status.INCONCLUSIVE: 2,
    Status.NOT_VERIFIED: 3,
    Status.WAIVED: 4,
    Status.ATTESTED: 4,
    Status.PASSED: 5,
    Status.NOT_APPLICABLE: 6,
}

_MEANING = {
    Status.FAILED: "an assertion did not hold",
    Status.ERROR: "the check, a client or the target broke, or the check proved nothing",
    Status.INCONCLUSIVE: "ran, but observed too little to decide",
    Status.NOT_VERIFIED: "expected by the plan, but not run to its end",
    Status.WAIVED: "a named person accepted the result shown, for a limited time",
    Status.ATTESTED: "a person's dated statement about the release commit stands in for a check",
    Status.PASSED: "ran, asserted, and observed at least its declared minimum",
    Status.NOT_APPLICABLE: "declared in the profile as not applying to this target, with a reason",
}

_EXIT = {
    Verdict.GO: ExitCode.GO,
    Verdict.NO_GO: ExitCode.NO_GO,
    Verdict.INCOMPLETE: ExitCode.INCOMPLETE,
}
