"""A chain with the contracts for the tests of what speaks to one, and a fork of it."""

import pytest

from fixtures.clients.chain import Chain
from fixtures.clients.fork import Fork
from fixtures.clients.recording import NullRecorder
from fixtures.reference.chain import deploy_contracts, key_of, start_chain
from tests.engines import ENGINES


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    """What carries the chain and its fork."""
    return request.param


@pytest.fixture(scope="module")
def deployed(engine):
    with start_chain(31337, engine=engine) as running:
        yield deploy_contracts(running.url, key_of("deployer"), with_uniswap=False)


@pytest.fixture(scope="module")
def chain(deployed):
    return Chain(deployed.rpc_url, NullRecorder())


@pytest.fixture(scope="module")
def opened(chain, engine):
    made = Fork(chain, engine)
    yield made
    made.close()


@pytest.fixture
def fork(opened):
    with opened.apart():
        yield opened
