from eth_utils.crypto import keccak

from fixtures.clients.contract_interface import unanswered
from fixtures.clients.contracts import Contract
from fixtures.clients.jsonrpc import RpcError

HERE = "0x" + "11" * 20
ORDER = {
    "name": "order",
    "type": "tuple",
    "components": [
        {"name": "maker", "type": "address"},
        {"name": "amounts", "type": "uint256[2]"},
        {"name": "tags", "type": "bytes32[]"},
    ],
}


def function(name, inputs, outputs=()):
    parts = [one if isinstance(one, dict) else {"name": "", "type": one} for one in inputs]
    returned = [{"name": "", "type": one} for one in outputs]
    return {"type": "function", "name": name, "inputs": parts, "outputs": returned}


ABI = (
    function("paused", [], ["bool"]),
    function("hash", [ORDER], ["bytes32"]),
    function("note", ["string", "bytes", "bytes4", "bool", "uint8[]"]),
    {"type": "error", "name": "Refused", "inputs": []},
)


def selector(signature):
    return "0x" + keccak(text=signature)[:4].hex()


class FakeChain:
    """Answers calls by selector; knows no other function."""

    last_evidence = "evidence-none.jsonl:1"

    def __init__(self, answers):
        self.answers = answers

    def eth_call(self, to, data, **_):
        assert to == HERE
        answer = self.answers.get(data[:10], RpcError(3, "execution reverted", "0x"))
        if isinstance(answer, RpcError):
            raise answer
        return answer


COMPLETE = {
    selector("paused()"): bytes(32),
    selector("hash((address,uint256[2],bytes32[]))"): bytes(32),
    selector("note(string,bytes,bytes4,bool,uint8[])"): RpcError(3, "x", selector("Refused()")),
}


def test_results_and_refusals_with_a_reason_are_answers():
    assert unanswered(Contract(FakeChain(COMPLETE), HERE, ABI)) == []


def test_a_function_that_the_contract_does_not_know_is_named():
    answers = {key: value for key, value in COMPLETE.items() if key != selector("paused()")}
    (problem,) = unanswered(Contract(FakeChain(answers), HERE, ABI))
    assert problem.startswith("paused reverted without a reason")


def test_a_result_that_does_not_fit_is_no_answer():
    answers = {**COMPLETE, selector("paused()"): b""}
    (problem,) = unanswered(Contract(FakeChain(answers), HERE, ABI))
    assert problem.startswith("paused: ")
    assert "is there a contract?" in problem
