"""JSON from outside: bounded in depth, without values that JSON does not have, read in one way."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

MAX_DEPTH = 200
_NAME_ENDS = re.compile(r'"[ \t\r\n]*:')
_BRACKETS_OR_STRINGS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)

_WITH_PARTS = {dict, list}


def loads(text: str) -> Any:
    """Return the value of a JSON text; raises ValueError."""
    refuse_deep(text)
    value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    refuse_repeated(text, value)
    return value


def refuse_repeated(text: str, value: Any) -> None:
    """Raise ValueError where a key stands in one object of the text twice; `value` is its value.

    Readers take different ones of the two. Each key ends with a quote and a colon: where there are
    no more of these, or no more colons at all, than keys in the value, none was lost, and nothing
    is parsed again.
    """
    names = _names(value)
    if text.count(":") != names and len(_NAME_ENDS.findall(text)) != names:
        json.loads(text, object_pairs_hook=_once)


def refuse_deep(text: str, limit: int = MAX_DEPTH) -> None:
    """Raise ValueError for a text that is nested deeper than the limit.

    To be asked before parsing: libraries raise Python's recursion limit, and a deep text would then
    end the process instead of raising RecursionError.
    """
    if text.count("[") + text.count("{") > limit and _depth(text, limit) > limit:
        raise ValueError(f"it is nested deeper than {limit} levels")


def _depth(text: str, limit: int) -> int:
    depth = deepest = 0
    for found in _BRACKETS_OR_STRINGS.finditer(text):
        first = found[0][0]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > limit:
                break
        elif first in "]}":
            depth -= 1
    return deepest


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is beyond every number that can be compared")
    return value


def _names(value: Any) -> int:
    """Count the keys of all objects in a value."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    number = len(inside) if isinstance(value, dict) else 0
    return number + sum([_names(one) for one in inside if type(one) in _WITH_PARTS])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:40]!r} stands in one object twice")
    return found
