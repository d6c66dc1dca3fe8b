import itertools
import os

import pytest

_number = itertools.count()


@pytest.fixture(scope="session")
def money_store():
    from fixtures.reference.mongodb import start_store

    with start_store() as store:
        yield store.url


@pytest.fixture(scope="session")
def money_mints():
    from fixtures.reference.nctool.mint.serving import Mints

    mints = Mints(["tests"])
    yield mints
    mints.close()


@pytest.fixture
def rig(money_store, money_mints):
    from tests.reference.nctool.money_rig import Rig

    made = Rig(money_store, money_mints["tests"], f"money_{os.getpid()}_{next(_number)}")
    yield made
    made.close()
