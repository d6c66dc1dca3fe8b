"""anvil under a fork: which machine has it, and what is said when it cannot start or dies."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixtures.clients.chain import RpcError
from fixtures.clients.fork import Fork
from fixtures.clients.fork_anvil import AnvilFork, anvil
from fixtures.clients.meta_aggregator import NOBODY
from fixtures.clients.outcomes import CapabilityMissing, ClientError
from fixtures.profiles import tools
from tests.engines import needs_anvil

ROOT = Path(__file__).parents[2]
OWNER = """
import sys
from fixtures.clients.fork_anvil import AnvilFork, anvil
fork = AnvilFork(anvil(), sys.argv[1], 1)
print(fork.pid, flush=True)
sys.stdin.read()
"""
with_anvil = pytest.mark.parametrize(
    "engine", [pytest.param("anvil", marks=needs_anvil)], indirect=True
)


@pytest.fixture
def made(chain):
    """An anvil that has two seconds for an answer."""
    fork = AnvilFork(anvil("anvil"), chain.url, chain.block_number(), deadline_s=2)
    yield fork
    fork.close()


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


@with_anvil
def test_an_anvil_that_cannot_fork_says_why(chain):
    with pytest.raises(ClientError, match="could not fork the target and ended; its last words: "):
        AnvilFork(anvil("anvil"), chain.url, 10**6)


@needs_anvil
def test_a_target_that_says_nothing_is_waited_for_until_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(ClientError, match=r"could not fork the target within 0\.5 s"):
            AnvilFork(anvil("anvil"), url, 1, deadline_s=0.5)


@with_anvil
def test_an_anvil_that_died_is_told_from_an_answer(made):
    os.kill(made.pid, signal.SIGKILL)
    with pytest.raises(ClientError, match=r"anvil, which carried the fork, ended with -9 at eth_"):
        made.call("eth_blockNumber", [])
    with pytest.raises(ClientError, match="ended with -9"):
        made.call("eth_blockNumber", [])


@with_anvil
def test_an_answer_that_came_too_late_is_not_taken_for_the_next(made):
    os.kill(made.pid, signal.SIGSTOP)
    os.waitpid(made.pid, os.WUNTRACED)
    with pytest.raises(ClientError, match=r"gave eth_chainId no answer in 2 s"):
        made.call("eth_chainId", [])
    os.kill(made.pid, signal.SIGCONT)
    assert made.call("eth_getCode", [NOBODY, "latest"]) == "0x"


@with_anvil
def test_an_answer_may_be_long(made):
    code = "0x" + "5b" * 1_000_000
    made.call("anvil_setCode", [NOBODY, code])
    assert made.call("eth_getCode", [NOBODY, "latest"]) == code


@with_anvil
def test_what_was_sent_is_done_when_the_next_call_asks(made):
    sender, other = "0x" + "a1" * 20, "0x" + "b2" * 20
    made.call("anvil_setBalance", [sender, hex(100)])
    seen = []
    for _ in range(50):
        made.call("eth_sendTransaction", [{"from": sender, "to": other, "value": "0x1"}])
        seen.append(int(made.call("eth_getBalance", [other, "latest"]), 16))

    assert seen == list(range(1, 51))


@with_anvil
def test_it_goes_back_only_when_it_has_forgotten_what_it_mined(made, monkeypatch):
    asked, ask, waiting = [], made._ask, iter(["0x2", "0x1", "0x0"])

    def slowly(method, params):
        asked.append(method)
        return {"pending": next(waiting)} if method == "txpool_status" else ask(method, params)

    before = made.call("evm_snapshot", [])
    monkeypatch.setattr(made, "_ask", slowly)

    assert made.call("evm_revert", [before])
    assert asked == ["txpool_status"] * 3 + ["evm_revert"]


@with_anvil
def test_what_gets_into_no_block_is_waited_for_until_the_deadline(made):
    made.call("evm_setAutomine", [False])
    transfer = {"from": "0x" + "a1" * 20, "to": "0x" + "b2" * 20, "value": "0x0"}

    with pytest.raises(ClientError, match=r"put 0x[0-9a-f]{64} into no block in 2 s"):
        made.call("eth_sendTransaction", [transfer])


@with_anvil
def test_what_it_cannot_read_is_named(made):
    with pytest.raises(RpcError, match="has no method eth_mine_me, or none with such") as refused:
        made.call("eth_mine_me", [])
    assert refused.value.code == -32602


@with_anvil
def test_it_ends_with_a_run_that_is_killed(chain):
    command = [sys.executable, "-c", OWNER, chain.url]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        pid = int(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end, "anvil outlived its run"
        time.sleep(0.02)  # between two looks
