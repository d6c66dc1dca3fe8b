"""Which machine has anvil under a fork, and what is said where it is missing."""

import pytest

from fixtures.clients.fork import Fork
from fixtures.clients.fork_anvil import anvil
from fixtures.clients.outcomes import CapabilityMissing, ClientError
from fixtures.profiles import tools
from tests.engines import needs_anvil

with_anvil = pytest.mark.parametrize(
    "engine", [pytest.param("anvil", marks=needs_anvil)], indirect=True
)


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """The place of our own tools, empty, on a machine without anvil."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "OWN", tmp_path)
    monkeypatch.delenv("GATEHOUSE_CHAIN", raising=False)
    return tmp_path


def test_a_fork_is_carried_by_anvil_where_our_tools_have_it(installed, monkeypatch):
    assert anvil() is None
    (installed / "anvil").touch(0o755)
    assert anvil() == anvil("anvil") == str(installed / "anvil")
    monkeypatch.setenv("GATEHOUSE_CHAIN", "py-evm")
    assert anvil() is None


@pytest.mark.parametrize(
    ("engine", "error", "sentence"),
    [
        ("anvil", CapabilityMissing, "it is not installed; run make tools, or use py-evm"),
        ("geth", ClientError, "No engine is called 'geth': use anvil or py-evm"),
    ],
)
@pytest.mark.usefixtures("installed")
def test_an_engine_that_cannot_be_had_is_named(monkeypatch, engine, error, sentence):
    monkeypatch.setenv("GATEHOUSE_CHAIN", engine)
    with pytest.raises(error, match=sentence):
        anvil()


@with_anvil
def test_one_variable_decides_what_carries_a_fork(chain, engine, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_CHAIN", engine)
    fork = Fork(chain)
    assert fork.carrier == engine
    fork.close()
