"""Vectors of others, in the shapes in which projects publish them, brought into one."""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("GATEHOUSE_VECTORS") or ROOT.parent / "shared" / "vectors")
"""Where vectors lie that are not this project's own."""

EXPECTED = {
    "encoded": ("encoded", "encodedData", "encodeData"),
    "struct": ("structHash", "hashStruct", "messageHash"),
    "separator": ("separator", "domainSeparator", "domainHash"),
    "digest": ("digest", "hash", "signHash", "sigHash", "signingHash"),
    "signature": ("signature", "sig"),
}


@dataclass
class Vector:
    """One typed-data document and whatever its publisher says about it."""

    name: str
    types: dict[str, Any]
    primary: str | None
    domain: dict[str, Any]
    message: dict[str, Any]
    expected: dict[str, str]
    private_key: str | None = None


def files(folder: Path = FOLDER) -> list[Path]:
    """Every JSON file of the folder, compressed ones too."""
    return sorted(path for path in folder.rglob("*") if path.name.endswith((".json", ".json.gz")))


def vectors(path: Path) -> list[Vector]:
    """Every vector in a file, wherever in it they stand."""
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    return list(_found(json.loads(text), path.stem))


def _found(value: Any, name: str) -> Iterator[Vector]:
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _found(one, f"{name}[{index}]")
    elif isinstance(value, dict):
        document = _document(value)
        if document is not None:
            yield _vector(value, document, value.get("name") or value.get("description") or name)
        else:
            for key, one in value.items():
                yield from _found(one, f"{name}.{key}")


def _document(value: dict[str, Any]) -> dict[str, Any] | None:
    for key in (None, "typedData", "typed_data", "input", "document"):
        inner = value if key is None else value.get(key)
        if isinstance(inner, dict) and {"types", "domain"} <= inner.keys():
            return inner
    return None


def _vector(value: dict[str, Any], document: dict[str, Any], name: Any) -> Vector:
    beside = [value, *(one for one in (value.get("expected"), value.get("output")) if one)]
    expected = {
        meaning: found[key]
        for meaning, keys in EXPECTED.items()
        for found in beside
        for key in keys
        if isinstance(found, dict) and isinstance(found.get(key), str)
    }
    return Vector(
        name=str(name),
        types=document["types"],
        primary=document.get("primaryType"),
        domain=document["domain"],
        message=document["message"] if "message" in document else document["data"],
        expected=expected,
        private_key=value.get("privateKey"),
    )
