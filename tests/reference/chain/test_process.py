"""The chain's process: it comes up, it ends with its parent, it leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from fixtures.profiles import tools
from fixtures.reference.announcing import ROOT
from fixtures.reference.chain import ChainError, RevertError, Rpc, deploy_contracts, start_chain
from fixtures.reference.chain import process as chain_process
from fixtures.reference.chain.keys import address_of
from tests.engines import ENGINES, needs_anvil

PARENT = """
import sys
from fixtures.reference.chain import start_chain
chain = start_chain(1, path_key="k", engine=sys.argv[1])
print(chain.url, chain.pid, flush=True)
sys.stdin.read()
"""


def is_gone(pid, within_s=10):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with open(f"/proc/{pid}/stat") as stat:
            if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        time.sleep(0.02)  # polling a condition with a deadline
    return False


@pytest.mark.parametrize("engine", ENGINES)
def test_a_chain_has_the_id_it_was_given_and_ends_when_asked(engine):
    chain = start_chain(11155111, engine=engine)
    rpc = Rpc(chain.url)
    assert rpc.chain_id == 11155111
    assert chain.part.startswith(f"{engine} ")
    assert all(rpc.balance(address) for address in map(address_of, chain.funded_keys.values()))
    rpc.close()
    chain.close()
    chain.close()
    with pytest.raises(httpx.ConnectError):
        httpx.post(chain.url, json={}, trust_env=False)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_chain_ends_when_its_parent_is_killed(engine):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, engine],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        _, pid = parent.stdout.readline().split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        parent.send_signal(signal.SIGKILL)
    assert len(children) == (engine == "anvil")
    assert all(is_gone(int(each)) for each in (pid, *children))


@needs_anvil
def test_anvil_serves_as_our_node_does(deployed):
    with start_chain(31337, path_key="k", engine="anvil") as chain:
        again = deploy_contracts(chain.url, chain.funded_keys["deployer"])
        rpc = Rpc(chain.url)
        with pytest.raises(RevertError) as refused:
            rpc.call_contract(again.artifact.abi, again.escrow, "withdraw", again.base, 5)
        rpc.close()
        denied = httpx.post(chain.url + "x", json={}, trust_env=False)
    assert refused.value.name == "InsufficientBalance"
    assert denied.status_code == 401
    assert (again.escrow, again.uniswap) == (deployed.escrow, deployed.uniswap)


@pytest.mark.parametrize("engine", ENGINES)
def test_one_variable_decides_the_engine(monkeypatch, engine):
    monkeypatch.setenv("GATEHOUSE_CHAIN", engine)
    with start_chain(1) as chain:
        assert chain.part.startswith(f"{engine} ")


def test_an_unknown_engine_is_refused_by_name():
    with pytest.raises(ChainError, match="'geth'"):
        start_chain(1, engine="geth")


def test_anvil_is_asked_for_in_vain_where_it_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chain_process, "TOOLS", tmp_path)
    with pytest.raises(ChainError, match="anvil is not installed: run make tools"):
        start_chain(1, engine="anvil")


def test_anvil_is_looked_for_where_checks_look_for_programs(monkeypatch, tmp_path):
    assert chain_process.TOOLS == tools.OWN
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(chain_process, "TOOLS", tmp_path)
    own = tmp_path / "anvil"
    own.touch(0o755)
    assert chain_process.anvil() == str(own)


def test_deployment_is_the_same_every_time_and_not_the_development_default(deployed):
    with start_chain(31337, engine="py-evm") as chain:
        again = deploy_contracts(
            chain.url, chain.funded_keys["deployer"], with_uniswap=False, variant=None
        )
    assert again.escrow == deployed.escrow
    assert again.escrow != "0x5FbDB2315678afecb367f032d93F642f64180aa3"
    assert again.uniswap is None
