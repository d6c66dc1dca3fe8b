"""A chain with the contracts for the tests of what speaks to one, and a fork of it."""

import pytest

from fixtures.clients.chain import Chain
from fixtures.clients.fork import Fork
from fixtures.clients.recording import NullRecorder
from fixtures.reference.chain import deploy_contracts, key_of, start_chain


@pytest.fixture(scope="module")
def deployed():
    with start_chain(31337) as running:
        yield deploy_contracts(running.url, key_of("deployer"), with_uniswap=False)


@pytest.fixture(scope="module")
def chain(deployed):
    return Chain(deployed.rpc_url, NullRecorder())


@pytest.fixture(scope="module")
def opened(chain):
    made = Fork(chain)
    yield made
    made.close()


@pytest.fixture
def fork(opened):
    with opened.apart():
        yield opened
