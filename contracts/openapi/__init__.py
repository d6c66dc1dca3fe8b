"""The OpenAPI documents: what each system's HTTP API promises, one file per system."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def load(system: str) -> dict[str, Any]:
    """The document of a system such as "meta_aggregator"; raises OSError where there is none."""
    path = Path(__file__).with_name(f"{system}.json")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
