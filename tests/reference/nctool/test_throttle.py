import asyncio
from types import SimpleNamespace

import pytest

from fixtures.reference.nctool.service import throttle as throttling
from fixtures.reference.nctool.service.throttle import TURN_S, Throttle


def held_back(method, path, monkeypatch):
    """How often, and for how long, each of three requests at once was made to wait."""
    waits, inside, most = [], 0, 0

    async def sleep(seconds):
        nonlocal inside, most
        waits.append(seconds)
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1

    async def app(*_):
        await asyncio.sleep(0)

    async def three():
        throttle = Throttle(app)
        scope = {"type": "http", "method": method, "path": path}
        await asyncio.gather(*(throttle(scope, None, None) for _ in range(3)))

    # servers of other tests sleep in threads of this process: only the throttle's own is counted
    monkeypatch.setattr(throttling, "asyncio", SimpleNamespace(sleep=sleep, Lock=asyncio.Lock))
    asyncio.run(three())
    return waits, most


def test_operations_on_wallets_wait_one_after_another(monkeypatch):
    assert held_back("POST", "/api/wallets/npub1x/mint", monkeypatch) == ([TURN_S] * 3, 1)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/wallets/npub1x/balance"), ("POST", "/api/admin/flags")]
)
def test_everything_else_passes_at_once(monkeypatch, method, path):
    assert held_back(method, path, monkeypatch) == ([], 0)
