"""The few lines at the end of a run."""

import pytest

from reports.judge import judge
from reports.summary import MOST_MARKDOWN, markdown, terminal
from tests.reports.sample_items import realistic_run
from tests.reports.sample_run import NOW, Worker, item, plan, smoke_run, write_plan


@pytest.fixture
def blocked(tmp_path):
    run = realistic_run(tmp_path / "run")
    return run, judge(run, now=NOW)


def test_the_terminal_names_what_stands_in_the_way_and_the_next_step(blocked):
    run, verdict = blocked
    text = terminal(verdict, run, width=100)
    assert text.startswith("NO-GO  Of 17 expected items, 2 failed, 1 broke")
    for item_id in ("MA-PRE-04", "MA-PRE-07", "MA-PRE-10", "MA-PRE-11", "MA-PRE-14", "MA-POST-04"):
        assert item_id in text
    assert "MA-PRE-15" not in text
    assert text.count("Next: ") == 6
    assert "pytest suites/meta_aggregator/test_errors.py::test_error_rate --target local" in text
    assert "report.html" in text


@pytest.mark.parametrize("width", [1, 40, 80, 200])
def test_the_terminal_keeps_its_width(blocked, width):
    run, verdict = blocked
    for line in terminal(verdict, run, width=width).splitlines():
        unbreakable = line.lstrip().startswith(("pytest ", "Report:", "Again:"))
        assert unbreakable or len(line) <= max(width, 40)


def test_colour_is_optional(blocked):
    run, verdict = blocked
    assert "\x1b" not in terminal(verdict, run)
    assert "\x1b[1;31mNO-GO\x1b[0m" in terminal(verdict, run, colour=True)


def test_a_green_run_is_told_in_two_lines(tmp_path):
    run = smoke_run(tmp_path)
    text = terminal(judge(run, now=NOW), run)
    assert text.startswith("GO  Nothing stands in the way: of 10 expected items, 10 passed.")
    assert "Next:" not in text


HOSTILE = "\x1b[2J</td><script>x</script> [a](javascript:x) | `code` @everyone \u202e #1"


def test_a_target_cannot_write_into_the_terminal_or_the_summary(tmp_path):
    write_plan(tmp_path, plan([item("MA-PRE-01", HOSTILE)]))
    Worker(tmp_path).simple("t::a", "MA-PRE-01", outcome="failed", message=HOSTILE)
    verdict = judge(tmp_path, now=NOW)
    assert "\x1b" not in terminal(verdict, tmp_path)
    text = markdown(verdict, tmp_path)
    row = next(line for line in text.splitlines() if "MA" in line and line.startswith("| "))
    assert row.count("|") == 5
    for sign in ("<", "[", "`code", "@everyone", "\u202e"):
        assert sign not in row


def test_the_forge_summary_is_bounded(tmp_path):
    items = [item(f"MA-PRE-{n}", "<" * 300) for n in range(500)]
    write_plan(tmp_path, plan(items))
    text = markdown(judge(tmp_path, now=NOW), tmp_path)
    assert len(text) < MOST_MARKDOWN + 5_000
    assert "more are in the report" in text


def test_the_terminal_is_bounded(tmp_path):
    write_plan(tmp_path, plan([item(f"MA-PRE-{n}") for n in range(500)]))
    assert "and 475 more in the report" in terminal(judge(tmp_path, now=NOW), tmp_path)
