"""Write the page an auditor reads: one file that needs no script, no network and no other file.

The template escapes everything; text from the target is made visible first, so that neither markup
nor unseen characters can change what a reader sees. The page's own policy forbids scripts as well.
"""

import base64
import contextlib
import os
import shlex
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.statuses import Status
from reports import words
from reports.evidence import parse, pick
from reports.exchanges import parts
from reports.judge import read_plan
from reports.limits import not_established
from reports.visible import visible
from reports.write import write_text

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment

TEMPLATES = Path(__file__).parent / "templates"

SHOWN = 12
"""Exchanges shown per item that passed; an item in the way shows `SHOWN_IN_THE_WAY`."""
SHOWN_IN_THE_WAY = 40
BLOCK = 6_000
"""Characters shown per block of an exchange."""
BUDGET = 6_000_000
"""Bytes of exchanges on one page; beyond it, exchanges are named but not unfolded."""


def render(run: Path, verdict: dict[str, Any] | None = None) -> Path:
    """Write `report.html` of a run and return its path.

    Args:
        run: folder with `plan.json` and the evidence.
        verdict: what `judge` returned; default: the run's `verdict.json`.

    Raises:
        UnusableRunError: the run has no readable plan.
        OSError: `verdict.json` is missing, or the page cannot be written.
        ValueError: `verdict.json` is not JSON.
    """
    if verdict is None:
        verdict = parse((run / "verdict.json").read_bytes())
    plan, _ = read_plan(run)
    return write_text(run / "report.html", html(run, plan, verdict))


def html(run: Path, plan: dict[str, Any], verdict: dict[str, Any]) -> str:
    """The page as text."""
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    environment = _environment()
    described = {item["id"]: item for item in plan["items"]}
    entries = _entries(run, verdict, described)
    anchors = {entry["id"]: entry["anchor"] for entry in entries}
    return environment.get_template("report.html.j2").render(
        style=style,
        style_hash=f"sha256-{digest}",
        plan=plan,
        verdict=verdict,
        run_name=run.resolve().name,
        why=words.why(verdict),
        release=_release(plan.get("release") or {}),
        own_releases=[
            (system.replace("_", " "), _release(own))
            for system, own in (plan.get("own_releases") or {}).items()
        ],
        target=_target(plan),
        run_facts=_run(plan, verdict),
        counts=[
            (words.LABELS[status], status.value, verdict["counts"][status.value], status.meaning)
            for status in Status
        ],
        bar=_bar(verdict),
        blocking=[
            {
                **entry,
                "anchor": anchors[entry["id"]],
                "headline": words.headline(entry),
                "next": words.next_step(entry, plan),
                "again": words.reproduce(entry, plan),
            }
            for entry in words.in_the_way(verdict)
        ],
        stages=_stages(entries),
        labels={status.value: label for status, label in words.LABELS.items()},
        flag_words=words.FLAGS,
        limits=not_established(plan, verdict),
        attested=plan.get("attestations") or [],
        waivers=plan.get("waivers") or [],
    )


def compiled_templates() -> "BytecodeCache | None":
    """Where compiled templates are kept, or None where they cannot be."""
    from jinja2 import FileSystemBytecodeCache

    folder = TEMPLATES / "__pycache__"
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        if os.access(folder, os.W_OK):
            return FileSystemBytecodeCache(str(folder))
    return None


def _environment() -> "Environment":
    """The template engine: escapes always, fails on unknown names, keeps compiled templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        bytecode_cache=compiled_templates(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = lambda value: visible(str(value))
    environment.filters["account"] = _account
    return environment


def _entries(
    run: Path, verdict: dict[str, Any], described: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Each item of the verdict with what the plan says of it and the exchanges to show."""
    shown = _exchanges(run, verdict)
    entries = []
    for number, entry in enumerate(verdict["items"], start=1):
        item = described.get(entry["id"], {})
        exchanges = shown[entry["id"]]
        entries.append(
            {
                **entry,
                "anchor": f"item-{number}",
                "item": item,
                "stages": item.get("stages") or ["other"],
                "open": not Status(entry["status"]).lets_pass,
                "exchanges_shown": exchanges,
                "exchanges_hidden": entry["exchanges"] - len(exchanges),
                "figures": list(_figures(entry["observations"])),
                "about": _about(item),
            }
        )
    return entries


def _exchanges(run: Path, verdict: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The exchanges to show by item; the budget serves items in the way before the others."""
    chosen = {entry["id"]: _choose(entry) for entry in verdict["items"]}
    records = pick(run, {(ref["file"], ref["n"]) for refs in chosen.values() for ref in refs})
    budget = BUDGET
    shown: dict[str, list[dict[str, Any]]] = {}
    for entry in sorted(verdict["items"], key=lambda entry: Status(entry["status"]).rank):
        shown[entry["id"]] = []
        for ref in chosen[entry["id"]]:
            record = records.get((ref["file"], ref["n"]), {})
            blocks = parts(record, BLOCK) if record and budget > 0 else []
            budget -= sum(len(escape(text).encode()) for _, text in blocks)
            shown[entry["id"]].append(
                {
                    **ref,
                    "at": record.get("at", ""),
                    "took": _took(record.get("duration_s")),
                    "failed": bool(record.get("error")),
                    "parts": blocks,
                }
            )
    return shown


def _choose(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The exchanges to show: all, or the first and the last ones of many."""
    most = SHOWN if Status(entry["status"]).lets_pass else SHOWN_IN_THE_WAY
    refs: list[dict[str, Any]] = entry["evidence"]
    if len(refs) <= most:
        return refs
    return [*refs[: most // 2], *refs[-most // 2 :]]


def _figures(observed: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Observed figures as (check, name, value); the check is empty where there is only one."""
    for name, value in observed.items():
        if "::" in name and isinstance(value, dict):
            for inner, held in value.items():
                yield name.rsplit("::", 1)[-1], inner, _value(held)
        else:
            yield "", name, _value(value)


def _value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    text = str(value)
    return text if len(text) <= 600 else f"{text[:600]}…"


def _took(seconds: object) -> str:
    """A duration as people read it, or nothing where none was recorded."""
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        return ""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def _account(attempt: dict[str, Any]) -> str:
    """How much an attempt asserted and exchanged, and how long it took."""
    assertions = attempt["assertions"]
    pieces = [
        words.count(assertions, "assertion") if isinstance(assertions, int) else "",
        words.count(attempt["exchanges"], "exchange"),
        _took(attempt["duration_s"]),
    ]
    return ", ".join(piece for piece in pieces if piece)


def _about(item: dict[str, Any]) -> list[str]:
    """The state of an item's proof, and where the item comes from."""
    proof = item.get("proof") or {}
    about = [f"Proof: {proof.get('state') or 'unproven'}"]
    about += [
        f"{label}: {', '.join(map(str, held)) if isinstance(held, list) else held}"
        for label, held in (
            ("Topic", item.get("topic")),
            ("Stages", item.get("stages")),
            ("Source", item.get("source")),
        )
        if held
    ]
    return about


def _release(release: dict[str, Any]) -> list[tuple[str, str]]:
    """A release's identity as label and value, in the order of the plan."""
    plain = [
        (name.replace("_", " "), str(value))
        for name, value in release.items()
        if value and not isinstance(value, (list, dict))
    ]
    return plain + [
        (str(artifact.get("name")), f"sha256:{artifact.get('sha256')}")
        for artifact in release.get("artifacts") or []
    ]


def _target(plan: dict[str, Any]) -> list[tuple[str, str]]:
    """The target as label and value."""
    target = plan.get("target") or {}
    return [
        ("name", str(target.get("name"))),
        ("protected", "yes" if target.get("protected") else "no"),
        ("profile", str(target.get("profile_path") or "")),
        ("profile digest", f"sha256:{target.get('profile_sha256')}"),
    ]


def _run(plan: dict[str, Any], verdict: dict[str, Any]) -> list[tuple[str, str]]:
    """When and how the run went, and what it selected, as label and value."""
    selection = verdict["selection"]
    versions = (plan.get("versions") or {}).items()
    return [
        ("run", verdict["run_id"]),
        ("started", str(verdict["started"])),
        ("finished", verdict["finished"]),
        ("command", shlex.join(str(word) for word in plan.get("command") or [])),
        ("selection", selection["expression"] or "everything"),
        ("expected", words.count(len(selection["expected"]), "item")),
        ("frozen as", f"sha256:{selection['digest']}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions)),
    ]


def _bar(verdict: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Segments of the bar of counts: status, start and width in per cent."""
    total = len(verdict["items"])
    segments, start = [], 0.0
    for status in Status:
        width = 100 * verdict["counts"][status.value] / total if total else 0.0
        if width:
            segments.append((status.value, round(start, 3), round(width, 3)))
        start += width
    return segments


def _stages(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items under the first of their stages, stages in the order of a release."""
    stages = []
    order = [*words.STAGES, "other"]
    for stage in order:
        held = [
            entry
            for entry in entries
            if (entry["stages"][0] if entry["stages"][0] in order else "other") == stage
        ]
        if held:
            title, meaning = words.STAGES.get(stage, ("Other items", "without a known stage"))
            passing = sum(1 for entry in held if Status(entry["status"]).lets_pass)
            stages.append(
                {
                    "name": stage,
                    "title": title,
                    "meaning": meaning,
                    "entries": held,
                    "passing": passing,
                }
            )
    return stages
