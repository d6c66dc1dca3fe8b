"""A small HTTP server whose answers are given by path, for tests of clients."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        answer = self.server.routes.get(self.path.partition("?")[0])
        if callable(answer):
            answer = answer(self.path, body)
        status, headers, content = answer if isinstance(answer, tuple) else (200, {}, answer)
        if answer is None:
            status, content = 404, {"error": {"code": "not_found", "message": "nothing here"}}
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
            headers = {"Content-Type": "application/json", **headers}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_):
        pass


@contextmanager
def stub(routes):
    """Serve `routes`: path -> JSON value, bytes, (status, headers, content) or a callable."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.routes = routes
        server.requests = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
