"""Exchanges in one line and in blocks."""

import pytest

from reports.exchanges import cut, parts, summary
from reports.visible import one_line, visible

HTTP = {
    "kind": "http",
    "request": {"method": "GET", "url": "http://x/a", "headers": {"accept": "*/*"}, "body": None},
    "response": {"status": 200, "headers": [["set-cookie", "[redacted]"]], "body": '{"a":1}'},
    "error": None,
}


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (HTTP, "GET http://x/a → 200"),
        ({**HTTP, "response": None, "error": "timed out"}, "GET http://x/a → timed out"),
        ({"kind": "rpc", "method": "eth_chainId", "params": [], "result": "0x1"},
         "eth_chainId([]) → \"0x1\"".replace('"', "")),
        ({"kind": "sql", "query": "SELECT 1", "row_count": 1}, "SELECT 1 → 1 row"),
        ({"kind": "command", "argv": ["npm", "test"], "exit_code": 0}, "npm test → exit 0"),
        ({"kind": "dns", "name": "a.b", "type": "A", "resolver": "::1", "answers": ["1.1.1.1"]},
         'a.b A at ::1 → ["1.1.1.1"]'),
        ({"kind": "tls", "name": "a", "address": "b", "certificate": None}, "TLS a at b"),
        ({"kind": "file", "path": "/x", "bytes": 3}, "/x (3 bytes)"),
        ({"kind": "browser", "action": "open", "detail": "/x"}, "open /x"),
        ({"kind": "http"}, "? ?"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)  # fmt: skip
def test_a_summary_says_what_happened(record, line):
    assert summary(record) == line


def test_json_bodies_are_laid_out():
    assert dict(parts(HTTP, 999))["response"] == (
        'HTTP 200\nset-cookie: [redacted]\n\n{\n  "a": 1\n}'
    )


def test_long_blocks_are_cut_with_a_note():
    assert cut("x" * 50, 10) == "x" * 10 + "\n… 40 more characters in the evidence file"


def test_unseen_characters_are_spelled_out():
    assert visible("a\u202eb\x1b[0m\r\nc\td") == "a⟨U+202E⟩b⟨U+001B⟩[0m\nc\td"
    assert one_line("a\n b" + "c" * 200, 10) == "a bcccccc…"
