"""What a log line says of the service that wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.pod_logs import (
    error_signatures,
    grave_lines,
    is_grave,
    level_of,
    new_errors,
    signature,
)

TRACE = [
    "Exception in thread look at keysets:",
    "Traceback (most recent call last):",
    '  File "/app/keysets.py", line 51, in _look',
    "    active.sort(key=lambda one: one['final_expiry'])",
    "KeyError: 'final_expiry'",
]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-11-21 09:24:42,749 INFO nctool: starts", "info"),
        ("2026-11-21T09:24:42Z [WARN] mint: slow", "warning"),
        ('{"level":"fatal","msg":"no configuration"}', "fatal"),
        ('{"severity":"ERROR","message":"x"}', "error"),
        ("ERROR: it broke", "error"),
        ("no error is to be feared at all", None),
        ("", None),
    ],
)
def test_a_level_is_found_where_loggers_write_it(line, level):
    assert level_of(line) == level


@pytest.mark.parametrize(
    "line",
    [
        "(node:1) UnhandledPromiseRejectionWarning: Error: mint",
        "    at Object.<anonymous> (/app/melt.js:10:7)",
        "Uncaught Exception: x",
        "Traceback (most recent call last):",
        '  File "/app/melt.py", line 3, in melt',
        "panic: runtime error",
        "2026-11-21 09:24:42,749 CRITICAL nctool: missing configuration",
        "FATAL ERROR: Reached heap limit - JavaScript heap out of memory",
    ],
)
def test_what_no_healthy_start_writes_is_grave(line):
    assert is_grave(line)


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-21 09:24:42,749 ERROR nctool: the inputs of a melt were spent elsewhere",
        "2026-11-21 09:24:42,749 WARNING errors: POST /melt: no answer (CRITICAL, ab12)",
        "2026-11-21 09:24:42,749 INFO nctool: at noon: all is well",
        "",
    ],
)
def test_an_ordinary_line_is_not_grave(line):
    assert grave_lines([line]) == []


def test_lines_of_one_kind_share_a_signature():
    one = "2026-11-21 09:24:42,749 ERROR store: 127.0.0.1:4711 'a' 0f3a9c2d11ee npub1abc took 3.5 s"
    other = "2026-11-14 01:02:03,004 ERROR store: 10.0.0.12:99 'b' 77aa00bb11cc npub1xyz took 8 s"

    assert signature(one) == signature(other)
    assert signature(one) != signature(one.replace("took", "lost"))


def test_a_traceback_is_named_by_its_exception():
    assert error_signatures(TRACE) == {
        "Exception in thread look at keysets:": 1,
        "KeyError: <text>": 1,
    }


def test_a_known_traceback_does_not_hide_another():
    known = [*TRACE[:-1], "ValueError: known"]

    assert new_errors(TRACE, known) == {"KeyError: <text>": 1}


def test_a_traceback_without_end_is_an_error_too():
    assert sum(error_signatures(TRACE[1:3]).values()) == 1


def test_an_acknowledged_error_is_not_new():
    line = "2026-11-21 09:24:42,749 ERROR nctool: the mint sent 7 proofs twice"

    assert new_errors([line], []) == {signature(line): 1}
    assert not new_errors([line], [], {signature(line)})


@given(st.lists(st.text()))
def test_a_log_has_no_new_error_against_itself(lines):
    assert not new_errors(lines, lines)
