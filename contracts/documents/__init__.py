"""What the release documents tell people to run or to look into, with the lines that name it.

One TOML file per system beside this module.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_KEYS = {"format", "npm_scripts", "files", "folders"}


@dataclass(frozen=True)
class Documented:
    """The names, without repetition; files and folders are paths in the repository."""

    npm_scripts: frozenset[str]
    files: frozenset[str]
    folders: frozenset[str]


@cache
def documented(system: str) -> Documented:
    """What the documents of a system name.

    Raises ValueError for a file of another shape, FileNotFoundError for a system without one.
    """
    path = Path(__file__).with_name(f"{system}.toml")
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    if set(raw) != _KEYS or raw["format"] != 1:
        raise ValueError(f"{path.name}: expected format = 1 and {', '.join(sorted(_KEYS))}")
    return Documented(*(frozenset(raw[kind]) for kind in ("npm_scripts", "files", "folders")))
