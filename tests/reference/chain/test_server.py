"""The node as a client sees it: web3 and plain HTTP over the socket."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractCustomError

from contracts.evm import artifact
from fixtures.reference.chain import Rpc, RpcError, key_of
from fixtures.reference.chain.keys import address_of
from fixtures.reference.chain.rpc import number

from .conftest import ETHER, NO_TOKEN, PATH_KEY

with_py_evm = pytest.mark.parametrize("chain", ["py-evm"], indirect=True)
"""What anvil does in its own way; for one, its clock stays behind when a chain is set back."""


@pytest.fixture
def web3(chain, rpc):  # noqa: ARG001 - rpc restores the chain
    provider = HTTPProvider(chain.url)
    yield Web3(provider)
    provider._request_session_manager.session_cache.clear()


def post(chain, body, *, path=None, **headers):
    url = chain.url if path is None else chain.url.replace(urlsplit(chain.url).path, path)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(url, content=content, headers=headers, trust_env=False)


def ask(method, *params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}


@pytest.mark.parametrize("path", ["/", "/v2", "/v2/other", f"/v2/{PATH_KEY}x"])
def test_another_key_is_unauthorised(chain, path):
    assert post(chain, ask("eth_chainId")).json()["result"] == hex(31337)
    assert post(chain, ask("eth_chainId"), path=path).status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"{", -32700, id="no json"),
        pytest.param(b"\xff\xfe", -32700, id="no text"),
        pytest.param(7, -32600, id="no object"),
        pytest.param([], -32600, id="empty batch"),
        pytest.param({"id": 1}, -32600, id="no method"),
        pytest.param(ask("eth_mine_me"), -32601, id="unknown method"),
        pytest.param(ask("eth_getBalance"), -32602, id="parameter missing"),
        pytest.param(ask("eth_getBalance", "0x12", "latest"), -32602, id="no address"),
        pytest.param(ask("eth_getBalance", NO_TOKEN, "newest"), -32602, id="no block"),
    ],
)
def test_what_makes_no_sense_gets_its_error_code(chain, body, code):
    assert post(chain, body).json()["error"]["code"] == code


@with_py_evm
@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(ask("eth_getBalance", NO_TOKEN, "0xffffff"), -32000, id="future block"),
        pytest.param(ask("eth_sendRawTransaction", "0x01"), -32000, id="no transaction"),
        pytest.param(
            ask("eth_call", {"to": NO_TOKEN}, "latest", {NO_TOKEN: {"balance": "0x1"}}),
            -32602,
            id="state override",
        ),
    ],
)
def test_what_our_node_cannot_do_gets_its_error_code(chain, body, code):
    assert post(chain, body).json()["error"]["code"] == code


def test_a_body_is_bounded(chain):
    assert post(chain, b" " * (2 * 1024 * 1024 + 1)).status_code == 413


def test_only_post_is_allowed(chain):
    reply = httpx.get(chain.url, trust_env=False)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "POST, OPTIONS")


def test_a_browser_may_ask(chain):
    reply = httpx.options(chain.url, trust_env=False)
    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (204, "*")


def test_a_batch_is_answered_in_order(chain):
    replies = post(chain, [ask("eth_chainId"), ask("nope"), ask("net_version")]).json()
    assert replies[0]["result"] == "0x7a69"
    assert replies[1]["error"]["code"] == -32601
    assert replies[2]["result"] == "31337"


def test_web3_reads_the_chain(chain, web3, deployed):
    assert web3.eth.chain_id == 31337
    assert web3.client_version.partition("/")[0] == chain.part.partition(" ")[0]
    assert web3.eth.syncing is False
    block = web3.eth.get_block("latest", full_transactions=True)
    assert block.transactions[0].blockNumber == block.number
    assert web3.eth.get_block(block.hash).number == block.number
    assert web3.eth.get_code(deployed.escrow)
    receipt = web3.eth.get_transaction_receipt(deployed.creation_transaction)
    assert receipt.contractAddress == deployed.escrow
    sent = web3.eth.get_transaction(deployed.creation_transaction)
    assert sent["from"] == address_of(key_of("deployer"))
    history = web3.eth.fee_history(2, "latest", [50])
    assert len(history["baseFeePerGas"]) == len(history["gasUsedRatio"]) + 1
    assert web3.eth.max_priority_fee > 0
    assert web3.eth.get_storage_at(deployed.base, 2) != bytes(32)  # total supply


def test_web3_sends_and_reads_events(web3, deployed):
    account = web3.eth.account.from_key(key_of("funder-3"))
    contract = web3.eth.contract(deployed.escrow, abi=list(artifact("Escrow").abi))
    unsigned = contract.functions.fund(NO_TOKEN, 5).build_transaction(
        {
            "from": account.address,
            "value": 5,
            "nonce": web3.eth.get_transaction_count(account.address),
        }
    )
    sent = web3.eth.send_raw_transaction(account.sign_transaction(unsigned).raw_transaction)
    receipt = web3.eth.wait_for_transaction_receipt(sent)
    assert receipt.status == 1
    (event,) = contract.events.Funded().get_logs(from_block=receipt.blockNumber)
    assert (event.args.account, event.args.amount) == (account.address, 5)
    (raw,) = web3.eth.get_logs({"blockHash": receipt.blockHash, "address": deployed.escrow})
    assert raw.transactionHash == sent


def test_web3_sees_custom_errors(web3, deployed):
    contract = web3.eth.contract(deployed.escrow, abi=list(artifact("Escrow").abi))
    with pytest.raises(ContractCustomError) as refused:
        contract.functions.withdraw(NO_TOKEN, 5).call()
    selector = keccak(text="InsufficientBalance(address,address,uint256,uint256)")[:4]
    assert refused.value.data.startswith("0x" + selector.hex())


def test_a_refused_call_carries_code_3_and_its_data(rpc, deployed):
    with pytest.raises(RpcError) as refused:
        rpc.call_contract(deployed.artifact.abi, deployed.escrow, "withdraw", NO_TOKEN, 5)
    assert refused.value.code == 3
    assert refused.value.name == "InsufficientBalance"
    assert refused.value.error.arguments["needed"] == 5


def test_a_revert_with_text_shows_the_text(rpc, deployed):
    router = deployed.uniswap.router
    abi = artifact("UniswapV2Router02").abi
    with pytest.raises(RpcError, match="INVALID_PATH"):
        rpc.call_contract(abi, router, "getAmountsOut", 1, [deployed.base])


def test_earlier_blocks_can_still_be_read(rpc, escrow, alice):
    height = rpc.block_number()
    before = rpc.balance(escrow.deployment.escrow)
    escrow.fund(alice, NO_TOKEN, ETHER)
    assert rpc.balance(escrow.deployment.escrow, height) == before
    assert rpc.balance(escrow.deployment.escrow) == before + ETHER
    asked = (escrow.deployment.artifact.abi, escrow.deployment.escrow, "liabilities", NO_TOKEN)
    assert rpc.call_contract(*asked, block=height) == before
    assert rpc.call_contract(*asked) == before + ETHER
    assert rpc.code(escrow.deployment.escrow, 0) == "0x"


@with_py_evm
def test_blocks_carry_the_time_and_do_not_run_ahead(rpc, escrow, alice):
    started, times = int(time.time()), []
    for _ in range(5):
        receipt = escrow.fund(alice, NO_TOKEN, 1)
        block = rpc.call("eth_getBlockByNumber", receipt["blockNumber"], False)
        times.append(number(block["timestamp"]))
    assert times == sorted(times)
    assert all(started <= at <= time.time() for at in times)


@with_py_evm
def test_a_call_sees_the_present_time(rpc):
    # TIMESTAMP PUSH0 MSTORE PUSH1 32 PUSH0 RETURN, run as creation code
    started = int(time.time())
    seen = number(rpc.call("eth_call", {"data": "0x425f5260205ff3"}, "latest"))
    assert started <= seen <= time.time()
    first = number(rpc.call("eth_call", {"data": "0x425f5260205ff3"}, "0x0"))
    assert first == number(rpc.call("eth_getBlockByNumber", "0x0", False)["timestamp"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"chainId": 1}, "invalid chain id", id="another chain"),
        pytest.param({"value": 10**30}, "(?i)insufficient funds", id="poor"),
        pytest.param(
            {"maxFeePerGas": 1, "maxPriorityFeePerGas": 1}, "less than block base fee", id="cheap"
        ),
    ],
)
def test_a_transaction_that_cannot_be_mined_is_refused(rpc, alice, bob, changes, reason):
    with pytest.raises(RpcError, match=reason):
        rpc.send({"to": address_of(bob), "value": 1, "gas": 21000, **changes}, alice)
    rpc.send({"to": address_of(bob), "value": 1, "gas": 21000}, alice)


@with_py_evm  # anvil keeps it until it fits
def test_a_nonce_that_leaves_a_gap_is_refused(rpc, alice, bob):
    with pytest.raises(RpcError, match="nonce too high"):
        rpc.send({"to": address_of(bob), "value": 1, "gas": 21000, "nonce": 10**6}, alice)


def test_a_used_nonce_is_refused(rpc, alice, bob):
    used = number(rpc.call("eth_getTransactionCount", address_of(alice), "latest"))
    rpc.send({"to": address_of(bob), "value": 1}, alice)
    with pytest.raises(RpcError, match="nonce too low"):
        rpc.send({"to": address_of(bob), "value": 2, "nonce": used}, alice)


def test_snapshots_bring_back_state_and_forget_transactions(rpc, alice, bob):
    snapshot = rpc.call("evm_snapshot")
    height, before = rpc.block_number(), rpc.balance(address_of(bob))
    receipt = rpc.send({"to": address_of(bob), "value": 5}, alice)
    assert rpc.call("evm_revert", snapshot) is True
    assert (rpc.block_number(), rpc.balance(address_of(bob))) == (height, before)
    assert rpc.call("eth_getTransactionReceipt", receipt["transactionHash"]) is None
    assert rpc.call("evm_revert", snapshot) is False


def test_without_automine_transactions_wait_for_a_block(rpc, alice, bob):
    rpc.call("evm_setAutomine", False)
    sent = [rpc.submit({"to": address_of(bob), "value": n, "gas": 21000}, alice) for n in (1, 2)]
    assert rpc.call("eth_getTransactionReceipt", sent[0]) is None
    assert rpc.call("eth_getTransactionByHash", sent[0])["blockNumber"] is None
    rpc.call("evm_mine")
    receipts = [rpc.wait(one) for one in sent]
    assert [receipt["transactionIndex"] for receipt in receipts] == ["0x0", "0x1"]
    assert receipts[0]["blockHash"] == receipts[1]["blockHash"]


def test_many_threads_may_send_with_one_key(chain, rpc, alice, bob):
    before = rpc.balance(address_of(bob))
    clients = [Rpc(chain.url) for _ in range(2)]

    def send(index):
        return clients[index % 2].send({"to": address_of(bob), "value": 1, "gas": 21000}, alice)

    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(send, range(24)))
    for client in clients:
        client.close()
    assert len({receipt["blockNumber"] for receipt in receipts}) == 24
    assert rpc.balance(address_of(bob)) - before == 24


def test_logs_of_many_blocks_are_found_quickly(rpc, escrow, alice):
    for _ in range(40):
        escrow.fund(alice, NO_TOKEN, 1)
    started = time.monotonic()
    for _ in range(10):
        events = rpc.events(escrow.deployment.artifact.abi, escrow.deployment.escrow, "Funded")
    assert len(events) >= 40
    assert (time.monotonic() - started) / 10 < 2
