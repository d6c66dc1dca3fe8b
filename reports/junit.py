"""Tell a run to continuous integration in JUnit's words: one test case per expected item.

JUnit knows no "not verified", and a skipped test looks harmless there. So whatever is broken,
inconclusive or not verified is an error, and only what the profile declares not applicable is
skipped.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from reports.judge import read_plan
from reports.visible import visible
from reports.write import write_text

_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def write(run: Path, verdict: dict[str, Any]) -> Path:
    """Write `junit.xml` of a run and return its path.

    Raises:
        OSError: the file cannot be written.
        UnusableRunError: the run has no readable plan.
    """
    plan, _ = read_plan(run)
    return write_text(run / "junit.xml", xml(verdict, plan))


def xml(verdict: dict[str, Any], plan: dict[str, Any]) -> str:
    """The document as text."""
    described = {item["id"]: item for item in plan["items"]}
    counts = verdict["counts"]
    errors = counts["error"] + counts["inconclusive"] + counts["not_verified"]
    duration = sum(entry["duration_s"] for entry in verdict["items"])
    problems = list(_problems(verdict))
    totals = (
        f"tests={_attribute(len(verdict['items']) + len(problems))} "
        f"failures={_attribute(counts['failed'])} errors={_attribute(errors + len(problems))} "
        f"skipped={_attribute(counts['not_applicable'])} time={_attribute(f'{duration:.3f}')}"
    )
    suite = (
        f"name={_attribute('gatehouse ' + str(verdict['target']['name']))} {totals} "
        f"timestamp={_attribute(verdict['started'])}"
    )
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<testsuites {totals}>"]
    lines.append(f"<testsuite {suite}>")
    lines.append("<properties>")
    lines += [
        _property(name, value)
        for name, value in (
            ("run_id", verdict["run_id"]),
            ("verdict", verdict["verdict"]),
            ("fault", verdict["fault"] or "none"),
        )
    ]
    lines.append("</properties>")
    for entry in verdict["items"]:
        lines += _case(entry, described.get(entry["id"], {}))
    lines += problems
    lines += ["</testsuite>", "</testsuites>", ""]
    return "\n".join(lines)


def _case(entry: dict[str, Any], item: dict[str, Any]) -> Iterator[str]:
    stages = item.get("stages") or ["item"]
    classname = f"{item.get('system') or 'gatehouse'}.{stages[0]}"
    yield (
        f"<testcase classname={_attribute(classname)} "
        f"name={_attribute(entry['id'] + ' ' + entry['title'])} "
        f"time={_attribute(format(entry['duration_s'], '.3f'))}>"
    )
    yield "<properties>"
    yield _property("check_id", entry["id"])
    yield _property("severity", entry["severity"])
    yield _property("status", entry["status"])
    if entry["waived_status"]:
        yield _property("waived_status", entry["waived_status"])
    if entry["waiver"]:
        yield _property("waiver_id", entry["waiver"].get("ticket") or entry["waiver"].get("item"))
    yield _property("evidence_sha256", entry["evidence_sha256"])
    yield "</properties>"
    element = _ELEMENTS.get(entry["status"])
    if element:
        first = entry["message"].strip().partition("\n")[0] or entry["status"]
        kind = "" if element == "skipped" else f" type={_attribute(entry['status'])}"
        yield f"<{element} message={_attribute(first)}{kind}>{_text(entry['message'])}</{element}>"
    yield "</testcase>"


_ELEMENTS = {
    "failed": "failure",
    "error": "error",
    "inconclusive": "error",
    "not_verified": "error",
    "not_applicable": "skipped",
}


def _problems(verdict: dict[str, Any]) -> Iterator[str]:
    """Damage to the run's record, as errors of its own."""
    for problem in verdict["problems"]:
        yield (
            '<testcase classname="gatehouse.record" name="the record of the run is whole" '
            f'time="0"><error message={_attribute(problem)} type="problem"></error></testcase>'
        )


def _property(name: str, value: object) -> str:
    return f"<property name={_attribute(name)} value={_attribute(value)}></property>"


def _attribute(value: object) -> str:
    escaped = escape(_safe(value)).replace("\n", "&#10;").replace("\t", "&#9;")
    return f'"{escaped}"'


def _text(value: object) -> str:
    return escape(_safe(value), quote=False)


def _safe(value: object) -> str:
    """Text that any XML parser accepts: what XML has no place for is spelled out."""
    return _NOT_XML.sub("\ufffd", visible(str(value)))
