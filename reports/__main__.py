"""`python -m reports judge|render|show RUN`: look at a run again, long after it ended."""

import argparse
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.statuses import ExitCode
from reports import junit, page
from reports.evidence import parse
from reports.judge import UnusableRunError, exit_code, judge
from reports.rules import moment
from reports.summary import shown, terminal
from reports.visible import visible
from reports.write import resolve_run


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 go, 1 no-go or the stored verdict disagrees, 10 incomplete, 11 the run's files are unusable.
    """
    options = _parser().parse_args(argv)
    run = resolve_run(options.run)
    try:
        commands = {"judge": _judge, "render": _render, "show": _show}
        return commands[options.command](run)
    except (UnusableRunError, OSError) as error:
        print(visible(str(error)), file=sys.stderr)
        return int(ExitCode.INVALID)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, meaning in (
        ("judge", "compute the verdict from plan and evidence; compare it with the stored one"),
        ("render", "write report.html and junit.xml again"),
        ("show", "print what stands in the way, as at the end of the run"),
    ):
        command = commands.add_parser(name, help=meaning, description=meaning)
        command.add_argument("run", type=Path, metavar="RUN", help="folder of the run")
    return parser


def _judge(run: Path) -> int:
    stored = _stored(run)
    verdict = judge(run, now=_ended(stored))
    print(terminal(verdict, run, width=_width(), colour=sys.stdout.isatty()), end="")
    if stored is None:
        print("No verdict is stored: the run was killed, or is not finished. This is a new one.")
        return exit_code(verdict["verdict"])
    differences = _differences(stored, verdict)
    if differences:
        print("DISAGREEMENT: the stored verdict does not follow from plan and evidence.")
        for difference in differences[:20]:
            print(f"  {visible(difference)}")
        return int(ExitCode.NO_GO)
    print("The stored verdict agrees with plan and evidence.")
    return exit_code(verdict["verdict"])


def _render(run: Path) -> int:
    verdict = _known(run)
    path = page.render(run, verdict)
    junit.write(run, verdict)
    print(shown(path))
    return 0


def _show(run: Path) -> int:
    verdict = _known(run)
    print(terminal(verdict, run, width=_width(), colour=sys.stdout.isatty()), end="")
    return exit_code(verdict["verdict"])


def _known(run: Path) -> dict[str, Any]:
    """The verdict as plan and evidence give it, whatever the stored file says."""
    return judge(run, now=_ended(_stored(run)))


def _stored(run: Path) -> dict[str, Any] | None:
    """The stored verdict, or None where the run left none.

    Raises:
        UnusableRunError: there is one, but it is not readable.
    """
    path = run / "verdict.json"
    if not path.exists():
        return None
    try:
        stored = parse(path.read_bytes())
    except ValueError as error:
        msg = f"{path} cannot be read: {error}"
        raise UnusableRunError(msg) from error
    if not isinstance(stored, dict):
        msg = f"{path} is no verdict"
        raise UnusableRunError(msg)
    return stored


def _ended(stored: dict[str, Any] | None) -> datetime | None:
    """When the run ended: waivers and attestations are judged as of then."""
    return moment(stored.get("finished")) if stored else None


def _differences(stored: dict[str, Any], verdict: dict[str, Any]) -> list[str]:
    """What a stored verdict says otherwise than the computed one."""
    differences = [
        f"{name}: stored {stored.get(name)!r}, computed {verdict[name]!r}"
        for name in verdict
        if name != "items" and stored.get(name) != verdict[name]
    ]
    differences += [
        f"{name}: stored, but no part of a verdict" for name in set(stored) - set(verdict)
    ]
    entries = stored.get("items")
    if isinstance(entries, list) and len(entries) != len(verdict["items"]):
        differences.append(f"items: stored {len(entries)}, computed {len(verdict['items'])}")
    before = {
        entry.get("id"): entry
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    }
    for entry in verdict["items"]:
        old = before.get(entry["id"], {})
        if old != entry:
            differences.append(
                f"{entry['id']}: stored {old.get('status')!r} ({old.get('message')!r}), "
                f"computed {entry['status']!r} ({entry['message']!r})"
            )
    return differences


def _width() -> int:

    return shutil.get_terminal_size().columns


if __name__ == "__main__":
    sys.exit(main())
