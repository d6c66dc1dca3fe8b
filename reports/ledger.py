"""Fold lines of evidence into checks and their attempts.

An attempt is never overwritten by a later one: rerunning a check adds to the ledger and hides
nothing. Lines of one worker are in order; between workers no order is assumed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from reports.evidence import EXCHANGES, SETTLING, Line
from reports.exchanges import summary

MOST_REFERENCES = 500
"""Places of evidence kept per attempt; load checks make more exchanges than anybody reads."""


@dataclass
class Attempt:
    """One try of a check: what it observed and exchanged, and how it ended, if it did.

    `lines` holds the digest of each of its lines, in order.
    """

    number: int
    file: str
    at: str
    finished: dict[str, Any] | None = None
    observed: dict[str, Any] = field(default_factory=dict)
    spoke: bool = False
    exchanges: int = 0
    references: list[dict[str, Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@dataclass
class Check:
    """A check with every attempt at it, in the order of their numbers and times."""

    id: str
    items: set[str] = field(default_factory=set)
    attempts: list[Attempt] = field(default_factory=list)


@dataclass
class Ledger:
    """Everything the evidence says about checks, and when its last line was written."""

    checks: dict[str, Check] = field(default_factory=dict)
    last_at: str = ""
    problems: list[str] = field(default_factory=list)


def fold(lines: Iterable[Line]) -> Ledger:
    """Build the ledger of a run from its lines."""
    ledger = Ledger()
    current: dict[tuple[str, str], Attempt] = {}
    for line in lines:
        record = line.record
        at = record.get("at")
        if isinstance(at, str):
            ledger.last_at = max(ledger.last_at, at)
        kind, name = record["kind"], record.get("check")
        if kind not in EXCHANGES and kind not in SETTLING:
            ledger.problems.append(f"{line.file}:{line.n}: unknown kind of evidence {kind!r}")
            continue
        if kind == "collected":
            _collect(ledger, record.get("checks"))
        if kind == "witnessed":
            ledger.problems.append(
                "pytest saw failures of which the evidence holds nothing else: "
                + ", ".join(map(str, record.get("failed") or ["(unnamed)"]))
            )
        if not isinstance(name, str):
            continue
        check = ledger.checks.get(name)
        if check is None:
            check = ledger.checks[name] = Check(name)
        key = (line.file, name)
        if (
            kind == "started"
            or key not in current
            or (kind == "finished" and current[key].finished is not None)
        ):
            current[key] = _begin(check, line)
        _add(check, current[key], line)
    for check in ledger.checks.values():
        check.attempts.sort(key=lambda attempt: (attempt.number, attempt.at, attempt.file))
    return ledger


def _collect(ledger: Ledger, checks: object) -> None:
    """Know the checks that a worker found, so that one that never starts is missed."""
    for name, items in checks.items() if isinstance(checks, dict) else ():
        if isinstance(items, list):
            check = ledger.checks.setdefault(str(name), Check(str(name)))
            check.items.update(item for item in items if isinstance(item, str))


def _begin(check: Check, line: Line) -> Attempt:
    number = line.record.get("attempt")
    if not isinstance(number, int):
        number = len(check.attempts) + 1
    attempt = Attempt(number, line.file, str(line.record.get("at", "")))
    check.attempts.append(attempt)
    return attempt


def _add(check: Check, attempt: Attempt, line: Line) -> None:
    record = line.record
    kind = record["kind"]
    attempt.lines.append(line.sha256)
    if kind in ("started", "finished"):
        items = record.get("items")
        if isinstance(items, list):
            check.items.update(item for item in items if isinstance(item, str))
    if kind == "finished":
        attempt.finished = record
    elif kind == "observed":
        values = record.get("values")
        if isinstance(values, dict) and values:
            attempt.spoke = True
            attempt.observed.update(values)
    elif kind in EXCHANGES:
        attempt.exchanges += 1
        if len(attempt.references) < MOST_REFERENCES:
            attempt.references.append(
                {"file": line.file, "n": line.n, "kind": kind, "summary": summary(record)}
            )
