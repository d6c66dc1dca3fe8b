"""What is asked of a target's Prometheus, with the unit of the answer.

One TOML file per system beside this module. An expression is data because exporters differ; its
unit is data because 0.5 may be half of all requests or half a percent of them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

UNITS = frozenset({"ratio", "percent", "seconds", "milliseconds", "bytes", "count"})
_KEYS = {"what", "expression", "unit", "regression_pct", "upward_trend_pct"}


@dataclass(frozen=True)
class Figure:
    """One figure. Two tolerances, in percent, are given where they are judged by it.

    `regression_pct` is how much worse than the baseline it may be, `upward_trend_pct` how much it
    may rise over a window that is meant to be steady.
    """

    name: str
    what: str
    expression: str
    unit: str
    regression_pct: float | None = None
    upward_trend_pct: float | None = None

    def over(self, window: str) -> str:
        """The expression with its window filled in, such as "5m"."""
        return self.expression.replace("{window}", window)

    def percent(self, value: float) -> float:
        """A share in percent; ValueError for a figure that is no share, or no possible one."""
        scale = {"ratio": 100.0, "percent": 1.0}.get(self.unit)
        if scale is None:
            raise ValueError(f"{self.name} is in {self.unit}, not a share")
        if not 0 <= value * scale <= 100:
            raise ValueError(f"{self.name} is {value:g}, which is no {self.unit}: see its unit")
        return value * scale

    def seconds(self, value: float) -> float:
        """A time in seconds; ValueError for a figure that is no time."""
        scale = {"seconds": 1.0, "milliseconds": 0.001}.get(self.unit)
        if scale is None:
            raise ValueError(f"{self.name} is in {self.unit}, not a time")
        return value * scale


@cache
def figures(system: str) -> dict[str, Figure]:
    """The figures of a system by name; ValueError where the file is not as documented here."""
    return read(Path(__file__).with_name(f"{system}.toml"))


def read(path: Path) -> dict[str, Figure]:
    """The figures of a file; ValueError with the file's name and what is wrong in it."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    if document.keys() != {"format", "figures"} or document["format"] != 1:
        raise ValueError(f"{path.name}: format = 1 and [figures.<name>] are expected")
    found = {}
    for name, row in document["figures"].items():
        if unknown := row.keys() - _KEYS:
            raise ValueError(f"{path.name}: [figures.{name}] has unknown keys {sorted(unknown)}")
        if missing := {"what", "expression", "unit"} - row.keys():
            raise ValueError(f"{path.name}: [figures.{name}] lacks {sorted(missing)}")
        if row["unit"] not in UNITS:
            raise ValueError(f"{path.name}: [figures.{name}] has the unknown unit {row['unit']!r}")
        found[name] = Figure(name=name, **row)
    return found
