"""Write everything that a judged run leaves behind, the verdict last."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from reports import junit, page
from reports.judge import read_plan
from reports.write import write_json, write_text


def publish(run: Path, verdict: dict[str, Any]) -> None:
    """Write the page, the JUnit file and then the verdict of a run.

    The verdict comes last: where it exists, the run went to its end and the other files fit it.
    Where it cannot be written the others are taken away: a page would say what no verdict says.

    Raises:
        OSError: the run's folder cannot be written.
        UnusableRunError: the run has no readable plan.
    """
    plan, _ = read_plan(run)
    try:
        write_text(run / "report.html", page.html(run, plan, verdict))
        write_text(run / "junit.xml", junit.xml(verdict, plan))
        write_json(run / "verdict.json", verdict)
    except OSError:
        for name in ("report.html", "junit.xml"):
            with suppress(OSError):
                (run / name).unlink()
        raise
