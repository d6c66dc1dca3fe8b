import asyncio
import contextlib
import re
import socket
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import edge, frontend
from tests.reference.meta_aggregator.release_site import make_facts, served


async def echo(request: Request):
    reply = JSONResponse(
        {
            "method": request.method,
            "target": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "body": (await request.body()).decode(),
            "host": request.headers["host"],
            "connection": request.headers.get("keep-alive"),
        },
        status_code=418,
    )
    reply.raw_headers += [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    return reply


async def seen(request: Request):
    reply = JSONResponse(
        {name: request.headers.get(name) for name in ("cookie", "x-forwarded-for")}
    )
    reply.set_cookie("session", "of somebody")
    return reply


async def slowly(_: Request):
    async def parts():
        yield b"first "
        await asyncio.sleep(0.05)
        yield b"second"

    return StreamingResponse(parts())


BACKEND = Starlette(
    routes=[
        Route("/api/slowly", slowly),
        Route("/api/seen", seen),
        Route("/{path:path}", echo, methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"]),
    ]
)


@pytest.fixture
def origin(tmp_path):
    stack = contextlib.ExitStack()

    def start(*items, backend_url=None):
        defects = Defects.for_items(items)
        facts = make_facts(tmp_path, started=datetime.now(UTC))
        build_id = frontend.build(tmp_path / "frontend", facts, defects)
        backend_url = backend_url or f"http://{stack.enter_context(served(BACKEND))}"
        app = edge.make_app(backend_url, tmp_path / "frontend", defects, facts)
        address = stack.enter_context(served(app))
        client = stack.enter_context(httpx.Client(base_url=f"http://{address}", trust_env=False))
        return client, facts, build_id

    with stack:
        yield start


def build_of(response):
    return re.search(r'name="build-id" content="([^"]+)"', response.text)[1]


def test_root_page_and_its_assets_are_served(origin):
    client, _, build_id = origin()
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert build_of(page) == build_id
    assets = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text)
    types = [client.get(asset).headers["content-type"] for asset in assets]
    assert types == ["text/css; charset=utf-8", "text/javascript; charset=utf-8"]


def test_cache_counts_age_by_path_and_query(origin):
    client, facts, build_id = origin()
    for path in ("/", "/?fresh=1"):
        page = client.get(path)
        assert build_of(page) == build_id
        assert int(page.headers["age"]) <= (datetime.now(UTC) - facts.deployed_at).seconds


def test_fault_serves_the_previous_page_until_the_query_changes(origin):
    client, facts, build_id = origin("MA-DEP-06")
    stale = client.get("/")
    assert build_of(stale) == facts.previous_build_id
    assert int(stale.headers["age"]) > 3600
    assert build_of(client.get("/?fresh=1")) == build_id
    asset = re.search(r'src="(/assets/[^"]+)"', stale.text)[1]
    assert client.get(asset).status_code == 200


def test_fault_leaves_the_main_script_unreachable(origin):
    client, _, _ = origin("MA-DEP-03")
    assert client.get(re.search(r'src="([^"]+)"', client.get("/").text)[1]).status_code == 404


def test_deployments_are_listed_newest_first(origin):
    client, facts, build_id = origin()
    listed = client.get("/deployments").json()["deployments"]
    assert [entry["build_id"] for entry in listed] == [build_id, facts.previous_build_id]


@pytest.mark.parametrize(
    "path", ["/nothing", "/assets/../current", "/assets/%2e%2e/current", "/builds"]
)
def test_what_is_not_published_is_not_found(origin, path):
    client, _, _ = origin()
    assert client.get(path).status_code == 404


def test_page_is_read_only(origin):
    client, _, _ = origin()
    refused = client.post("/")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert client.head("/").text == ""


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_api_calls_reach_the_back_end_unchanged(origin, method):
    client, _, _ = origin()
    body = b"" if method == "GET" else b'{"a": 1}'
    reply = client.request(method, "/api/a%2Fb?x=1&x=%20", content=body)
    assert reply.status_code == 418
    assert reply.json() == {
        "method": method,
        "target": "/api/a%2Fb",
        "query": "x=1&x=%20",
        "body": body.decode(),
        "host": client.base_url.netloc.decode(),
        "connection": None,
    }
    assert reply.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert len(reply.headers.get_list("server")) == len(reply.headers.get_list("date")) == 1


def test_streamed_bodies_arrive_whole(origin):
    client, _, _ = origin()
    assert client.get("/api/slowly").text == "first second"
    assert client.post("/api/upload", content=iter([b"a", b"b"])).json()["body"] == "ab"


def test_back_end_that_is_down_gives_502_in_json(origin):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    client, _, _ = origin(backend_url=f"http://127.0.0.1:{port}")
    reply = client.get("/api/health")
    assert (reply.status_code, reply.json()["error"]["code"]) == (502, "bad_gateway")


@pytest.mark.parametrize("path", ["/", "/api/health", "/nothing"])
def test_every_answer_carries_security_headers(origin, path):
    client, _, _ = origin()
    headers = client.get(path).headers
    assert [name for name in edge.SECURITY_HEADERS if name not in headers] == []


def test_strangers_cannot_fill_the_cache():
    cache = edge.Cache()
    for number in range(edge.CAPACITY + 10):
        cache.put(f"/?{number}", edge.Entry(0.0, {}, b""))
    assert cache.get("/?0") is None
    assert cache.get(f"/?{edge.CAPACITY + 9}") is not None
    assert NONE.on("cdn_not_purged") is False


def test_the_cookie_that_one_user_is_given_does_not_go_with_the_next_request(origin):
    client, _, _ = origin()
    assert "of somebody" in client.get("/api/seen").headers["set-cookie"]
    client.cookies.clear()
    assert client.get("/api/seen").json()["cookie"] is None
    client.cookies.clear()
    assert client.get("/api/seen", headers={"cookie": "c=3"}).json()["cookie"] == "c=3"


def test_a_client_cannot_give_itself_another_address(origin):
    client, _, _ = origin()
    headers = {"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}
    seen_by_backend = client.get("/api/seen", headers=headers).json()
    assert seen_by_backend["x-forwarded-for"] == "127.0.0.1"


def test_a_body_with_two_lengths_is_refused_and_the_connection_ended(origin):
    client, _, _ = origin()
    with socket.create_connection((client.base_url.host, client.base_url.port), 5) as peer:
        peer.sendall(
            b"POST /api/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            b"GET /api/orders HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        received = b""
        while part := peer.recv(65536):
            received += part
    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1 ") == 1
