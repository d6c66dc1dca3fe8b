"""Decide the one status of an item from what the ledger holds about its checks.

Every rule that lets something pass needs a positive reason; what is missing, unknown or empty
never does.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.statuses import Status, worst
from reports.ledger import Attempt, Check
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
"""The words a check may end with. Waived and attested are decided here, never by a check."""

MANUAL = "manual-attestation"
LONGEST_MESSAGE = 8_000


@dataclass(slots=True)
class Result:
    """What came of one check: its status, why, and each attempt."""

    id: str
    status: Status
    message: str = ""
    capability: str | None = None
    flags: list[str] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The result as it stands in the verdict file."""
        return {
            "id": self.id,
            "status": self.status.value,
            "message": self.message,
            "capability": self.capability,
            "attempts": self.attempts,
        }


@dataclass(slots=True)
class Rules:
    """What the plan says that is the same for every item of the run."""

    plan: dict[str, Any]
    finished: str

    @property
    def flaky_passes(self) -> bool:
        """Whether the profile accepts a check that failed first and passed on a retry."""
        return bool((self.plan.get("policy") or {}).get("flaky") == "pass")

    def not_applicable_because(self, capability: object) -> str:
        """The declared reason why a missing capability makes a check not applicable, or ''."""
        if (self.plan.get("target") or {}).get("protected", True):
            return ""
        declared = (self.plan.get("capabilities") or {}).get(capability)
        if not isinstance(declared, dict) or declared.get("present"):
            return ""
        if declared.get("policy") != "if-present":
            return ""
        return str(declared.get("detail") or f"{capability} is not installed here")

    def amendment(self, kind: str, item: str) -> tuple[dict[str, Any] | None, bool]:
        """The waiver or attestation for an item, and whether it holds at the end of the run.

        `kind` is `waivers` or `attestations`. One that holds comes before one that does not.
        """
        held = [entry for entry in self.plan.get(kind) or [] if entry.get("item") == item]
        for entry in held:
            if entry.get("state") == "valid" and self._within(entry):
                return entry, True
        return (held[0], False) if held else (None, False)

    def _within(self, entry: dict[str, Any]) -> bool:
        end, now = moment(entry.get("expires")), moment(self.finished)
        begin = moment(entry.get("granted") or entry.get("date"))
        if end is None or now is None:
            return False
        return now < end and (begin is None or begin <= now)


def moment(value: object) -> datetime | None:
    """A time with its offset, or None where the text is no such time."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None


def settle_check(check: Check, rules: Rules, *, manual: bool) -> Result:
    """One check: every attempt judged by itself, then all of them together."""
    results = [_attempt(attempt, rules, manual=manual) for attempt in check.attempts]
    statuses = [status for status, _ in results]
    result = Result(check.id, worst(statuses))
    last = statuses[-1]
    bad_before_good = last is Status.PASSED and result.status.rank < Status.PASSED.rank
    if bad_before_good:
        result.flags.append("flaky")
        if rules.flaky_passes:
            result.status = last
    chosen = statuses.index(result.status)
    result.message = results[chosen][1]
    finished = check.attempts[chosen].finished
    if finished:
        result.capability = finished.get("capability")
    if bad_before_good and not rules.flaky_passes:
        result.message = (
            f"{result.message}\nAttempt {len(statuses)} passed. A check that fails and then passes "
            "is flaky; the profile counts it as what it was at its worst."
        )
    for attempt, (status, message) in zip(check.attempts, results, strict=True):
        ended = attempt.finished or {}
        result.attempts.append(
            {
                "attempt": attempt.number,
                "status": status.value,
                "message": message,
                "duration_s": _number(ended.get("duration_s")),
                "assertions": ended.get("assertions"),
                "exchanges": attempt.exchanges,
                "file": attempt.file,
                "started": attempt.at,
            }
        )
    return result


def _attempt(attempt: Attempt, rules: Rules, *, manual: bool) -> tuple[Status, str]:
    ended = attempt.finished
    if ended is None:
        return Status.NOT_VERIFIED, "The run ended before it finished (lost worker or kill)."
    message = visible(str(ended.get("message") or ""))[:LONGEST_MESSAGE]
    word = ended.get("outcome")
    status = OUTCOMES.get(word) if isinstance(word, str) else None
    if status is None:
        return Status.ERROR, f"Unknown outcome word {word!r}. {message}".strip()
    if status is Status.NOT_APPLICABLE:
        return _not_applicable(ended.get("capability"), message, rules)
    if status is not Status.PASSED or manual:
        return status, message
    if not _positive(ended.get("assertions")):
        return Status.ERROR, "It asserted nothing: a check without an assertion proves nothing."
    if not _positive(ended.get("exchanges")) or not attempt.exchanges:
        return Status.ERROR, (
            "It observed nothing: no exchange with the target was recorded while it ran."
        )
    if not attempt.spoke:
        return Status.INCONCLUSIVE, (
            "It did not say what it observed, so nobody can tell how much it looked at."
        )
    return status, message


def _not_applicable(capability: object, message: str, rules: Rules) -> tuple[Status, str]:
    """A check may only leave itself out for a reason that the profile declared beforehand."""
    reason = rules.not_applicable_because(capability)
    if reason:
        return Status.NOT_APPLICABLE, message or reason
    return Status.NOT_VERIFIED, (
        f"It called itself not applicable, but the profile does not declare that. {message}"
    ).strip()


def _positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _number(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value:
        return float(value)
    return 0.0


def settle_item(item: dict[str, Any], checks: list[Check], rules: Rules) -> dict[str, Any]:
    """The entry of one expected item in the verdict."""
    manual = item.get("automatable") == MANUAL
    results = [settle_check(check, rules, manual=manual) for check in checks]
    results += _never_started(item, checks)
    status, message = _together(results)
    flags = sorted({flag for result in results for flag in result.flags})
    ran = {result.status for result in results}
    if Status.NOT_APPLICABLE in ran and len(ran) > 1:
        flags.append("partly")
    if status is Status.PASSED:
        status, message = _enough(item, checks, message)
    waiver, attestation = None, None
    if manual:
        attestation, holds = rules.amendment("attestations", item["id"])
        status, message = _attested(status, message, attestation, holds=holds)
    declared = item.get("not_applicable")
    if declared:
        if status.blocks:
            message = f"{message}\nThe profile declares this item not applicable: {declared}"
            flags.append("declared-not-applicable")
        else:
            status, message = Status.NOT_APPLICABLE, str(declared)
    waived_status = None
    waiver, holds = rules.amendment("waivers", item["id"])
    if waiver and status.lets_pass:
        flags.append("waiver-unused")
    elif waiver and holds:
        waived_status, status = status, Status.WAIVED
    elif waiver:
        flags.append("waiver-not-valid")
    return {
        "id": item["id"],
        "title": item.get("title", ""),
        "severity": item.get("severity", ""),
        "status": status.value,
        "waived_status": waived_status.value if waived_status else None,
        "flags": flags,
        "checks": [result.id for result in results],
        "attempts": max((len(check.attempts) for check in checks), default=0),
        "observations": observations(checks),
        "evidence": [ref for check in checks for a in check.attempts for ref in a.references],
        "exchanges": sum(a.exchanges for check in checks for a in check.attempts),
        "duration_s": round(sum(a["duration_s"] for r in results for a in r.attempts), 6),
        "message": message,
        "results": [result.as_dict() for result in results],
        "waiver": waiver,
        "attestation": attestation,
    }


def _never_started(item: dict[str, Any], checks: list[Check]) -> list[Result]:
    """Checks that the plan names for this item but that never began."""
    seen = {check.id for check in checks}
    return [
        Result(name, Status.NOT_VERIFIED, "It never started: deselected, or the run stopped first.")
        for name in item.get("checks") or []
        if name not in seen
    ]


def _together(results: list[Result]) -> tuple[Status, str]:
    """All checks of an item: the worst one speaks, the others are counted."""
    if not results:
        return Status.NOT_VERIFIED, (
            "No check of it ran: none encodes it yet, it was deselected, or the run stopped first."
        )
    status = worst([result.status for result in results])
    speaking = [result for result in results if result.status is status]
    message = speaking[0].message
    others = [r for r in results if r is not speaking[0] and not r.status.lets_pass]
    if others:
        message += "\nAlso: " + "; ".join(f"{r.id} ({r.status.value})" for r in others[:20])
        if len(others) > 20:
            message += f"; and {len(others) - 20} more"
    return status, message


def _enough(item: dict[str, Any], checks: list[Check], message: str) -> tuple[Status, str]:
    """Compare what was observed with the declared minimum; figures of several checks add up."""
    for name, least in (item.get("minimum") or {}).items():
        figures = [
            a.observed[name] for check in checks for a in check.attempts[-1:] if name in a.observed
        ]
        if not figures:
            return Status.INCONCLUSIVE, (
                f"It did not observe {name}, of which at least {least} are needed."
            )
        if any(isinstance(f, bool) or not isinstance(f, (int, float)) for f in figures):
            return Status.INCONCLUSIVE, f"What it observed as {name} is no number: {figures!r}."
        total = sum(figures)
        if not total >= least:
            return Status.INCONCLUSIVE, (
                f"It observed {name} = {total}; at least {least} are needed to decide."
            )
    return Status.PASSED, message


def _attested(
    status: Status, message: str, attestation: dict[str, Any] | None, *, holds: bool
) -> tuple[Status, str]:
    """A manual item passes by a valid attestation only, and only where nothing contradicts it."""
    if status is not Status.PASSED:
        return status, message
    if attestation is not None and holds:
        return Status.ATTESTED, message
    state = attestation.get("state") if attestation else None
    detail = (
        f"the one given counts as {state}"
        if state and state != "valid"
        else ("the one given has expired" if attestation else "none is given")
    )
    return Status.NOT_VERIFIED, f"It needs a valid attestation for the release commit: {detail}."


def observations(checks: list[Check]) -> dict[str, Any]:
    """The last value of each figure; with several checks, one group per check."""
    by_check: dict[str, dict[str, Any]] = {}
    for check in checks:
        values: dict[str, Any] = {}
        for attempt in check.attempts:
            values.update(attempt.observed)
        if values:
            by_check[check.id] = values
    if len(checks) == 1:
        return next(iter(by_check.values()), {})
    return by_check
