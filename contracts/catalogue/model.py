"""What the catalogue consists of: items, their limits, and the words they may use."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Number = int | float
Value = int | float | str

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COMPARISONS = (*_OPERATORS, "in")


def closed_range(text: str) -> tuple[float, float]:
    """The two ends of "low..high"; ValueError for anything else."""
    low, separator, high = text.partition("..")
    if not separator:
        raise ValueError(text)
    return float(low), float(high)


class CatalogueError(Exception):
    """The catalogue is not usable; `problems` are sentences that begin with file and line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Limit:
    """One threshold of an item.

    `op` is a comparison, or "in" for a closed range written "low..high". `suite_default` marks a
    number that the source document leaves open and this suite chose. `changed_from` is the
    catalogue's value where the target's profile overrides it. `signed` says of an upper bound that
    its metric is a difference and may be below zero, as no number, time, size or share can.
    """

    metric: str
    op: str
    value: Value
    suite_default: bool = False
    changed_from: Value | None = None
    signed: bool = False

    def holds(self, observed: Value) -> bool:
        """Whether the observed value keeps the limit; what cannot have been observed keeps none.

        A broken figure, such as minus infinity, would otherwise lie below every bound.
        """
        if isinstance(observed, float) and not math.isfinite(observed):
            return False
        if self._impossible(observed):
            return False
        if self.op == "in":
            low, high = closed_range(str(self.value))
            return not isinstance(observed, str) and low <= observed <= high
        return bool(_OPERATORS[self.op](observed, self.value))

    def explain(self, observed: object) -> str:
        """A sentence for a failed assertion: metric, expected, observed."""
        changed = (
            f" (the catalogue says {self.changed_from}; the profile changed it)"
            if self.changed_from is not None
            else ""
        )
        least = " and not below zero" if self._impossible(observed) else ""
        return (
            f"{self.metric}: expected {self.op} {self.value}{least}{changed}, observed {observed}"
        )

    def _impossible(self, observed: object) -> bool:
        bounded = self.op in ("<", "<=") and not self.signed
        return bounded and isinstance(observed, int | float) and observed < 0


@dataclass(frozen=True)
class AttestationRule:
    """What a person's statement about a manual item must contain.

    `facts` must be present; `equals` must have exactly these values; `before` and `after` compare
    a time among the facts with a time of the release ("window_start", "verified_at", ...).
    """

    facts: tuple[str, ...] = ()
    equals: Mapping[str, Value] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """One line of a release document that can be verified."""

    id: str
    system: str
    phase: str
    title: str
    stages: tuple[str, ...]
    topic: str
    severity: str
    automatable: str
    needs: tuple[str, ...]
    how: str
    bad: str
    source: tuple[str, ...]
    limits: tuple[Limit, ...] = ()
    faults: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    minimum: Mapping[str, Number] = field(default_factory=dict)
    attest: AttestationRule = AttestationRule()
    where: str = ""

    @property
    def manual(self) -> bool:
        """Whether only a person's statement can establish the item."""
        return self.automatable == "manual-attestation"

    @property
    def markers(self) -> frozenset[str]:
        """The pytest markers that select the item: stages, topic, severity and system."""
        return frozenset({*self.stages, self.topic, self.severity, self.system})


@dataclass(frozen=True)
class Vocabulary:
    """The words that items may use, each with its meaning."""

    systems: Mapping[str, Mapping[str, str]]
    phases: Mapping[str, str]
    stages: Mapping[str, str]
    topics: Mapping[str, str]
    severities: Mapping[str, str]
    automatable: Mapping[str, str]
    needs: Mapping[str, str]
    files: Mapping[str, str]
    conflicts: Mapping[str, Mapping[str, Any]]

    @property
    def markers(self) -> dict[str, str]:
        """Every marker that the catalogue gives to checks, with its meaning."""
        systems = {name: entry["title"] for name, entry in self.systems.items()}
        severities = {name: f"severity: {text}" for name, text in self.severities.items()}
        return {**self.topics, **self.stages, **systems, **severities}


@dataclass(frozen=True)
class Catalogue:
    """All items by id, in the order of the files, and the vocabulary."""

    items: Mapping[str, Item]
    vocabulary: Vocabulary

    def of_system(self, system: str) -> tuple[Item, ...]:
        """The items of one system."""
        return tuple(item for item in self.items.values() if item.system == system)

    def stands_for(self, reference: str) -> tuple[Item, ...]:
        """The items that an id or a pattern such as `MA-SIG-*` names; empty when none."""
        if reference.endswith("*"):
            start = reference[:-1]
            return tuple(item for item in self.items.values() if item.id.startswith(start))
        return (self.items[reference],) if reference in self.items else ()
