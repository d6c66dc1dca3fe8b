"""The chain's process: it comes up, it ends with its parent, it leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import httpx
import pytest

from fixtures.reference.announcing import ROOT
from fixtures.reference.chain import ChainError, RevertError, Rpc, deploy_contracts, start_chain
from fixtures.reference.chain.keys import address_of

PARENT = """
import sys
from fixtures.reference.chain import start_chain
chain = start_chain(1, path_key="k", engine="py-evm")
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


def test_a_chain_has_the_id_it_was_given_and_ends_when_asked():
    chain = start_chain(11155111, engine="py-evm")
    rpc = Rpc(chain.url)
    assert rpc.chain_id == 11155111
    assert chain.part.startswith("py-evm ")
    assert all(rpc.balance(address) for address in map(address_of, chain.funded_keys.values()))
    rpc.close()
    chain.close()
    chain.close()
    with pytest.raises(httpx.ConnectError):
        httpx.post(chain.url, json={}, trust_env=False)


def test_a_chain_ends_when_its_parent_is_killed():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        _, pid = parent.stdout.readline().split()
        parent.send_signal(signal.SIGKILL)
    assert is_gone(int(pid))


@pytest.mark.skipif(shutil.which("anvil") is None, reason="anvil is not installed")
def test_anvil_serves_where_it_is_installed(deployed):
    with start_chain(31337, path_key="k") as chain:
        assert chain.part.startswith("anvil ")
        again = deploy_contracts(chain.url, chain.funded_keys["deployer"])
        rpc = Rpc(chain.url)
        with pytest.raises(RevertError) as refused:
            rpc.call_contract(again.artifact.abi, again.escrow, "withdraw", again.base, 5)
        rpc.close()
        denied = httpx.post(chain.url + "x", json={}, trust_env=False)
    assert refused.value.name == "InsufficientBalance"
    assert denied.status_code == 401
    assert (again.escrow, again.uniswap) == (deployed.escrow, deployed.uniswap)


def test_an_unknown_engine_is_refused_by_name():
    with pytest.raises(ChainError, match="'geth'"):
        start_chain(1, engine="geth")


def test_deployment_is_the_same_every_time_and_not_the_development_default(deployed):
    with start_chain(31337, engine="py-evm") as chain:
        again = deploy_contracts(
            chain.url, chain.funded_keys["deployer"], with_uniswap=False, variant=None
        )
    assert again.escrow == deployed.escrow
    assert again.escrow != "0x5FbDB2315678afecb367f032d93F642f64180aa3"
    assert again.uniswap is None
