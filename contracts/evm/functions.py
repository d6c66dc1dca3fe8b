"""What the functions of Escrow promise: effects, callers, refusals, read from their table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("Escrow.functions.toml")
ANYONE = "anyone"
MONEY = ("takes", "pays", "moves")
EFFECTS = (*MONEY, "protects", "governs")


@dataclass(frozen=True)
class Call:
    """A function in a state in which it can be called, and by whom."""

    function: str
    arguments: tuple[Any, ...] = ()
    value: str = "$nothing"
    when: str = "prepared"
    callers: tuple[str, ...] = ()
    refusal: str = ""
    refusals: Mapping[str, str] = field(default_factory=dict)

    def refusal_of(self, caller: str) -> str:
        """The error that somebody else gets."""
        return self.refusals.get(caller, self.refusal)


@dataclass(frozen=True)
class Wrong:
    """A call that is refused for what it says, and the error that says so."""

    what: str
    function: str
    refusal: str
    arguments: tuple[Any, ...] = ()
    value: str = "$nothing"
    when: str = "prepared"
    caller: str = "stranger"


@dataclass(frozen=True)
class Edge:
    """A call that goes through from one second on, or up to one, and its refusal beyond."""

    what: str
    function: str
    refusal: str
    arguments: tuple[Any, ...] = ()
    value: str = "$nothing"
    caller: str = "stranger"
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Sequences:
    """How many sequences of calls are generated, and how many steps the longest has."""

    number: int
    length: int


@dataclass(frozen=True)
class Functions:
    """The whole table."""

    effects: Mapping[str, str]
    calls: tuple[Call, ...]
    wrong: tuple[Wrong, ...]
    edges: tuple[Edge, ...]
    sequences: Sequences

    def with_effect(self, *effects: str) -> tuple[str, ...]:
        """The functions that have one of these effects."""
        return tuple(name for name, effect in self.effects.items() if effect in effects)

    def honest(self, function: str) -> Call:
        """The first call of a function."""
        return next(call for call in self.calls if call.function == function)


@cache
def functions() -> Functions:
    """Read the table.

    Raises ValueError or TypeError when a row does not fit, or a function has no honest call.
    """
    data = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    table = Functions(
        effects=data["effects"],
        calls=tuple(Call(**_frozen(row)) for row in data["call"]),
        wrong=tuple(Wrong(**_frozen(row)) for row in data["wrong"]),
        edges=tuple(Edge(**_frozen(row)) for row in data["edge"]),
        sequences=Sequences(**data["sequences"]),
    )
    unknown = set(table.effects.values()) - set(EFFECTS)
    if unknown:
        raise ValueError(f"{TABLE.name}: unknown effects {sorted(unknown)}")
    called = {call.function for call in table.calls}
    named = called | {wrong.function for wrong in table.wrong}
    if called != set(table.effects) or not named <= called:
        odd = sorted(called ^ set(table.effects) | named - called)
        raise ValueError(f"{TABLE.name}: {', '.join(odd)} lack an effect or a call")
    return table


def _frozen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
