"""One-line summaries of exchanges with a target, and their parts laid out for reading."""

import json
from collections.abc import Callable
from typing import Any

from contracts import strict_json
from reports.visible import one_line, visible

Record = dict[str, Any]
Part = tuple[str, str]
"""A labelled block of an exchange: ("response", "HTTP 200 …")."""


def summary(record: Record) -> str:
    """What happened in one line: who was asked, what for, what came back."""
    make = _SUMMARIES.get(record["kind"])
    text = make(record) if make else record["kind"]
    error = record.get("error")
    if error:
        text = f"{text} → {_first(error)}"
    return one_line(text)


def parts(record: Record, limit: int) -> list[Part]:
    """The blocks of an exchange, each at most about `limit` characters, made visible."""
    make = _PARTS.get(record["kind"])
    if make is None:
        make = _other
    blocks = [(label, cut(visible(text), limit)) for label, text in make(record) if text]
    if record.get("error"):
        blocks.append(("error", cut(visible(_text(record["error"])), limit)))
    return blocks


def cut(text: str, limit: int) -> str:
    """The text, or its beginning with a sentence on how much is left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n… {len(text) - limit:,} more characters in the evidence file"


def _text(value: object) -> str:
    """A value as people read it: strings as they are, JSON indented."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _first(value: object) -> str:
    """The beginning of a value on one line."""
    if isinstance(value, str):
        return value
    return _on_one_line(value)[:300]


_on_one_line = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _mapping(value: object) -> Record:
    return value if isinstance(value, dict) else {}


def _headers(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_first(held)}" for name, held in value.items())
    if isinstance(value, list):
        pairs = [pair for pair in value if isinstance(pair, list) and len(pair) == 2]
        return "\n".join(f"{name}: {_first(held)}" for name, held in pairs)
    return ""


def _body(value: object) -> str:
    """A body, indented where it is JSON."""
    if value is None:
        return ""
    text = _text(value)
    if text[:1] in ("{", "[") and len(text) <= 65_536:
        try:
            return json.dumps(strict_json.loads(text), ensure_ascii=False, indent=2)
        except ValueError:
            return text
    return text


def _http_summary(record: Record) -> str:
    request, response = _mapping(record.get("request")), record.get("response")
    text = f"{request.get('method', '?')} {request.get('url', '?')}"
    return f"{text} → {response.get('status', '?')}" if isinstance(response, dict) else text


def _http(record: Record) -> list[Part]:
    request, response = _mapping(record.get("request")), record.get("response")
    blocks = [
        ("request", _message(f"{request.get('method', '?')} {request.get('url', '?')}", request))
    ]
    if isinstance(response, dict):
        blocks.append(("response", _message(f"HTTP {response.get('status', '?')}", response)))
        if response.get("truncated"):
            blocks.append(
                (
                    "recorded in part",
                    (
                        f"The whole body has {response.get('body_bytes')} bytes, "
                        f"SHA-256 {response.get('body_sha256')}."
                    ),
                )
            )
    else:
        blocks.append(("response", "none"))
    return blocks


def _message(first: str, message: Record) -> str:
    pieces = [first, _headers(message.get("headers"))]
    body = _body(message.get("body"))
    head = "\n".join(piece for piece in pieces if piece)
    return f"{head}\n\n{body}" if body else head


def _rpc_summary(record: Record) -> str:
    result = record.get("result")
    text = f"{record.get('method', '?')}({_first(record.get('params', []))[:90]})"
    return text if result is None else f"{text} → {_first(result)[:60]}"


def _rpc(record: Record) -> list[Part]:
    asked = f"{record.get('method', '?')} at {record.get('url', '?')}"
    return [
        ("request", f"{asked}\n{_text(record.get('params'))}"),
        ("result", "" if record.get("result") is None else _text(record["result"])),
    ]


def _sql_summary(record: Record) -> str:
    rows = record.get("row_count")
    text = _first(record.get("query", "?"))[:130]
    return text if rows is None else f"{text} → {rows} row{'' if rows == 1 else 's'}"


def _sql(record: Record) -> list[Part]:
    rows = record.get("rows")
    shown = rows if isinstance(rows, list) else []
    count = record.get("row_count")
    table = "\n".join(_first(row) for row in shown)
    if isinstance(count, int) and count > len(shown):
        table += f"\n… {count - len(shown):,} more rows were not recorded"
    return [
        ("store", _text(record.get("store", ""))),
        ("query", _text(record.get("query", ""))),
        ("parameters", _text(record["parameters"]) if record.get("parameters") else ""),
        ("rows", table or f"{count if count is not None else 'none'}"),
    ]


def _mongo_summary(record: Record) -> str:
    statement = record.get("statement")
    name = str(record.get("command", "?"))
    subject = statement.get(name, "") if isinstance(statement, dict) else ""
    text = f"{name} {_first(subject)}".strip()[:130]
    count = record.get("documents")
    return text if count is None else f"{text} → {count} document{'' if count == 1 else 's'}"


def _mongo(record: Record) -> list[Part]:
    return [
        ("store", _text(record.get("store", ""))),
        ("statement", _text(record.get("statement", ""))),
        ("reply", _text(record.get("reply") or "none")),
    ]


def _command_line(record: Record) -> str:
    argv = record.get("argv")
    return " ".join(str(word) for word in argv) if isinstance(argv, list) else _first(argv)


def _command_summary(record: Record) -> str:
    return f"{_command_line(record)[:140]} → exit {record.get('exit_code')}"


def _command(record: Record) -> list[Part]:
    return [
        ("command", f"{_command_line(record)}\nin {record.get('cwd') or 'no directory'}"),
        ("exit code", _text(record.get("exit_code"))),
        ("standard output", _captured(record.get("stdout"))),
        ("standard error", _captured(record.get("stderr"))),
    ]


def _captured(value: object) -> str:
    if not isinstance(value, dict):
        return _text(value) if value else ""
    text = _text(value.get("text", ""))
    if value.get("truncated"):
        text += f"\n… recorded in part: {value.get('bytes')} bytes, SHA-256 {value.get('sha256')}"
    return text


def _browser_summary(record: Record) -> str:
    return f"{record.get('action', '?')} {_first(record.get('detail') or '')}"


def _dns_summary(record: Record) -> str:
    asked = f"{record.get('name', '?')} {record.get('type', '')} at {record.get('resolver', '?')}"
    return f"{asked} → {_first(record.get('answers'))}"


def _tls_summary(record: Record) -> str:
    certificate = _mapping(record.get("certificate"))
    text = f"TLS {record.get('name', '?')} at {record.get('address', '?')}"
    until = certificate.get("not_after")
    return f"{text} → valid until {until}" if until else text


def _port_summary(record: Record) -> str:
    states = _mapping(record.get("states"))
    reached = ", ".join(port for port, state in states.items() if state == "open")
    return f"{len(states)} ports of {record.get('host', '?')} → open: {reached or 'none'}"


def _file_summary(record: Record) -> str:
    return f"{record.get('path', '?')} ({record.get('bytes')} bytes)"


def _file(record: Record) -> list[Part]:
    return [
        (
            "file",
            f"{record.get('path')}\n{record.get('bytes')} bytes, SHA-256 {record.get('sha256')}",
        ),
        ("content", _captured(record.get("text"))),
    ]


_BOOKKEEPING = frozenset({"n", "at", "kind", "check", "previous", "error", "duration_s"})


def _other(record: Record) -> list[Part]:
    """Any exchange without a layout of its own: one block per field."""
    return [
        (name, _text(value))
        for name, value in record.items()
        if name not in _BOOKKEEPING and value is not None
    ]


_SUMMARIES: dict[str, Callable[[Record], str]] = {
    "http": _http_summary,
    "rpc": _rpc_summary,
    "sql": _sql_summary,
    "mongo": _mongo_summary,
    "command": _command_summary,
    "browser": _browser_summary,
    "dns": _dns_summary,
    "tls": _tls_summary,
    "port": _port_summary,
    "file": _file_summary,
}

_PARTS: dict[str, Callable[[Record], list[Part]]] = {
    "http": _http,
    "rpc": _rpc,
    "sql": _sql,
    "mongo": _mongo,
    "command": _command,
    "file": _file,
}
