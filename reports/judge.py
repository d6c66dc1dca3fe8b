"""Compute the verdict of a run from its plan and its evidence, and from nothing else.

The same plan, evidence and time always give the same verdict, whoever asks: the run itself at its
end, or an auditor a year later.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from contracts.statuses import Status, Verdict
from reports.evidence import Evidence, parse
from reports.ledger import Check, fold
from reports.rules import Rules, moment
from reports.settle import settle_item

FORMAT = 1


class UnusableRunError(Exception):
    """The run's folder cannot be judged: no plan, or one that is not readable."""


def judge(run: Path, *, now: datetime | None = None) -> dict[str, Any]:
    """The verdict of the run in this folder.

    Args:
        run: folder with `plan.json` and `evidence-*.jsonl`.
        now: when the run ended, in UTC; waivers and attestations must hold then. Never earlier
            than the plan and the last line of evidence. Default: the present.

    Raises:
        UnusableRunError: the plan is missing or is no plan.
    """
    plan, digest = read_plan(run)
    evidence = Evidence(run)
    ledger = fold(evidence.lines())
    problems = [*_plan_problems(plan), *evidence.problems, *ledger.problems]
    finished = _latest(now or datetime.now(UTC), plan.get("started"), ledger.last_at)

    rules = Rules(plan, finished)
    by_item: dict[str, list[Check]] = {}
    for check in sorted(ledger.checks.values(), key=lambda check: check.id):
        for item_id in check.items:
            by_item.setdefault(item_id, []).append(check)
    items = {item["id"]: item for item in plan["items"]}
    expected = list(dict.fromkeys(plan["selection"]["expected"]))
    settled = [
        settle_item(items.get(item_id, {"id": item_id}), by_item.get(item_id, []), rules)
        for item_id in expected
    ]
    verdict = decide([Status(entry["status"]) for entry in settled], sound=not problems)
    counts = {status.value: 0 for status in Status}
    for entry in settled:
        counts[entry["status"]] += 1
    target, release = plan.get("target") or {}, plan.get("release") or {}
    fault = plan.get("fault")
    return {
        "format": FORMAT,
        "run_id": plan["run_id"],
        "started": plan.get("started"),
        "finished": finished,
        "target": {"name": target.get("name"), "protected": bool(target.get("protected"))},
        "release": _identity(release),
        "own_releases": {
            system: _identity(own) for system, own in (plan.get("own_releases") or {}).items()
        },
        "fault": fault,
        "release_evidence": {
            "usable": fault is None and not problems,
            "reasons": [
                *([f"The fault {fault} was switched on in the target."] if fault else []),
                *(["The evidence is damaged."] if problems else []),
            ],
        },
        "selection": {
            "expression": plan["selection"].get("expression"),
            "expected": expected,
            "digest": plan["selection"].get("digest"),
        },
        "verdict": verdict.value,
        "counts": counts,
        "items": settled,
        "problems": problems,
        "notes": evidence.notes,
        "ignored": [
            {"item": item_id, "checks": [check.id for check in by_item[item_id]]}
            for item_id in sorted(set(by_item) - set(expected))
        ],
        "sources": {"plan_sha256": digest, "evidence": evidence.files},
    }


def _identity(release: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": release.get("version"),
        "commit": release.get("commit"),
        "artifacts": release.get("artifacts") or [],
    }


def decide(statuses: list[Status], *, sound: bool = True) -> Verdict:
    """The verdict over the statuses of all expected items.

    `sound` is false where plan or evidence were damaged. Nothing expected, or nothing that applies
    to the target, verifies nothing: incomplete.
    """
    if not sound or any(status.blocks for status in statuses):
        return Verdict.NO_GO
    if not all(status.lets_pass for status in statuses):
        return Verdict.INCOMPLETE
    if all(status is Status.NOT_APPLICABLE for status in statuses):
        return Verdict.INCOMPLETE
    return Verdict.GO


def exit_code(verdict: str) -> int:
    """The exit code that belongs to the verdict.

    Raises:
        ValueError: the word is no verdict.
    """
    return int(Verdict(verdict).exit_code)


def read_plan(run: Path) -> tuple[dict[str, Any], str]:
    """The plan of a run and the digest of its file.

    Raises:
        UnusableRunError: it is missing, not JSON, or lacks what a plan needs.
    """
    path = run / "plan.json"
    if not run.is_dir():
        msg = f"{path.parent} is no run folder: name one below reports/runs, or reports/latest"
        raise UnusableRunError(msg)
    try:
        raw = path.read_bytes()
        plan = parse(raw)
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read: {error}"
        raise UnusableRunError(msg) from error
    try:
        shaped = (
            isinstance(plan["run_id"], str)
            and all(isinstance(item["id"], str) for item in plan["items"])
            and all(isinstance(item_id, str) for item_id in plan["selection"]["expected"])
        )
    except (KeyError, TypeError) as error:
        msg = f"{path} is not the plan of a run: {error!r} is missing or of another type"
        raise UnusableRunError(msg) from error
    if not shaped:
        msg = f"{path} is not the plan of a run: ids must be text"
        raise UnusableRunError(msg)
    return plan, sha256(raw).hexdigest()


def selection_digest(expected: list[str]) -> str:
    """The digest under which a selection is frozen: SHA-256 of its sorted ids, one per line."""
    return sha256("\n".join(sorted(expected)).encode()).hexdigest()


def _plan_problems(plan: dict[str, Any]) -> list[str]:
    """What makes the plan contradict itself."""
    expected = plan["selection"]["expected"]
    problems = []
    if plan["selection"].get("digest") != selection_digest(expected):
        problems.append("plan.json: the digest of the selection does not fit its expected items")
    known = {item["id"] for item in plan["items"]}
    problems += [
        f"plan.json: {item_id} is expected but not described"
        for item_id in expected
        if item_id not in known
    ]
    if len(set(expected)) != len(expected):
        problems.append("plan.json: an item is expected twice")
    return problems


def _latest(now: datetime, *known: object) -> str:
    """The latest of these times: a run cannot have ended before it began, or its last evidence.

    Where the clock was put back meanwhile, what had expired would else hold again.
    """
    end = max([now, *filter(None, map(moment, known))])
    return end.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
