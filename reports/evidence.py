"""Read the evidence of a run, line by line, and verify that nobody changed it.

Each worker appends JSON lines to a file of its own. A line carries the SHA-256 of the line before
it, so a line that was edited, removed or inserted breaks the chain from there on. A process that is
killed may leave half a line at the end of its file: that is said, and the half line is left out.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from contracts.strict_json import MAX_DEPTH, refuse_deep

EXCHANGES = frozenset(
    {"http", "rpc", "sql", "mongo", "command", "browser", "dns", "tls", "port", "file"}
)
"""Kinds of lines that show the target: a check without any of them observed nothing."""

SETTLING = frozenset({"collected", "started", "observed", "finished", "witnessed"})
"""Kinds of lines in which a worker or a check speaks about itself."""


class Line(NamedTuple):
    """One complete line of evidence: where it stands, what it says, and its SHA-256 in hex."""

    file: str
    n: int
    record: dict[str, Any]
    sha256: str


@dataclass
class Evidence:
    """The evidence files of one run.

    `problems` say that evidence was changed or cannot be read: such a run cannot pass. `notes` are
    worth knowing but harm nothing. `files` gives per file the number of lines and the digest of the
    last one, which stands for the whole chain. All three are complete once `lines()` is exhausted.
    """

    run: Path
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)

    def lines(self) -> Iterator[Line]:
        """Every readable line of every file, files in the order of their names."""
        for path in sorted(self.run.glob("evidence-*.jsonl")):
            yield from self._file(path)

    def _file(self, path: Path) -> Iterator[Line]:
        name = path.name
        previous = ""
        number = 0
        chain_intact = True
        with path.open("rb") as stream:
            for raw in stream:
                number += 1
                whole = raw.endswith(b"\n")
                body = raw[:-1] if whole else raw
                record = _parse(body)
                if record is None:
                    if not whole:
                        number -= 1
                        self.notes.append(
                            f"{name}: the last line was torn off after {len(body)} bytes "
                            "(its process was killed while writing) and is left out"
                        )
                        break
                    self.problems.append(f"{name}:{number}: not a line of evidence")
                elif chain_intact:
                    fault = _broken(record, number, previous)
                    if fault:
                        chain_intact = False
                        self.problems.append(f"{name}:{number}: {fault}")
                previous = sha256(body).hexdigest()
                if record is not None:
                    yield Line(name, number, record, previous)
        self.files.append({"file": name, "lines": number, "sha256": previous})


_DEEPEST = 2 * MAX_DEPTH
"""A line holds what a target said, and adds levels of its own."""


def parse(raw: bytes) -> Any:
    """JSON whose numbers are finite: NaN, infinities and 1e999 come back as the text they were.

    Raises:
        ValueError: not JSON in UTF-8, or nested too deeply.
    """
    text = raw.decode("utf-8")
    refuse_deep(text, _DEEPEST)
    try:
        value, end = _DECODER.raw_decode(text)
    except ValueError:
        end = -1
    return value if end == len(text) else _DECODER.decode(text)  # white space around it, or a fault


def _finite(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=str)


def _parse(body: bytes) -> dict[str, Any] | None:
    """The record on a line, or None where the bytes are no JSON object with a kind."""
    try:
        record = parse(body)
    except ValueError:
        return None
    if isinstance(record, dict) and isinstance(record.get("kind"), str):
        return record
    return None


def _broken(record: dict[str, Any], number: int, previous: str) -> str:
    """Why the chain does not hold at this line, or an empty string."""
    if record.get("previous") != previous:
        return "the hash chain is broken here: a line was changed, removed or inserted"
    if record.get("n") != number:
        return f"the line calls itself number {record.get('n')!r}: lines are missing"
    return ""


def pick(run: Path, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], dict[str, Any]]:
    """The records at the given (file, line number) places; only these lines are parsed."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    by_file: dict[str, set[int]] = {}
    for file, number in wanted:
        by_file.setdefault(file, set()).add(number)
    for file, numbers in by_file.items():
        last = max(numbers)
        with (run / file).open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                if number in numbers:
                    record = _parse(raw)
                    if record is not None:
                        found[file, number] = record
                if number >= last:
                    break
    return found
