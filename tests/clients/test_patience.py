import time

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.outcomes import Inconclusive
from fixtures.clients.own_address import own_address
from fixtures.clients.patience import Patience, retry_after_s
from fixtures.clients.recording import NullRecorder
from tests.clients.stub import stub


@pytest.fixture
def asked():
    answers = iter([(429, {"Retry-After": "0"}, b""), (429, {"Retry-After": "0"}, b"")])
    with stub({"/": lambda *_: next(answers, (200, {}, b"{}"))}) as server:
        client = HttpClient(server.url, NullRecorder())
        yield client, server
        client.close()


def test_a_throttled_request_is_repeated_until_it_is_answered(asked):
    client, server = asked
    assert Patience(5).through(lambda: client.get("/")).status == 200
    assert len(server.requests) == 3


def test_patience_ends(asked):
    client, _ = asked
    with pytest.raises(Inconclusive, match="rate limit left no room"):
        Patience(0.01).through(lambda: client.get("/"))


def test_refusals_that_come_slowly_use_patience_up():
    def slowly(*_):
        time.sleep(0.4)
        return 429, {"Retry-After": "0"}, b""

    with stub({"/": slowly}) as server:
        client = HttpClient(server.url, NullRecorder())
        with pytest.raises(Inconclusive, match="left no room"):
            Patience(1).through(lambda: client.get("/"))
        client.close()
    assert len(server.requests) <= 3


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026", 1.0), ("", 1.0)])
def test_the_time_to_wait_is_read_from_the_answer(said, seconds):
    with stub({"/": (429, {"Retry-After": said}, b"")}) as server:
        client = HttpClient(server.url, NullRecorder())
        assert retry_after_s(client.get("/")) == seconds
        client.close()


def test_a_loopback_target_sees_each_client_at_an_address_of_its_own():
    drawn = own_address("http://127.0.0.1:80")
    if drawn is None:
        pytest.skip("this system has one loopback address")
    with stub({"/": lambda *_: {}}) as server:
        seen = []
        server.verify_request = lambda _, client: not seen.append(client[0])
        client = HttpClient(server.url, NullRecorder(), local_address=drawn)
        assert client.get("/").status == 200
        client.close()
    assert seen == [drawn]
    assert drawn.startswith("127.")


@pytest.mark.parametrize("url", ["https://api.example.org", "http://192.0.2.1", "http://localhost"])
def test_elsewhere_the_machines_address_is_used(url):
    assert own_address(url) is None
