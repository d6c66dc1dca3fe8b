import socket
import time
from contextlib import ExitStack

import pytest

from fixtures.clients import tls
from fixtures.clients.http import HttpClient
from fixtures.clients.outcomes import ClientError
from fixtures.clients.raw_http import RawHttp
from fixtures.clients.recording import NullRecorder
from tests.clients.stub import stub

NAME = "many.example.test"


@pytest.fixture
def named(monkeypatch):
    """A name with eight addresses of this machine; the last in another order than they are."""
    real = socket.getaddrinfo

    def found(host, port, *more, **others):
        hosts = [f"127.0.0.{number}" for number in range(8, 0, -1)] if host == NAME else [host]
        return [entry for one in hosts for entry in real(one, port, *more, **others)]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.fixture
def silent():
    """The port of a listener whose queue is full: it answers no further connection."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("0.0.0.0", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        time.sleep(0.1)
        yield port


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    "ask",
    [
        lambda port: HttpClient(f"http://{NAME}:{port}", NullRecorder(), deadline_s=0.8).get(),
        lambda port: RawHttp(f"http://{NAME}:{port}", NullRecorder(), deadline_s=0.8).exchange(
            "a request", [b"GET / HTTP/1.1\r\n\r\n"]
        ),
        lambda port: tls.inspect(NullRecorder(), NAME, f"{NAME}:{port}", deadline_s=0.8),
    ],
    ids=["http", "raw", "tls"],
)
def test_a_name_with_many_silent_addresses_takes_no_longer_than_one(silent, ask):
    began = time.monotonic()
    with pytest.raises(ClientError, match=r"no complete answer within|could not be reached"):
        ask(silent)
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("named")
def test_an_address_that_refuses_gives_way_to_the_next():
    with stub({"/": lambda *_: {}}) as server:
        port = server.url.rpartition(":")[2]
        client = HttpClient(f"http://{NAME}:{port}", NullRecorder())
        assert client.get("/").status == 200
        client.close()


@pytest.mark.parametrize("host", ["none.invalid", "a..b", "x" * 70 + ".test", "127.0.0.1"])
def test_a_name_without_a_server_is_told(host):
    with pytest.raises(ClientError, match=r"could not be reached|failed"):
        HttpClient(f"http://{host}:9", NullRecorder()).get("/")
