"""Recorded conversations with releases before: what their clients rely on, one file per system."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})


@dataclass(frozen=True)
class Step:
    """One exchange. Texts in braces are filled in, texts in angle brackets name a kind of value.

    `keep` names fields of the answer that later steps need: field = name.
    """

    title: str
    method: str
    path: str
    status: int
    answer: Mapping[str, Any]
    body: Mapping[str, Any] | None = None
    keep: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """The steps that clients of a release take, and what it answered."""

    version: str
    steps: tuple[Step, ...]


@cache
def load(system: str) -> Recording:
    """The recording of a system such as "nctool".

    Raises OSError where there is none, ValueError where a step is not one.
    """
    path = Path(__file__).with_name(f"{system}.toml")
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        steps = tuple(Step(**row) for row in document["step"])
        recording = Recording(document["version"], steps)
    except (TypeError, KeyError) as error:
        raise ValueError(f"{path.name}: {error}") from None
    wrong = [step.title for step in steps if step.method not in METHODS]
    if wrong or not steps:
        raise ValueError(f"{path.name}: no steps, or steps without a known method: {wrong}")
    return recording
