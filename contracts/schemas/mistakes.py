"""What is wrong in a file that a person wrote: where, what, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One mistake in one file. `line` counts from 1; `key` is dotted, as in the file."""

    file: str
    line: int
    key: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        """Give file, line and key, the message, and the remedy where there is one."""
        text = f"{self.file}:{self.line}: {self.key + ': ' if self.key else ''}{self.message}"
        return f"{text}\n    remedy: {self.remedy}" if self.remedy else text


class Invalid(ValueError):
    """A file cannot be used. Carries every mistake found in it, ordered by line."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (m.file, m.line, m.key)))
        count = len(self.mistakes)
        head = f"{count} mistake{'' if count == 1 else 's'}"
        super().__init__("\n".join([head, *(f"  {mistake}" for mistake in self.mistakes)]))
