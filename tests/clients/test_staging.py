"""Waiting for a staging instance whose processes were ended."""

from __future__ import annotations

import pytest

from fixtures.clients import staging
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from fixtures.profiles import Instance
from tests.clients.stub import stub


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long was waited, without waiting."""
    found: list[float] = []

    def until(condition, deadline_s):
        found.append(deadline_s)
        return condition()

    monkeypatch.setattr(staging, "until", until)
    return found


def opened(url: str, down: set[str]):
    instance = Instance("staging-1", url, "mongodb://127.0.0.1:9/", "nctool")
    return staging.opened(instance, NullRecorder(), admin_key=None, ca_file=None, down=down)


def test_an_instance_that_stays_down_is_waited_for_at_length_only_once(waited):
    down: set[str] = set()
    with stub({"/health": (503, {}, {"status": "down"})}) as server:
        for _ in range(2):
            with (
                opened(server.url, down) as one,
                pytest.raises(ClientError, match="staging-1 is not healthy again within"),
            ):
                one.wait_until_up()
    assert waited == [staging.UP_S, staging.STILL_DOWN_S]


def test_an_instance_that_came_up_again_is_trusted_again(waited):
    down = {"staging-1"}
    with stub({"/health": {"status": "healthy"}}) as server, opened(server.url, down) as one:
        one.wait_until_up()
        one.wait_until_up()
    assert waited == [staging.STILL_DOWN_S, staging.UP_S]
