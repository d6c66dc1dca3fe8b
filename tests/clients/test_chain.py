import json

import pytest

from fixtures.clients.chain import Chain, RpcError
from fixtures.clients.outcomes import ClientError, NotVerified
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor
from tests.clients.stub import stub

KEY = "0123456789abcdef-key"


def rpc(results):
    def answer(_path, body):
        asked = json.loads(body)
        given = results[asked["method"]]
        given = given(asked) if callable(given) else {"result": given}
        return {"jsonrpc": "2.0", "id": asked["id"], **given}

    return answer


@pytest.fixture
def recorder():
    return NullRecorder()


@pytest.fixture
def chain(recorder):
    results = {
        "eth_chainId": "0x7a69",
        "eth_getBalance": hex(5 * 10**18),
        "eth_getCode": "0x6001",
        "eth_blockNumber": "latest",
        "eth_getBlockByNumber": None,
        "eth_gasPrice": lambda _: {"error": {"code": -32601, "message": f"no key {KEY}"}},
        "eth_call": lambda _: {"error": {"code": 3, "message": "reverted", "data": "0x1234"}},
        "eth_getTransactionReceipt": None,
        "eth_getLogs": [{"data": "0x" + "ab" * 20_000}],
        "eth_syncing": lambda _: {"id": 999, "result": False},
        "eth_mining": lambda _: {"id": 999, "error": {"code": 3, "message": "reverted"}},
        "eth_hashrate": lambda _: {"error": {"code": "three", "message": "reverted"}},
        "eth_sendRawTransaction": "0x12",
    }
    routes = {f"/v2/{KEY}": rpc(results), "/html": (502, {}, b"<html>Bad gateway</html>")}
    with stub(routes) as server:
        yield Chain(f"{server.url}/v2/{KEY}", recorder, deadline_s=2)


def test_reads_are_numbers_and_bytes(chain):
    assert chain.chain_id() == 31337
    assert chain.balance("0xaa", 7) == 5 * 10**18
    assert chain.code("0xaa") == b"\x60\x01"
    line = chain.recorder.lines[1]
    assert (line["kind"], line["method"], line["params"]) == (
        "rpc",
        "eth_getBalance",
        ["0xaa", "0x7"],
    )


def test_the_providers_key_is_nowhere(chain):
    chain.chain_id()
    with pytest.raises(RpcError):
        chain.call("eth_gasPrice")
    assert chain.shown_url.endswith("/v2/[redacted]")
    assert KEY not in json.dumps([line["url"] for line in chain.recorder.lines])


def test_a_known_key_is_hidden_in_errors_too(chain):
    chain.recorder.redactor.learn(chain.url)
    with pytest.raises(RpcError) as caught:
        chain.call("eth_gasPrice")
    assert KEY not in str(caught.value) + json.dumps(chain.recorder.lines)


def test_the_nodes_errors_carry_code_and_data(chain):
    with pytest.raises(RpcError) as caught:
        chain.eth_call("0xaa", "0x")
    assert (caught.value.code, caught.value.data) == (3, "0x1234")
    assert "evidence-none.jsonl:1" in str(caught.value)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda chain: chain.block_number(), "'latest', which is no number"),
        (lambda chain: chain.block(99), "knows no block 99"),
        (lambda chain: chain.call("eth_syncing"), "no JSON-RPC answer to its call"),
        (lambda chain: chain.call("eth_mining"), "no JSON-RPC answer to its call"),
        (lambda chain: chain.wait_for_receipt("0x12", 0.1), "was in no block after 0.1 s"),
    ],
    ids=["no-number", "no-block", "foreign-id", "foreign-error", "no-receipt"],
)
def test_a_broken_answer_is_a_sentence(chain, ask, sentence):
    with pytest.raises(ClientError, match=sentence):
        ask(chain)


@pytest.mark.parametrize(
    "lie",
    ["0x", "7", "-0x1", "0x-1", "0x1_0", "0x1 ", "0x" + "f" * 65, 7, None, True, {"result": "0x1"}],
    ids=repr,
)
def test_what_is_no_quantity_is_no_number(recorder, lie):
    with (
        stub({"/": rpc({"eth_getBalance": lie})}) as server,
        pytest.raises(ClientError, match="is no number"),
    ):
        Chain(f"{server.url}/", recorder).balance("0xaa")


@pytest.mark.parametrize("lie", ["6001", "0x600", "0x60 01", 6001, None, ["0x60"]], ids=repr)
def test_what_is_no_data_is_no_code(recorder, lie):
    with (
        stub({"/": rpc({"eth_getCode": lie})}) as server,
        pytest.raises(ClientError, match="no hexadecimal data"),
    ):
        Chain(f"{server.url}/", recorder).code("0xaa")


@pytest.mark.parametrize(
    ("method", "result", "ask", "sentence"),
    [
        (
            "eth_getBlockByNumber",
            {"number": "0x8", "hash": "0x1", "timestamp": "0x1"},
            lambda chain: chain.block(7),
            "gave the block 8 for 7",
        ),
        (
            "eth_getBlockByNumber",
            {"number": None, "hash": "0x1", "timestamp": "0x1"},
            lambda chain: chain.block("latest"),
            "gave no block for latest: None",
        ),
        (
            "eth_getTransactionReceipt",
            {"transactionHash": "0x34", "status": "0x1"},
            lambda chain: chain.wait_for_receipt("0x12"),
            "gave '0x34' where 0x12 was asked for",
        ),
        (
            "eth_getTransactionByHash",
            {"hash": "0x34"},
            lambda chain: chain.transaction("0x12"),
            "gave '0x34' where 0x12 was asked for",
        ),
    ],
    ids=["another block", "no block", "another receipt", "another transaction"],
)
def test_an_answer_about_something_else_is_told(recorder, method, result, ask, sentence):
    with stub({"/": rpc({method: result})}) as server, pytest.raises(ClientError, match=sentence):
        ask(Chain(f"{server.url}/", recorder))


def test_an_error_without_a_number_is_still_the_nodes(chain):
    with pytest.raises(RpcError, match="reverted") as caught:
        chain.call("eth_hashrate")
    assert caught.value.code == 0


def test_a_page_instead_of_an_answer_is_told(chain, recorder):
    broken = Chain(chain.url.replace(f"/v2/{KEY}", "/html"), recorder)
    with pytest.raises(
        ClientError, match=r"got status 502 and no JSON-RPC answer.*<html>Bad gateway"
    ):
        broken.chain_id()
    assert recorder.lines[-1]["kind"] == "rpc"


def test_large_results_are_capped_in_the_evidence_only(chain):
    assert len(chain.logs()[0]["data"]) == 40_002
    shown = chain.recorder.lines[-1]["result"]
    assert shown["truncated"] is True
    assert len(shown["text"]) == 16 * 1024


def test_a_transaction_that_nobody_granted_is_not_sent(chain):
    chain.recorder.grant({"read"})
    with pytest.raises(NotVerified, match="eth_sendRawTransaction"):
        chain.send_raw(b"\x01")


def test_a_redactor_that_knows_the_url_hides_the_key_only():
    recorder = NullRecorder(Redactor([f"https://rpc.example/{KEY}"]))
    assert (
        Chain(f"https://rpc.example/{KEY}", recorder).shown_url == "https://rpc.example/[redacted]"
    )


def test_reads_in_a_batch_go_out_together(chain):
    def several(_path, body):
        return [{"id": one["id"], "result": hex(n)} for n, one in enumerate(json.loads(body))][::-1]

    with stub({"/": several}) as server:
        batched = Chain(f"{server.url}/", chain.recorder)
        assert batched.batch([("eth_chainId", ()), ("eth_blockNumber", ())]) == ["0x0", "0x1"]
    methods = [line["method"] for line in chain.recorder.lines]
    assert methods == ["eth_chainId", "eth_blockNumber"]


def test_a_node_without_batches_is_asked_one_by_one(recorder):
    def one_only(_path, body):
        asked = json.loads(body)
        if isinstance(asked, list):
            return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no batch"}}
        return {"jsonrpc": "2.0", "id": asked["id"], "result": "0x7"}

    with stub({"/": one_only}) as server:
        assert Chain(f"{server.url}/", recorder).batch([("eth_chainId", ())] * 2) == ["0x7"] * 2


@pytest.mark.parametrize(
    "lie",
    [
        lambda ids: [{"id": ids[0], "result": "0x1"}] * 2,
        lambda ids: [{"id": [number], "result": "0x1"} for number in ids],
        lambda ids: [{"id": number, "result": "0x1"} for number in [*ids, ids[0]]],
        lambda ids: [{"id": number, "result": "0x1", "error": {"code": 3}} for number in ids],
    ],
    ids=["twice", "list", "one-more", "both"],
)
def test_a_batch_that_does_not_fit_its_calls_is_asked_one_by_one(recorder, lie):
    def node(_path, body):
        asked = json.loads(body)
        if isinstance(asked, list):
            return lie([one["id"] for one in asked])
        return {"jsonrpc": "2.0", "id": asked["id"], "result": "0x7"}

    with stub({"/": node}) as server:
        assert Chain(f"{server.url}/", recorder).batch([("eth_chainId", ())] * 2) == ["0x7"] * 2
