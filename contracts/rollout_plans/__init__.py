"""How features are rolled out: the stages of one plan, the weeks of the other."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PHASES = "phases"
SCHEDULE = "schedule"


class PlanError(ValueError):
    """A plan that cannot be used; the sentence names file and place."""


@dataclass(frozen=True)
class Stage:
    """A stage of the phase plan: what the flag of its feature says then, besides the percentage.

    `early_users` says that its allow-list names real users.
    """

    name: str
    feature: str
    early_users: bool
    settings: Mapping[str, bool | int | str]


@dataclass(frozen=True)
class Week:
    """A week of the schedule: the level of monitoring of each feature."""

    number: int
    monitoring: Mapping[str, str]


@dataclass(frozen=True)
class RolloutPlans:
    """Both plans of a system.

    `percentages` are all shares that either goes through, ascending. Anonymous operations get a
    feature from `anonymous_from_percentage` on.
    """

    features: tuple[str, ...]
    percentages: tuple[int, ...]
    anonymous_from_percentage: int
    stages: Mapping[str, Stage]
    weeks: Mapping[int, Week]


@cache
def load(system: str) -> RolloutPlans:
    """Read the plans of a system; raises PlanError."""
    return read(FOLDER / f"{system}.toml")


def read(path: Path) -> RolloutPlans:
    """Read plans from a file; raises PlanError."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PlanError(f"The plans {path} cannot be read: {error}.") from None
    try:
        plans = _plans(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise PlanError(f"The plans {path.name} are not complete: {error}.") from None
    if list(plans.percentages) != sorted(set(plans.percentages)):
        raise PlanError(f"{path.name}: the percentages do not ascend.")
    named = {one.feature for one in plans.stages.values()}
    named |= {feature for week in plans.weeks.values() for feature in week.monitoring}
    if unknown := sorted(named - set(plans.features)):
        raise PlanError(f"{path.name}: {unknown[0]} is not among the features.")
    return plans


def _plans(data: dict[str, Any]) -> RolloutPlans:
    stages = [Stage(**each) for each in data.pop("stage")]
    weeks = [Week(**each) for each in data.pop("week")]
    return RolloutPlans(
        features=tuple(data.pop("features")),
        percentages=tuple(data.pop("percentages")),
        stages={stage.name: stage for stage in stages},
        weeks={week.number: week for week in weeks},
        **data,
    )
