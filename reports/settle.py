"""Decide the one status of an item: its checks, its minimum, its waiver and its attestation."""

from hashlib import sha256
from typing import Any

from contracts.statuses import Status, worst
from reports.ledger import Check
from reports.results import NEVER_STARTED, Finding, Result, settle_check
from reports.rules import Rules

MANUAL = "manual-attestation"
NAMED_OTHERS = 20
_NOTHING = object()


def settle_item(item: dict[str, Any], checks: list[Check], rules: Rules) -> dict[str, Any]:
    """The entry of one expected item in the verdict."""
    manual = item.get("automatable") == MANUAL
    results = [settle_check(check, rules, manual=manual) for check in checks]
    results += _never_started(item, checks)
    finding, capability = _together(results, manual=manual)
    flags = ["flaky"] if any(result.flaky for result in results) else []
    ran = {result.status for result in results}
    if Status.NOT_APPLICABLE in ran and len(ran) > 1:
        flags.append("partly")
    if any(item["id"] in run.get("failed", ()) for run in rules.plan.get("earlier") or ()):
        flags.append("failed-earlier")
    attestation = None
    if manual:
        attestation, holds = rules.amendment("attestations", item["id"])
        finding = _attested(finding, attestation, holds=holds)
    elif finding.status is Status.PASSED:
        finding = _enough(item, checks) or finding
    declared = item.get("not_applicable")
    if declared and finding.status.blocks:
        flags.append("declared-not-applicable")
        finding = finding._replace(
            message=f"{finding.message}\nThe profile declares it not applicable: {declared}"
        )
    elif declared:
        finding = Finding(Status.NOT_APPLICABLE, str(declared))
    status, waived = finding.status, None
    waiver, holds = rules.amendment("waivers", item["id"])
    if waiver and status.lets_pass:
        flags.append("waiver-unused")
    elif waiver and any(result.finding is NEVER_STARTED for result in results):
        flags.append("waiver-not-valid")
        finding = finding._replace(
            message=f"{finding.message}\nA waiver accepts a result; not all checks of it ran."
        )
    elif waiver and holds:
        status, waived = Status.WAIVED, status
    elif waiver:
        flags.append("waiver-not-valid")
    return {
        "id": item["id"],
        "title": item.get("title", ""),
        "severity": item.get("severity", ""),
        "status": status.value,
        "waived_status": waived.value if waived else None,
        "flags": flags,
        "checks": [result.id for result in results],
        "attempts": max((len(check.attempts) for check in checks), default=0),
        "observations": observations(checks),
        "evidence": [ref for check in checks for a in check.attempts for ref in a.references],
        "evidence_sha256": _digest(checks),
        "exchanges": sum(a.exchanges for check in checks for a in check.attempts),
        "duration_s": round(sum(a["duration_s"] for r in results for a in r.attempts), 6),
        "message": finding.message,
        "reason": finding.reason or None,
        "capability": capability,
        "results": [result.as_dict() for result in results],
        "waiver": waiver,
        "attestation": attestation,
    }


def _digest(checks: list[Check]) -> str:
    """One digest for every line that the checks of an item left: of the lines' digests in order."""
    lines = (digest for check in checks for a in check.attempts for digest in a.lines)
    return sha256("\n".join(lines).encode()).hexdigest()


def _never_started(item: dict[str, Any], checks: list[Check]) -> list[Result]:
    """Checks that the plan names for this item but that no worker found.

    The plan may name a function without its parameters; any case of it then counts as found.
    """
    seen = {check.id for check in checks} | {check.id.partition("[")[0] for check in checks}
    return [Result(name, NEVER_STARTED) for name in item.get("checks") or [] if name not in seen]


def _together(results: list[Result], *, manual: bool) -> tuple[Finding, str | None]:
    """All checks of an item: the worst one speaks, the others that stand in the way are named."""
    if not results and manual:
        message = "No attestation of it was looked at: none is given, or it was deselected."
        return Finding(Status.NOT_VERIFIED, message, "no-attestation"), None
    if not results:
        message = (
            "No check of it ran: none encodes it yet, it was deselected, or the run stopped first."
        )
        return Finding(Status.NOT_VERIFIED, message, "no-check"), None
    status = worst([result.status for result in results])
    speaking = next(result for result in results if result.status is status)
    finding = speaking.finding
    others = [r for r in results if r is not speaking and not r.status.lets_pass]
    if others:
        named = "; ".join(f"{r.id} ({r.status.value})" for r in others[:NAMED_OTHERS])
        more = len(others) - NAMED_OTHERS
        tail = f"; and {more} more" if more > 0 else ""
        finding = finding._replace(message=f"{finding.message}\nAlso: {named}{tail}")
    return finding, speaking.capability


def _enough(item: dict[str, Any], checks: list[Check]) -> Finding | None:
    """Why what was observed stays below the declared minimum, or None where it does not.

    A figure that several checks of an item observe is a count of each; the counts add up.
    """
    for name, least in (item.get("minimum") or {}).items():
        figures = [
            check.attempts[-1].observed[name]
            for check in checks
            if name in check.attempts[-1].observed
        ]
        wrong = next((figure for figure in figures if not _numeric(figure)), _NOTHING)
        if not figures:
            message = f"It did not observe {name}, of which at least {least} are needed."
        elif wrong is not _NOTHING:
            message = f"What it observed as {name} is no number: {wrong!r}."
        elif sum(figures) < least:
            message = f"It observed {name} = {sum(figures)}; at least {least} are needed to decide."
        else:
            continue
        return Finding(Status.INCONCLUSIVE, message, "below-minimum")
    return None


def _numeric(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _attested(finding: Finding, attestation: dict[str, Any] | None, *, holds: bool) -> Finding:
    """A manual item passes by a valid attestation only, and only where nothing contradicts it."""
    if finding.status is not Status.PASSED:
        return finding
    if attestation is not None and holds:
        return Finding(Status.ATTESTED, finding.message)
    if attestation is None:
        detail = "none is given"
    elif attestation.get("state") == "valid":
        detail = "the one given does not hold at the end of the run"
    else:
        detail = f"the one given counts as {attestation.get('state')}"
    message = f"It needs a valid attestation for the release commit: {detail}."
    return Finding(Status.NOT_VERIFIED, message, "no-attestation")


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
