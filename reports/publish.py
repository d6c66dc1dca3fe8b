"""Write everything that a judged run leaves behind, the verdict last."""

from pathlib import Path
from typing import Any

from reports import junit, page
from reports.write import write_json


def publish(run: Path, verdict: dict[str, Any]) -> None:
    """Write the page, the JUnit file and then the verdict of a run.

    The verdict comes last: where it exists, the run went to its end and the other files fit it.

    Raises:
        OSError: the run's folder cannot be written.
        UnusableRunError: the run has no readable plan.
    """
    page.render(run, verdict)
    junit.write(run, verdict)
    write_json(run / "verdict.json", verdict)
