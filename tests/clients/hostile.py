"""A server that misbehaves in every way a target might, one path per way."""

import gzip
import socket
import socketserver
import threading
import time
from contextlib import contextmanager

BOMB = gzip.compress(b"\0" * 50_000_000)


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(30)
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                chunk = self.request.recv(65536)
                if not chunk:
                    return
                data += chunk
            head, _, body = data.partition(b"\r\n\r\n")
            length = next(
                (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                 if line.startswith(b"content-length:")), 0,
            )  # fmt: skip
            while len(body) < length:
                body += self.request.recv(65536)
            path = head.split(b" ")[1].decode().partition("?")[0]
            self.server.requests.append((path, head.decode("latin-1"), body))
            getattr(self, "on_" + path.strip("/").replace("/", "_").replace("-", "_"))()
        except OSError:
            return

    def send(self, data):
        self.request.sendall(data)

    def answer(self, body, kind="application/json", status="200 OK", extra=""):
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            f"{extra}Connection: close\r\n\r\n"
        )
        self.send(head.encode() + body)

    def forever(self, data, pause=0.0):
        while not self.server.stopping.is_set():
            self.send(data)
            if pause:
                self.server.stopping.wait(pause)

    def on_ok(self):
        self.answer(b'{"ok": true}')

    def on_drip_headers(self):
        self.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.forever(b"a", 0.05)

    def on_drip_body(self):
        self.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n")
        self.forever(b"a", 0.05)

    def on_endless(self):
        self.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        self.forever(b"x" * 65536)

    def on_endless_chunks(self):
        self.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.forever(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    def on_endless_headers(self):
        self.send(b"HTTP/1.1 200 OK\r\n")
        self.forever(b"X-A: " + b"b" * 4096 + b"\r\n")

    def on_bomb(self):
        self.answer(BOMB, extra="Content-Encoding: gzip\r\n")

    def on_nested_bomb(self):
        body = gzip.compress(gzip.compress(b"\0" * 10_000_000))
        self.answer(body, extra="Content-Encoding: gzip, gzip\r\n")

    def on_corrupt_gzip(self):
        self.answer(b"no gzip at all", extra="Content-Encoding: gzip\r\n")

    def on_cut_gzip(self):
        self.answer(gzip.compress(b"a" * 1000)[:-10], extra="Content-Encoding: gzip\r\n")

    def on_gzip_twice(self):
        body = gzip.compress(b'{"ok": true}') + gzip.compress(b", but not so")
        self.answer(body, extra="Content-Encoding: gzip\r\n")

    def on_gzip(self):
        self.answer(gzip.compress(b'{"ok": true}'), extra="Content-Encoding: gzip\r\n")

    def on_truncated(self):
        self.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 50\r\n\r\nhalf")

    def on_html(self):
        self.answer(b"<html><body>Bad gateway</body></html>", "text/html")

    def on_html_called_json(self):
        self.answer(b"<html></html>")

    def on_nan(self):
        self.answer(b'{"price": NaN}')

    def on_twice(self):
        self.answer(b'{"ok": false, "ok": true}')

    def on_beyond(self):
        self.answer(b'{"uptime_s": 1e999}')

    def on_digits(self):
        self.answer(b'{"uptime_s": ' + b"9" * 5000 + b"}")

    def on_deep(self):
        self.answer(b"[" * 200_000)

    def on_never(self):
        self.server.stopping.wait(30)

    def on_latin(self):
        self.answer(b'{"name": "caf\xe9"}')

    def on_garbage(self):
        self.send(b"SSH-2.0-OpenSSH_9.2\r\n")

    def on_closes(self):
        return

    def on_loop(self):
        self.answer(b"", status="302 Found", extra="Location: /loop\r\n")

    def on_to_other_host(self):
        extra = f"Location: {self.server.other}/landing\r\n"
        self.answer(b"", status="302 Found", extra=extra)

    def on_keep_body(self):
        extra = f"Location: {self.server.other}/landing\r\n"
        self.answer(b"", status="307 Temporary Redirect", extra=extra)

    def on_to_file(self):
        self.answer(b"", status="302 Found", extra="Location: file:///etc/passwd\r\n")

    def on_to_ok(self):
        self.answer(b"", status="302 Found", extra="Location: /ok\r\n")

    def on_landing(self):
        self.answer(b'{"landed": true}')

    def on_big(self):
        self.answer(b"z" * 100_000, "text/plain")


class Hostile(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests = []
        self.stopping = threading.Event()
        self.other = ""
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def hostile():
    with Hostile() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


@contextmanager
def silent_port():
    """A port that accepts no connection: its backlog is full and nobody answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener.getsockname()[1]


@contextmanager
def within(seconds):
    """Fail when the block takes longer: an end in bounded time is the point."""
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    assert took < seconds, f"took {took:.1f} s, at most {seconds} s were allowed"
