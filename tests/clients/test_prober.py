import threading
from types import SimpleNamespace

import pytest

from fixtures.clients.outcomes import ClientError
from fixtures.clients.prober import Prober


def test_each_kind_is_probed_from_before_the_work_until_after_it():
    sent = []

    def answer(kind):
        sent.append(kind)
        return SimpleNamespace(status=200)

    kinds = {"read": lambda: answer("read"), "write": lambda: answer("write")}
    with Prober(kinds, every_s=0.01) as prober:
        assert set(sent) == {"read", "write"}
        threading.Event().wait(0.05)
        during = len(sent)

    assert len(sent) >= during
    assert {probe.kind for probe in prober.seen} == {"read", "write"}
    assert len(prober.seen) == len(sent) >= 6
    assert prober.seen == sorted(prober.seen, key=lambda probe: probe.at)


def test_a_request_without_an_answer_is_an_observation():
    def fails():
        raise ClientError("nobody listens")

    with Prober({"read": fails}, every_s=0.01) as prober:
        pass

    assert {(probe.status, probe.error) for probe in prober.seen} == {(None, "nobody listens")}


def test_it_ends_when_the_work_fails():
    with (
        pytest.raises(RuntimeError),
        Prober({"read": lambda: SimpleNamespace(status=200)}, every_s=0.01) as prober,
    ):
        raise RuntimeError("the work")

    assert not any(thread.is_alive() for thread in prober._threads)
