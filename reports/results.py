"""What came of one check: every attempt judged by itself, then all of them together.

Every rule that lets something pass needs a positive reason; what is missing, unknown or empty
never does.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contracts.statuses import Status, worst
from reports.ledger import Attempt, Check
from reports.rules import Rules
from reports.visible import visible

OUTCOMES = {
    status.value: status
    for status in (
        Status.PASSED,
        Status.FAILED,
        Status.ERROR,
        Status.INCONCLUSIVE,
        Status.NOT_VERIFIED,
        Status.NOT_APPLICABLE,
    )
}
"""The words a check may end with. Waived and attested are decided for items, never by a check."""

LONGEST_MESSAGE = 8_000


class Finding(NamedTuple):
    """A status, the sentence that explains it, and a code where a rule decided, not the check."""

    status: Status
    message: str
    reason: str = ""


NEVER_STARTED = Finding(
    Status.NOT_VERIFIED,
    "It never started: deselected, or the run stopped before it.",
    "never-started",
)


@dataclass
class Result:
    """What came of one check, with each attempt as it stands in the verdict file."""

    id: str
    finding: Finding
    capability: str | None = None
    flaky: bool = False
    attempts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """The status of the check over all its attempts."""
        return self.finding.status

    def as_dict(self) -> dict[str, Any]:
        """The result as it stands in the verdict file."""
        return {
            "id": self.id,
            "status": self.status.value,
            "message": self.finding.message,
            "capability": self.capability,
            "attempts": self.attempts,
        }


def settle_check(check: Check, rules: Rules, *, manual: bool) -> Result:
    """The result of a check. A pass never hides an attempt that did not pass before it.

    `manual` is true for items that a person attests: their check only reads the attestation.
    """
    if not check.attempts:
        return Result(check.id, NEVER_STARTED)
    findings = [_attempt(attempt, rules, manual=manual) for attempt in check.attempts]
    statuses = [finding.status for finding in findings]
    chosen = statuses.index(worst(statuses))
    flaky = statuses[-1] is Status.PASSED and statuses[chosen].rank < Status.PASSED.rank
    if flaky and rules.flaky_passes:
        chosen = len(statuses) - 1
    finding = findings[chosen]
    if flaky and not rules.flaky_passes:
        finding = finding._replace(
            reason="flaky",
            message=f"{finding.message}\nAttempt {check.attempts[-1].number} passed. A check that "
            "fails and then passes is flaky; it counts as what it was at its worst.",
        )
    capability = (check.attempts[chosen].finished or {}).get("capability")
    return Result(
        check.id,
        finding,
        capability=capability if isinstance(capability, str) else None,
        flaky=flaky,
        attempts=[
            _account(attempt, found)
            for attempt, found in zip(check.attempts, findings, strict=True)
        ],
    )


def _account(attempt: Attempt, finding: Finding) -> dict[str, Any]:
    ended = attempt.finished or {}
    return {
        "attempt": attempt.number,
        "status": finding.status.value,
        "message": finding.message,
        "duration_s": _seconds(ended.get("duration_s")),
        "assertions": ended.get("assertions"),
        "exchanges": attempt.exchanges,
        "file": attempt.file,
        "started": attempt.at,
    }


def _attempt(attempt: Attempt, rules: Rules, *, manual: bool) -> Finding:
    ended = attempt.finished
    if ended is None:
        return Finding(
            Status.NOT_VERIFIED,
            "The run ended before it finished (lost worker or kill).",
            "unfinished",
        )
    message = visible(str(ended.get("message") or "")[:LONGEST_MESSAGE])
    word = ended.get("outcome")
    status = OUTCOMES.get(word) if isinstance(word, str) else None
    if status is None:
        return Finding(
            Status.ERROR, f"Unknown outcome word {word!r}. {message}".strip(), "unknown-outcome"
        )
    if status is Status.NOT_APPLICABLE:
        return _not_applicable(ended.get("capability"), message, rules)
    if status is not Status.PASSED or manual:
        return Finding(status, message)
    if not _positive(ended.get("assertions")):
        return Finding(
            Status.ERROR,
            "It asserted nothing: a check without an assertion proves nothing.",
            "no-assertion",
        )
    if not _positive(ended.get("exchanges")) or not attempt.exchanges:
        return Finding(
            Status.ERROR,
            "It observed nothing: no exchange with the target was recorded while it ran.",
            "no-exchange",
        )
    if not attempt.spoke:
        return Finding(
            Status.INCONCLUSIVE,
            "It did not say what it observed, so nobody can tell how much it looked at.",
            "no-figures",
        )
    return Finding(status, message)


def _not_applicable(capability: object, message: str, rules: Rules) -> Finding:
    """A check may only leave itself out for a reason that the profile declared beforehand."""
    reason = rules.not_applicable_because(capability)
    if reason:
        return Finding(Status.NOT_APPLICABLE, message or reason)
    return Finding(
        Status.NOT_VERIFIED,
        f"It called itself not applicable, which the profile does not declare. {message}".strip(),
        "undeclared",
    )


def _positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _seconds(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return 0.0
