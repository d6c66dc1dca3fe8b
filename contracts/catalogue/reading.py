"""Reads the catalogue files and checks their structure; mistakes are named by file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.catalogue.model import (
    COMPARISONS,
    CatalogueError,
    Vocabulary,
    closed_range,
)

Entry = dict[str, Any]

_ITEM_ID = re.compile(r"^(?P<prefix>[A-Z]{2})-(?P<phase>[A-Z]+)-\d{2}$")
_SOURCE = re.compile(r"^\d{3}:\d+(-\d+)?$")


def read_entries(directory: Path, vocabulary: Vocabulary) -> list[Entry]:
    """The checked [[item]] tables of every file, each with `system`, `phase` and `where` added.

    Raises:
        CatalogueError: with every structural mistake.
    """
    entries: dict[str, Entry] = {}
    problems: list[str] = []
    for path in sorted(directory.glob("*.toml")):
        if path.name == "vocabulary.toml":
            continue
        for entry, found in _read(path, vocabulary):
            problems.extend(found)
            if found:
                continue
            first = entries.setdefault(entry["id"], entry)
            if first is not entry:
                problems.append(
                    f"{entry['where']}: {entry['id']} stands twice; first at {first['where']}"
                )
    if not entries and not problems:
        problems.append(f"{directory}: no catalogue file with items found")
    if problems:
        raise CatalogueError(problems)
    return list(entries.values())


_VOCABULARY_TABLES = (
    "systems",
    "phases",
    "stages",
    "topics",
    "severities",
    "automatable",
    "needs",
    "files",
)


def read_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary file; CatalogueError where tables are missing."""
    raw = _parse(path)
    missing = [name for name in _VOCABULARY_TABLES if not isinstance(raw.get(name), dict)]
    if missing:
        raise CatalogueError([f"{path}:1: tables missing: {', '.join(missing)}"])
    conflicts = {entry["id"]: entry for entry in raw.get("conflict", [])}
    return Vocabulary(**{name: raw[name] for name in _VOCABULARY_TABLES}, conflicts=conflicts)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CatalogueError([f"{path}: the file is missing"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError([f"{path}: not valid TOML: {error}"]) from None


_REQUIRED: Mapping[str, type] = {
    "id": str,
    "title": str,
    "stages": list,
    "topic": str,
    "severity": str,
    "automatable": str,
    "needs": list,
    "how": str,
    "bad": str,
    "source": list,
}
_OPTIONAL: Mapping[str, type] = {
    "limits": list,
    "faults": list,
    "conflicts": list,
    "minimum": dict,
    "attest": dict,
}
_LIMIT_KEYS = {"metric", "op", "value", "suite_default", "signed"}
_ATTEST_KEYS = {"facts", "equals", "before", "after"}


def _read(path: Path, vocabulary: Vocabulary) -> Iterator[tuple[Entry, list[str]]]:
    raw = _parse(path)
    system = str(raw.get("system"))
    if system not in vocabulary.systems:
        raise CatalogueError([f"{path.name}:1: unknown system {system!r}"])
    unknown = ", ".join(sorted(set(raw) - {"format", "system", "item"}))
    if unknown or raw.get("format") != 1:
        raise CatalogueError(
            [f"{path.name}:1: expected format = 1, system and [[item]] tables; found {unknown}"]
        )
    blocks = _blocks(path)
    for number, entry in enumerate(raw.get("item", [])):
        locate = _Locator(path, *blocks[number])
        problems = _problems(entry, system, vocabulary, locate)
        phase = str(entry.get("id", "")).split("-")[1:2]
        yield {**entry, "system": system, "phase": "".join(phase), "where": locate.at()}, problems


def _blocks(path: Path) -> list[tuple[int, list[str]]]:
    """First line number and lines of each [[item]] table; tomllib does not tell them."""
    blocks: list[tuple[int, list[str]]] = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if text.strip() == "[[item]]":
            blocks.append((number, []))
        elif blocks:
            blocks[-1][1].append(text)
    return blocks


@dataclass(frozen=True)
class _Locator:
    path: Path
    line: int
    text: list[str]

    def at(self, key: str | None = None) -> str:
        for offset, text in enumerate(self.text, start=1):
            if key is not None and re.match(rf"{re.escape(key)}\s*=", text):
                return f"{self.path.name}:{self.line + offset}"
        return f"{self.path.name}:{self.line}"


def _problems(
    entry: Mapping[str, Any], system: str, words: Vocabulary, locate: _Locator
) -> list[str]:
    problems: list[str] = []

    def wrong(key: str | None, message: str) -> None:
        problems.append(f"{locate.at(key)}: {entry.get('id', 'item without id')}: {message}")

    for key in entry:
        if key not in _REQUIRED and key not in _OPTIONAL:
            wrong(key, f"unknown key {key!r}; known: {', '.join([*_REQUIRED, *_OPTIONAL])}")
    for key, kind in {**_REQUIRED, **_OPTIONAL}.items():
        if key not in entry:
            if key in _REQUIRED:
                wrong(None, f"key {key!r} is missing")
        elif not isinstance(entry[key], kind) or (key in _REQUIRED and not entry[key]):
            wrong(key, f"{key!r} must be a non-empty {kind.__name__}")
    if problems:
        return problems

    match = _ITEM_ID.match(entry["id"])
    if not match or match["prefix"] != words.systems[system]["prefix"]:
        wrong("id", f"id must be {words.systems[system]['prefix']}-<PHASE>-<two digits>")
    elif match["phase"] not in words.phases:
        wrong("id", f"unknown phase {match['phase']!r}; known: {', '.join(words.phases)}")
    for key, values, known in (
        ("stages", entry["stages"], words.stages),
        ("topic", [entry["topic"]], words.topics),
        ("severity", [entry["severity"]], words.severities),
        ("automatable", [entry["automatable"]], words.automatable),
        ("needs", entry["needs"], words.needs),
        ("conflicts", entry.get("conflicts", []), words.conflicts),
    ):
        for value in values:
            if value not in known:
                wrong(key, f"unknown {key.rstrip('s')} {value!r}; known: {', '.join(known)}")
    for reference in entry["source"]:
        if not _SOURCE.match(str(reference)) or str(reference)[:3] not in words.files:
            wrong("source", f"{reference!r} is not file:first-last of a known document")
    _check_limits(entry.get("limits", []), wrong)
    for name, number in entry.get("minimum", {}).items():
        if isinstance(number, bool) or not isinstance(number, int | float) or number <= 0:
            wrong("minimum", f"{name!r} must be a number above zero")
    for key in entry.get("attest", {}):
        if key not in _ATTEST_KEYS:
            wrong("attest", f"unknown key {key!r}; known: {', '.join(sorted(_ATTEST_KEYS))}")
    if "attest" in entry and entry["automatable"] != "manual-attestation":
        wrong("attest", "only an item of manual attestation can have attestation rules")
    return problems


def _check_limits(entries: list[Any], wrong: Callable[[str | None, str], None]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if not isinstance(entry, dict) or not {"metric", "op", "value"} <= set(entry):
            wrong("limits", f"a limit needs metric, op and value: {entry!r}")
            continue
        if unknown := set(entry) - _LIMIT_KEYS:
            wrong("limits", f"unknown key in a limit: {', '.join(sorted(unknown))}")
        if entry["op"] not in COMPARISONS:
            wrong("limits", f"unknown comparison {entry['op']!r} for {entry['metric']}")
        if entry["op"] == "in":
            try:
                closed_range(str(entry["value"]))
            except ValueError:
                wrong("limits", f'{entry["metric"]}: a range is written "low..high"')
        if entry["metric"] in seen:
            wrong("limits", f"{entry['metric']} stands twice")
        seen.add(entry["metric"])
