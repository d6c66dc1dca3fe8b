import asyncio
import socket

import pytest

from fixtures.reference.meta_aggregator.upstream import NoAnswerError, Upstream

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


async def _head(reader):
    return (await reader.readuntil(b"\r\n\r\n")).decode()


def exchange(*answers, requests=1, method="GET", body=None, headers=(), timeout_s=5.0):
    """Ask a back end that gives these answers, one per request; returns answers and what it saw.

    An answer of None is none at all; a callable serves the connection as it likes.
    """

    async def run():
        seen, left = [], list(answers)

        async def serve(reader, writer):
            seen.append([])
            try:
                while left:
                    seen[-1].append(await _head(reader))
                    answer = left.pop(0)
                    if callable(answer):
                        await answer(reader, writer, seen)
                    elif answer is None:
                        await reader.read()
                    else:
                        writer.write(answer)
            except asyncio.IncompleteReadError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        upstream = Upstream("127.0.0.1", port, timeout_s)
        try:
            got = [
                await upstream.send(method, b"/a?b=%20", list(headers), body and body())
                for _ in range(requests)
            ]
        finally:
            await upstream.close()
            server.close()
            await server.wait_closed()
        return got, seen

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (OK, b"hi"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"hi"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n0\r\n\r\n", b"hi"),
        (b"HTTP/1.1 200 OK\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
    ids=["with-length", "after-continue", "chunked", "until-the-end", "without-body"],
)
def test_an_answer_is_read_to_its_own_end(answer, body):
    (got,), _ = exchange(answer)
    assert got.body == body
    assert got.status in (200, 204)


def test_the_answer_to_head_has_no_body_and_the_connection_serves_on():
    got, seen = exchange(OK.removesuffix(b"hi"), OK.removesuffix(b"hi"), requests=2, method="HEAD")
    assert [each.body for each in got] == [b"", b""]
    assert len(seen) == 1


def test_a_connection_is_kept_unless_the_back_end_closes_it():
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    got, seen = exchange(OK, closing, OK, requests=3)
    assert [each.status for each in got] == [200] * 3
    assert [len(requests) for requests in seen] == [2, 1]


def test_a_body_without_length_goes_out_in_chunks():
    async def body():
        yield b"abc"
        yield b""
        yield b"defg"

    async def serve(reader, writer, seen):
        seen[-1].append(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(OK)

    (got,), seen = exchange(serve, method="POST", body=body)
    head, sent = seen[0]
    assert "transfer-encoding: chunked" in head
    assert sent == b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    assert got.body == b"hi"


def test_a_refusal_before_the_end_of_the_body_is_passed_on():
    async def body():
        for _ in range(200):
            yield b"x" * 65536

    async def serve(reader, writer, _):
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        while await reader.read(65536):
            pass

    (got,), _ = exchange(
        serve, method="POST", body=body, headers=[(b"content-length", b"%d" % (200 * 65536))]
    )
    assert got.status == 413


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", b"nonsense\r\n\r\n"],
    ids=["nothing", "a-part", "no-http"],
)
def test_a_back_end_that_breaks_off_has_not_answered(answer):
    async def serve(_, writer, __):
        writer.write(answer)
        writer.close()

    with pytest.raises(NoAnswerError):
        exchange(serve)


def test_a_back_end_that_stands_still_runs_into_the_deadline():
    with pytest.raises(TimeoutError):
        exchange(None, timeout_s=0.1)


def test_nobody_listening_is_no_answer():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        upstream = Upstream("127.0.0.1", unused.getsockname()[1], 1.0)
        with pytest.raises(NoAnswerError):
            asyncio.run(upstream.send("GET", b"/", [], None))
