import socket
import threading
from contextlib import contextmanager

import pytest

from fixtures.clients.outcomes import ClientError, NotVerified
from fixtures.clients.raw_http import RawHttp
from fixtures.clients.recording import NullRecorder

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
BAD = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def recorder():
    return NullRecorder()


@contextmanager
def peer(answer, *, leave_open=False, after=1):
    """A server that answers once it has read `after` bytes."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with listening.accept()[0] as connection:
                read = b""
                while len(read) < after and (part := connection.recv(65536)):
                    read += part
                connection.sendall(answer)
                if leave_open:
                    done.wait(10)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        done.set()
        thread.join(10)


@pytest.mark.parametrize(
    ("answer", "statuses"),
    [(OK, (200,)), (BAD + OK, (400, 200)), (OK + OK, (200, 200)), (b"", ()), (b"nonsense", ())],
    ids=["one", "two", "two without a break", "none", "no HTTP"],
)
def test_every_answer_on_a_connection_is_counted(recorder, answer, statuses):
    with peer(answer) as url:
        reply = RawHttp(url, recorder).exchange("a test", [b"GET / HTTP/1.1\r\n\r\n"])
    assert reply.statuses == statuses
    assert reply.closed
    assert reply.status == (statuses[0] if statuses else 0)
    assert "a test" in reply.explain("something else")


def test_a_connection_that_stays_open_is_left_after_a_silence(recorder):
    with peer(OK, leave_open=True) as url:
        reply = RawHttp(url, recorder, quiet_s=0.1).exchange("a test", [b"GET / HTTP/1.1\r\n\r\n"])
    assert (reply.status, reply.closed) == (200, False)


def test_sending_ends_with_the_answer(recorder):
    def endless():
        while True:
            yield b"a" * 65536

    with peer(BAD, after=200_000) as url:
        reply = RawHttp(url, recorder, deadline_s=5).exchange("a body without end", endless())
    assert reply.status in (400, 0)


def test_nothing_malformed_is_sent_without_permission(recorder):
    recorder.grant({"read"})
    with pytest.raises(NotVerified, match="would write"):
        RawHttp("http://127.0.0.1:9", recorder).exchange("a test", [b"x"])


def test_a_host_that_is_not_there_is_a_broken_target(recorder):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(ClientError, match="could not be reached"):
        RawHttp(f"http://127.0.0.1:{port}", recorder).exchange("a test", [b"x"])
