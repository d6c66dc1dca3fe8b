"""The catalogue: every verifiable item of the three release documents, as data.

One TOML file per system beside this module, and `vocabulary.toml` with the words they may use.
Loading checks the structure of all files and reports every mistake at once.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from contracts.catalogue.model import (
    AttestationRule,
    Catalogue,
    CatalogueError,
    Item,
    Limit,
    Vocabulary,
)
from contracts.kept import kept

__all__ = [
    "DIRECTORY",
    "AttestationRule",
    "Catalogue",
    "CatalogueError",
    "Item",
    "Limit",
    "Vocabulary",
    "load",
]

DIRECTORY = Path(__file__).parent


@cache
def load(directory: Path = DIRECTORY) -> Catalogue:
    """Read and check all catalogue files of a directory.

    Parsing and checking takes about 150 ms, more than a smoke run has to spare. So the checked
    entries are kept beside the byte code, named by the digest of the files and of this package:
    any change to either is read anew.

    Raises:
        CatalogueError: with every structural mistake, each by file and line.
    """
    sources = sorted([*directory.glob("*.toml"), *DIRECTORY.glob("*.py")])
    checked = kept("catalogue", sources, lambda: _read(directory), beside=directory)
    vocabulary = Vocabulary(**checked["vocabulary"])
    items = {entry["id"]: _item(entry) for entry in checked["entries"]}
    return Catalogue(items, vocabulary)


def _read(directory: Path) -> dict[str, Any]:
    from contracts.catalogue.reading import read_entries, read_vocabulary

    vocabulary = read_vocabulary(directory / "vocabulary.toml")
    return {"vocabulary": vars(vocabulary), "entries": read_entries(directory, vocabulary)}


def _item(entry: dict[str, Any]) -> Item:
    attest = entry.get("attest", {})
    return Item(
        id=entry["id"],
        system=entry["system"],
        phase=entry["phase"],
        title=entry["title"],
        stages=tuple(entry["stages"]),
        topic=entry["topic"],
        severity=entry["severity"],
        automatable=entry["automatable"],
        needs=tuple(entry["needs"]),
        how=entry["how"],
        bad=entry["bad"],
        source=tuple(entry["source"]),
        limits=tuple(Limit(**limit) for limit in entry.get("limits", ())),
        faults=tuple(entry.get("faults", ())),
        conflicts=tuple(entry.get("conflicts", ())),
        minimum=entry.get("minimum", {}),
        attest=AttestationRule(
            tuple(attest.get("facts", ())),
            attest.get("equals", {}),
            attest.get("before", {}),
            attest.get("after", {}),
        ),
        where=entry["where"],
    )
