"""The release's scripts that sign and verify orders, against a running back end."""

import json
import subprocess
import sys

import pytest

from fixtures.reference.chain import key_of
from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import release_files
from tests.reference.meta_aggregator.backend_rig import Backend, Wallet
from tests.reference.meta_aggregator.release_site import make_facts

TESTER = key_of("funder-1")


@pytest.fixture
def tool(backend: Backend, tmp_path):
    """Runs the order tool of the release, as it is shipped with these defects."""

    def run(*arguments, defects=NONE, key=TESTER, chain=backend.deployment.rpc_url):
        for path, text in release_files.release(make_facts(tmp_path), defects).items():
            if path.startswith(("backend/", "config/")):
                (tmp_path / path).parent.mkdir(exist_ok=True)
                (tmp_path / path).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(tmp_path / "backend" / "order_tools.py"), *arguments],
            env={"API_URL": backend.url, "RPC_URL": chain, "TEST_KEY": key},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def order_file(backend: Backend, tmp_path):
    """Writes a signed order, altered afterwards as wanted."""

    def write(signer=None, **changes):
        wallet = Wallet()
        order = backend.order(wallet)
        signature = backend.sign(signer or wallet, "Order", order)
        path = tmp_path / "order.json"
        path.write_text(json.dumps({"order": {**order, **changes}, "signature": signature}))
        return str(path), wallet.address

    return write


def test_an_order_is_signed_sent_and_its_nonce_cancelled(tool, backend: Backend):
    code, said = tool("sign-and-send")
    assert (code, said["ok"]) == (0, True)
    stored = backend.http.get(f"/api/orders/{said['id']}").json()
    assert stored["order"]["maker"] == said["signer"]
    receipt = backend.rpc.call("eth_getTransactionReceipt", said["transactionHash"])
    assert int(receipt["blockNumber"], 16) == said["block"]


def test_a_key_without_ether_sends_nothing_and_says_so(tool):
    code, said = tool("sign-and-send", key=Wallet().key)
    assert (code, said["ok"]) == (1, False)
    assert "transactionHash" not in said


def test_another_chain_than_the_api_s_is_refused(tool):
    code, said = tool("sign-and-send", chain="http://127.0.0.1:1")
    assert code == 1
    assert "does not answer" in said["error"]


def test_a_valid_order_is_passed_with_its_signer(tool, order_file):
    path, maker = order_file()
    assert tool("verify", path) == (
        0, {"command": "verify", "ok": True, "signer": maker, "chain_id": 31337},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"buyAmount": "1"}, "and not the maker"),
        ({"expiry": "1"}, "it is not valid now"),
        ({"sellToken": "0x" + "12" * 20}, "sellToken is not traded here"),
        ({"sellAmount": "0"}, "an amount is zero"),
    ],
    ids=["altered", "expired", "foreign-token", "nothing"],
)
def test_an_order_that_would_be_refused_fails_by_name(tool, order_file, changes, told):
    code, said = tool("verify", order_file(**changes)[0])
    assert code == 1
    assert told in said["error"]


def test_an_order_of_another_signer_fails(tool, order_file):
    code, said = tool("verify", order_file(Wallet())[0])
    assert code == 1
    assert "and not the maker" in said["error"]


@pytest.mark.parametrize("signature", ["0x", "0x12", "0x" + "00" * 65])
def test_what_is_no_signature_fails(tool, order_file, signature):
    path, _ = order_file()
    with open(path, encoding="utf-8") as file:
        given = json.load(file)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**given, "signature": signature}, file)
    assert tool("verify", path)[0] == 1


def test_fault_errors_are_swallowed(tool, order_file):
    defects = Defects.for_items(["MA-SIG-10"])
    code, said = tool("sign-and-send", defects=defects)
    assert (code, said["ok"]) == (0, False)
    assert "transactionHash" not in said
    assert tool("verify", order_file(expiry="1")[0], defects=defects)[0] == 0


def test_no_file_is_misuse(tool):
    assert tool("verify")[0] == 2
