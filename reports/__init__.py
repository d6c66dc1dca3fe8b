"""Outcomes become evidence, evidence becomes a verdict, the verdict becomes a page.

`judge` decides, `publish` writes what people and machines read, `terminal` and `markdown` tell the
end of a run in a few lines.
"""

from reports.judge import UnusableRunError, judge
from reports.page import compiled_templates
from reports.publish import publish
from reports.summary import markdown, terminal
from reports.visible import visible
from reports.write import point_latest, write_json, write_text

__all__ = [
    "UnusableRunError",
    "compiled_templates",
    "judge",
    "markdown",
    "point_latest",
    "publish",
    "terminal",
    "visible",
    "write_json",
    "write_text",
]
