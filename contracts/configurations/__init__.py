"""What the configuration files of a release must hold, as JSON Schemas: one file per system."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def configuration(system: str) -> dict[str, Any]:
    """File of the release -> its schema; FileNotFoundError for a system without one."""
    path = Path(__file__).with_name(f"{system}.json")
    schemas: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schemas
