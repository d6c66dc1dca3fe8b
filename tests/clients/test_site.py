import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.recording import NullRecorder
from fixtures.clients.site import Site, build_id_of

FILES = {
    "/": (
        "text/html",
        '<!doctype html><meta name="build-id" content="abc123">'
        '<link rel="stylesheet" href="./s.css"><link rel="icon" href="data:,">'
        '<script type="module" src="/assets/app.js"></script>'
        '<script src="http://127.0.0.1:1/elsewhere.js"></script>',
    ),
    "/s.css": ("text/css", "body{}"),
    "/assets/app.js": (
        "text/javascript",
        'import { a } from "./config.js";\nimport "./gone.js";\nimport("../lazy.mjs");'
        "\nconst text = 'from here';",
    ),
    "/assets/config.js": ("text/javascript", 'import { b } from "./app.js"; export const a = 1;'),
    "/lazy.mjs": ("text/javascript", "export default 1;"),
    "/plain": ("text/plain", "no page"),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, text = FILES.get(self.path, ("text/plain", "gone"))
        self.send_response(200 if self.path in FILES else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    http = HttpClient(f"http://127.0.0.1:{server.server_port}", NullRecorder())
    yield Site(http)
    http.close()
    server.shutdown()
    server.server_close()


def names(page, replies):
    origin = page.root.url.rstrip("/")
    return {reply.url.removeprefix(origin) for reply in replies}


def test_a_page_comes_with_the_modules_that_its_scripts_import(site):
    page = site.page()
    assert page.build_id == "abc123"
    assert names(page, page.assets.values()) == {
        "/s.css", "/assets/app.js", "/assets/config.js", "/assets/gone.js", "/lazy.mjs"
    }  # fmt: skip
    assert len(page.scripts) == 4


def test_what_is_missing_is_reported_with_its_reply(site):
    page = site.page()
    assert names(page, page.missing) == {"/assets/gone.js"}
    assert [reply.status for reply in page.missing] == [404]


@pytest.mark.parametrize("path", ["/plain", "/nowhere"])
def test_what_is_no_page_has_no_assets(site, path):
    page = site.page(path)
    assert (page.build_id, dict(page.assets)) == ("", {})


def test_a_page_without_a_build_id_has_none():
    assert build_id_of("<p>hello") == ""
