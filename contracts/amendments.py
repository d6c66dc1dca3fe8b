"""Waivers and attestations: what people add to the results of a run, and the rules for it.

Both are TOML files beside the profile. A file that breaks a rule stops the run with all its
mistakes; an entry that is sound but does not hold now (expired, for another release, …) counts as
nothing and is listed with its state. Sources of the rules: an expiry is mandatory and bounded, a
waiver needs an approver who is not its author and a scope, an attestation is bound to the release
commit and replaces nothing but a missing observation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from contracts.persons import is_placeholder, same_person
from contracts.schemas import Invalid, Mistake, load, problems, spell
from contracts.schemas.toml_text import TomlText, read

MAX_WAIVER_DAYS: Final = 90
MAX_ATTESTATION_DAYS: Final = 365
_NO_OWN: Final[Mapping[str, tuple[str, str]]] = {}
STATES: Final = ("valid", "expired", "not_yet", "other_release", "other_target", "unused")


class ItemLike(Protocol):
    """The part of a catalogue item that decides what may be said about it."""

    @property
    def automatable(self) -> str:
        """How far the item can be automated."""


@dataclass(frozen=True)
class Waiver:
    """A decision to let a release pass although an item is not fulfilled; dates are in UTC."""

    item: str
    reason: str
    author: str
    approver: str
    ticket: str
    granted: datetime
    expires: datetime
    scope_target: str
    scope_release: str
    state: str
    line: int = 0

    @property
    def counts(self) -> bool:
        """Whether it holds for this run."""
        return self.state == "valid"

    def valid_at(self, when: datetime) -> bool:
        """Whether it holds at a later moment of the same run as well."""
        return self.counts and self.granted <= when < self.expires

    def as_json(self) -> dict[str, Any]:
        """Give the form in which the plan carries it: as written, and its state."""
        return {
            "item": self.item,
            "reason": self.reason,
            "author": self.author,
            "approver": self.approver,
            "ticket": self.ticket,
            "granted": _written(self.granted),
            "expires": _written(self.expires),
            "scope": {"target": self.scope_target, "release": self.scope_release},
            "state": self.state,
        }


@dataclass(frozen=True)
class Attestation:
    """A person's dated statement about a manual item of one release commit; dates are in UTC."""

    item: str
    by: str
    role: str
    date: datetime
    expires: datetime
    commit: str
    statement: str
    state: str
    evidence: tuple[Mapping[str, str], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0

    @property
    def counts(self) -> bool:
        """Whether it holds for this run."""
        return self.state == "valid"

    def valid_at(self, when: datetime) -> bool:
        """Whether it holds at a later moment of the same run as well."""
        return self.counts and self.date <= when < self.expires

    def as_json(self) -> dict[str, Any]:
        """Give the form in which the plan carries it: as written, and its state."""
        return {
            "item": self.item,
            "by": self.by,
            "role": self.role,
            "date": _written(self.date),
            "expires": _written(self.expires),
            "commit": self.commit,
            "statement": self.statement,
            "evidence": [dict(each) for each in self.evidence],
            "facts": dict(self.facts),
            "state": self.state,
        }


def load_waivers(
    path: Path | None,
    *,
    items: Mapping[str, ItemLike],
    target: str,
    version: str,
    commit: str,
    now: datetime,
    never_waivable: Iterable[str] = (),
    expected: Collection[str] | None = None,
    own: Mapping[str, tuple[str, str]] = _NO_OWN,
) -> tuple[Waiver, ...]:
    """Read a waivers file and decide what each entry is worth to this run at `now`.

    `own` gives version and commit of systems whose release is not the target's.

    `never_waivable` are ids, or prefixes ending in `*`, for which no waiver is accepted. An entry
    whose item is not among `expected`, the plan, is "unused". Raises Invalid with every mistake.
    """
    if path is None:
        return ()
    text = read(path)
    patterns = tuple(never_waivable)

    def rules(entry: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        yield from _common(entry, items, ("reason", "author", "approver", "ticket"))
        if same_person(entry.get("author"), entry.get("approver")):
            yield "approver", "is the author", "let somebody else decide"
        yield from _bounded(entry, "granted", MAX_WAIVER_DAYS)
        item = str(entry.get("item"))
        if any(fnmatchcase(item, pattern) for pattern in patterns):
            yield (
                "item",
                f"{item} may never be waived on this target",
                "remove the waiver; the profile's policy.never_waivable names the item",
            )

    def make(entry: dict[str, Any], line: int) -> Waiver:
        scope = entry["scope"]
        granted, expires = _moment(entry["granted"]), _moment(entry["expires"])
        state = _in_time(granted, expires, now)
        system = getattr(items.get(entry["item"]), "system", "")
        if scope["release"] not in own.get(system, (version, commit)):
            state = "other_release"
        if scope["target"] != target:
            state = "other_target"
        return Waiver(
            item=entry["item"],
            reason=entry["reason"].strip(),
            author=entry["author"].strip(),
            approver=entry["approver"].strip(),
            ticket=entry["ticket"].strip(),
            granted=granted,
            expires=expires,
            scope_target=scope["target"],
            scope_release=scope["release"],
            state=_used(state, entry["item"], expected),
            line=line,
        )

    def identity(entry: dict[str, Any]) -> object:
        scope = entry.get("scope")
        return entry.get("item"), sorted(scope.items()) if isinstance(scope, dict) else None

    return _entries(text, "waiver", "waivers", rules, identity, make)


def load_attestations(
    path: Path | None,
    *,
    items: Mapping[str, ItemLike],
    commit: str,
    now: datetime,
    target: str = "",
    expected: Collection[str] | None = None,
    own: Mapping[str, tuple[str, str]] = _NO_OWN,
) -> tuple[Attestation, ...]:
    """Read an attestations file and decide what each entry is worth to this run at `now`.

    `own` gives version and commit of systems whose release is not the target's.

    A statement is bound to a commit, which is the same wherever it is deployed; `target` is not
    looked at. Raises Invalid with every mistake.
    """
    del target
    if path is None:
        return ()
    text = read(path)

    def rules(entry: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        yield from _common(entry, items, ("by", "statement"))
        yield from _bounded(entry, "date", MAX_ATTESTATION_DAYS)
        found = items.get(str(entry.get("item")))
        if found is not None and found.automatable != "manual-attestation":
            yield (
                "item",
                f"{entry['item']} is observed by checks, a statement cannot stand in for them",
                "remove the attestation; a known shortcoming needs a waiver",
            )

    def make(entry: dict[str, Any], line: int) -> Attestation:
        date, expires = _moment(entry["date"]), _moment(entry["expires"])
        state = _in_time(date, expires, now)
        system = getattr(items.get(entry["item"]), "system", "")
        if entry["commit"] != own.get(system, ("", commit))[1]:
            state = "other_release"
        return Attestation(
            item=entry["item"],
            by=entry["by"].strip(),
            role=entry.get("role", "").strip(),
            date=date,
            expires=expires,
            commit=entry["commit"],
            statement=entry["statement"].strip(),
            state=_used(state, entry["item"], expected),
            evidence=tuple(entry.get("evidence", ())),
            facts=entry.get("facts", {}),
            line=line,
        )

    def identity(entry: dict[str, Any]) -> object:
        return entry.get("item"), entry.get("commit")

    return _entries(text, "attestation", "attestations", rules, identity, make)


Made = TypeVar("Made")


def _entries(
    text: TomlText,
    table: str,
    schema: str,
    rules: Callable[[dict[str, Any]], Iterable[tuple[str, str, str]]],
    identity: Callable[[dict[str, Any]], object],
    make: Callable[[dict[str, Any], int], Made],
) -> tuple[Made, ...]:
    """Check all entries of one file; raise Invalid with all mistakes, or make the objects."""
    mistakes = [
        Mistake(text.file, text.line(each.path), spell(each.path), each.message, each.remedy)
        for each in problems(text.data, load(schema))
    ]
    written = text.data.get(table, [])
    entries = [
        (number, entry)
        for number, entry in enumerate(written if isinstance(written, list) else [])
        if isinstance(entry, dict)
    ]
    said = {(mistake.line, mistake.key) for mistake in mistakes}
    first: dict[str, int] = {}
    for number, entry in entries:
        for key, message, remedy in rules(entry):
            place = (table, number, key)
            mistake = Mistake(text.file, text.line(place), spell(place), message, remedy)
            if (mistake.line, mistake.key) not in said:
                mistakes.append(mistake)
        line = text.line((table, number))
        earlier = first.setdefault(repr(identity(entry)), line)
        if earlier != line:
            mistakes.append(
                Mistake(
                    text.file,
                    line,
                    spell((table, number)),
                    f"says the same as the entry on line {earlier}",
                    "keep one of the two",
                )
            )
    if mistakes:
        raise Invalid(mistakes)
    return tuple(make(entry, text.line((table, number))) for number, entry in entries)


def _common(
    entry: Mapping[str, Any], items: Mapping[str, ItemLike], texts: Iterable[str]
) -> Iterator[tuple[str, str, str]]:
    item = entry.get("item")
    if isinstance(item, str) and item not in items:
        yield "item", f"{item!r} is not an item of the catalogue", "see pytest --items"
    for key in texts:
        value = entry.get(key)
        if isinstance(value, str) and not value.strip():
            yield key, "is empty", f"write the {key}"
        elif isinstance(value, str) and is_placeholder(value):
            yield key, f"{value.strip()!r} is a placeholder", f"write the real {key}"


def _bounded(entry: Mapping[str, Any], start: str, days: int) -> Iterator[tuple[str, str, str]]:
    """The end must come after the start, and within the bound."""
    try:
        begins, ends = _moment(entry[start]), _moment(entry["expires"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return  # the schema has said so already
    if ends <= begins:
        yield "expires", f"is not after {start}", "write a later date"
    elif ends - begins > timedelta(days=days):
        said = f"is {(ends - begins).days} days after {start}, more than {days}"
        last = _written(begins + timedelta(days=days))  # before `ends`, so in the calendar
        yield "expires", said, f"write a date up to {last}"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _in_time(start: datetime, end: datetime, now: datetime) -> str:
    if now < start:
        return "not_yet"
    return "valid" if now < end else "expired"


def _used(state: str, item: str, expected: Collection[str] | None) -> str:
    return "unused" if state == "valid" and expected is not None and item not in expected else state
