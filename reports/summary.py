"""The end of a run in a few lines: for a terminal, and for the summary page of a forge."""

import re
import shlex
import textwrap
from pathlib import Path
from typing import Any

from contracts.statuses import Status
from reports import words
from reports.judge import UnusableRunError, read_plan
from reports.visible import one_line, visible

MOST_ITEMS = 25
"""Items in the way that are named; the report names all of them."""
MOST_MARKDOWN = 100_000
"""Characters of the forge summary, well below the megabyte at which forges refuse it."""

_COLOURS = {"go": "32", "no-go": "31", "incomplete": "33"}
_STATUS_COLOURS = {"failed": "31", "error": "35", "inconclusive": "33", "not_verified": "33"}


def terminal(verdict: dict[str, Any], run: Path, *, width: int = 80, colour: bool = False) -> str:
    """The verdict, the items in the way with their next steps, and where the report is."""
    plan = _plan(run)
    width = max(width, 40)

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    def wrapped(text: str, indent: str) -> list[str]:
        return textwrap.wrap(
            one_line(text, 600),
            width,
            initial_indent=indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )

    word = verdict["verdict"]
    sentence = one_line(words.why(verdict), 600)
    lines = textwrap.wrap(f"{word.upper()}  {sentence}", width, break_on_hyphens=False)
    lines[0] = lines[0].replace(word.upper(), paint(word.upper(), f"1;{_COLOURS[word]}"), 1)
    if verdict["fault"]:
        lines += wrapped(f"Fault {verdict['fault']} was on: no evidence for a release.", "  ")
    for problem in verdict["problems"][:5]:
        lines += wrapped(problem, "  ! ")
    way = words.in_the_way(verdict)
    for entry in way[:MOST_ITEMS]:
        label = words.LABELS[Status(entry["status"])]
        head = one_line(f"{entry['id']}  {entry['title']}", max(width - len(label) - 4, 20))
        lines.append("")
        lines.append(f"  {paint(label, _STATUS_COLOURS[entry['status']])}  {head}")
        lines += wrapped(words.headline(entry), "    ")
        lines += wrapped(f"Next: {words.next_step(entry, plan)}", "    ")
        again = words.reproduce(entry, plan)
        if again:
            lines.append(f"    {visible(again)}")
    if len(way) > MOST_ITEMS:
        lines += ["", f"  and {len(way) - MOST_ITEMS:,} more in the report"]
    lines += ["", f"Report: {shown(run / 'report.html')}"]
    if word != "go":
        lines.append(f"Again:  python -m reports show {shlex.quote(shown(run))}")
    return "\n".join(lines) + "\n"


def markdown(verdict: dict[str, Any], run: Path) -> str:
    """The same as Markdown, in which text from the target can neither link nor mention nor nest."""
    plan = _plan(run)
    lines = [
        f"## {verdict['verdict'].upper()}: {_plain(verdict['target']['name'])} "
        f"{_plain(verdict['release']['version'])}",
        "",
        _plain(words.why(verdict)),
        "",
    ]
    if verdict["fault"]:
        lines += [f"The fault {_plain(verdict['fault'])} was on: no evidence for a release.", ""]
    lines += [f"- {_plain(problem)}" for problem in verdict["problems"][:10]]
    lines += ["", "| status | items |", "| --- | ---: |"]
    lines += [
        f"| {words.LABELS[status]} | {verdict['counts'][status.value]} |"
        for status in Status
        if verdict["counts"][status.value]
    ]
    way = words.in_the_way(verdict)
    size = sum(map(len, lines))
    if way:
        lines += ["", "| item | status | why | next |", "| --- | --- | --- | --- |"]
    for number, entry in enumerate(way):
        cells = (
            f"{entry['id']} {entry['title']}",
            words.LABELS[Status(entry["status"])],
            words.headline(entry),
            words.next_step(entry, plan),
        )
        row = "| " + " | ".join(_plain(cell) for cell in cells) + " |"
        size += len(row)
        if size > MOST_MARKDOWN:
            lines += ["", f"{len(way) - number:,} more are in the report."]
            break
        lines.append(row)
    lines += ["", f"Run {_plain(verdict['run_id'])}. Recompute: `python -m reports judge RUN`.", ""]
    return "\n".join(lines)


def shown(path: Path) -> str:
    """The path as a person would type it: relative where it lies below the working directory."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)


_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+.!|~:@&$-])")


def _plain(value: object) -> str:
    """Text as one line that Markdown and HTML leave alone."""
    return _MARKS.sub(lambda match: f"&#{ord(match.group())};", one_line(str(value), 300))


def _plan(run: Path) -> dict[str, Any]:
    """The run's plan, for next steps; without one the steps are less particular."""
    try:
        return read_plan(run)[0]
    except UnusableRunError:
        return {}
