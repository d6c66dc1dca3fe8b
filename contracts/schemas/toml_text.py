"""Read TOML and remember on which line each key stands, so that a mistake can be pointed at.

`tomllib` tells no positions. A second pass over the text finds the line of each table header, key
and array element; it may assume valid TOML, because the first pass has accepted it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any

from contracts.schemas.mistakes import Invalid, Mistake

_KEY_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(\.?)""")
_MAX_DEPTH = 200
_AT = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)$")

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class TomlText:
    """One TOML file: its text, its data with dates as text, and the line of each key."""

    file: str
    text: str
    data: dict[str, Any]

    @cached_property
    def lines(self) -> dict[Place, int]:
        """Line of each key; found when the first one is asked for, as only a mistake does."""
        return _Lines(self.text).found

    def line(self, place: Place) -> int:
        """Line of `place`, or of the nearest thing around it; 1 when nothing is known."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(path: Path, *, shown_as: str | None = None) -> TomlText:
    """Read and parse a file. Raises Invalid with the line when that is not possible."""
    name = shown_as or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")  # editors of Windows write a mark
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Invalid([Mistake(name, 1, "", f"cannot be read: {reason}")]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Invalid([Mistake(name, line, "", "is not UTF-8 text", "save it as UTF-8")]) from error
    return parse(text.replace("\r\n", "\n"), name)


def parse(text: str, file: str) -> TomlText:
    """Parse TOML text. Raises Invalid naming `file` and the line."""
    try:
        data = _plain(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT.search(message)
        last = text.count("\n") + 1
        line = int(found[1]) if found and found[1] else last
        said = message[: found.start()].strip() if found else message
        raise Invalid([Mistake(file, line, "", f"is not TOML: {said}")]) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, deep nesting
        raise Invalid([Mistake(file, 1, "", f"cannot be read: {error}")]) from error
    return TomlText(file, text, data)


def _plain(value: Any, depth: int = 0) -> Any:
    """Turn TOML values into JSON values; a date keeps exactly as much as was written.

    Raises ValueError for what is nested too deep: libraries raise Python's own limit.
    """
    if depth > _MAX_DEPTH:
        raise ValueError(f"it is nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {key: _plain(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, depth + 1) for part in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    return value


class _Lines:
    """Positions found by walking the text once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.number = 1
        self.found: dict[Place, int] = {}
        self.counts: dict[Place, int] = {}
        table: Place = ()
        while self._skip_blank():
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                place = self._place((*table, *self._key()))
                self._note(place)
                self.at += 1
                self._value(place)

    def _skip_blank(self) -> bool:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "#":
                self._to_line_end()
            elif char in " \t\r\n":
                self._step()
            else:
                return True
        return False

    def _step(self) -> None:
        self.number += self.text[self.at] == "\n"
        self.at += 1

    def _to_line_end(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def _key(self) -> Place:
        names: list[str] = []
        while found := _KEY_PART.match(self.text, self.at):
            self.at = found.end()
            quoted = found[1]
            names.append(
                str(tomllib.loads(f'k = "{quoted}"')["k"])
                if quoted is not None
                else str(found[2] if found[2] is not None else found[3])
            )
            if not found[4]:
                break
        return tuple(names)

    def _header(self) -> Place:
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        names = self._key()
        self.at += 2 if double else 1
        if not double:
            place = self._place(names)
        else:
            array = (*self._place(names[:-1]), names[-1])
            self.counts[array] = self.counts.get(array, 0) + 1
            place = (*array, self.counts[array] - 1)
        self._note(place)
        return place

    def _place(self, names: Place) -> Place:
        """Insert the index of the newest element wherever a name is an array of tables."""
        place: Place = ()
        for position, name in enumerate(names):
            place = (*place, name)
            following = names[position + 1] if position + 1 < len(names) else None
            if place in self.counts and not isinstance(following, int):
                place = (*place, self.counts[place] - 1)
        return place

    def _note(self, place: Place) -> None:
        for length in range(1, len(place) + 1):
            self.found.setdefault(place[:length], self.number)

    def _value(self, place: Place) -> None:
        """Walk over one value, noting the elements of a list that spans several lines."""
        brackets: list[str] = []
        element, fresh = 0, True
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "#":
                self._to_line_end()
                continue
            if char == "\n" and not brackets:
                return
            if brackets == ["["] and fresh and char not in " \t\r\n,]":
                self._note((*place, element))
                fresh = False
            if char in "\"'":
                self._string(char)
                continue
            if char in "[{":
                brackets.append(char)
            elif char in "]}":
                brackets.pop()
            elif char == "," and brackets == ["["]:
                element, fresh = element + 1, True
            self._step()

    def _string(self, quote: str) -> None:
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        for _ in mark:
            self._step()
        while not self.text.startswith(mark, self.at):
            if quote == '"' and self.text[self.at] == "\\":
                self._step()
            self._step()
        for _ in mark:
            self._step()
        while len(mark) == 3 and self.text.startswith(quote, self.at):
            self._step()
