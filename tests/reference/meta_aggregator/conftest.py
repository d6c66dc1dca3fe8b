"""A back end on a real chain, for the tests of its modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.reference.meta_aggregator.backend_rig import Backend, Rig


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """The chain, its contracts and the price emulation; back ends are started on it."""
    with Rig(tmp_path_factory.mktemp("back ends")) as running:
        yield running


@pytest.fixture(scope="session")
def backend(rig: Rig) -> Backend:
    """One healthy back end that all tests share."""
    return rig.start()


@pytest.fixture
def start(rig: Rig) -> Iterator[Callable[..., Backend]]:
    """Starts back ends that end with the test."""
    with ExitStack() as stack:
        yield lambda *items, **changes: rig.start(*items, stack=stack, **changes)
