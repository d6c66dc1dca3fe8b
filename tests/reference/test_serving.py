"""Servers on threads of this process."""

import gc
import socket
import ssl
import threading

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from fixtures.reference.serving import Servers


def test_requests_one_after_the_other_share_a_worker_thread():
    def thread(_):
        return PlainTextResponse(str(threading.get_ident()))

    with Servers("a test") as servers:
        port = servers.serve(Starlette(routes=[Route("/", thread)]))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            threads = {client.get("/").text for _ in range(5)}
    assert len(threads) == 1
    assert str(threading.get_ident()) not in threads


def test_nothing_of_a_server_is_left_when_it_is_closed():
    before = set(threading.enumerate())
    with Servers("a test") as servers:
        port = servers.serve(Starlette(routes=[Route("/", lambda _: PlainTextResponse(""))]))
        assert httpx.get(f"http://127.0.0.1:{port}", trust_env=False).status_code == 200
    ending = set(threading.enumerate()) - before
    for each in ending:
        each.join(10)
    assert [each.name for each in ending if each.is_alive()] == []


def test_a_client_that_never_ends_its_handshake_is_hung_up_on():
    """Otherwise its connection is left open, of which Python warns in whatever test comes next."""
    tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with Servers("a test") as servers:
        port = servers.serve(PlainTextResponse("ok"), tls=tls_context)
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
    with client:
        assert client.recv(1) == b""
    gc.collect()
