import pytest

from benchmarks.order_books import HOME, write_lines
from fixtures.audit_orders.asking import MAGIC, Witness
from fixtures.clients.chain import RpcError
from fixtures.clients.order_sources.model import SourceError
from fixtures.clients.outcomes import ClientError

WALLET = "0x" + "77" * 20
REFUSAL = RpcError(3, "execution reverted")


class Node:
    """A chain on which one account is a contract wallet."""

    shown_url = "http://node"

    def __init__(self, answer=MAGIC + bytes(28), spent=(), most_blocks=10**9, chain_id=31337):
        self.answer, self.spent, self.most, self.id = answer, spent, most_blocks, chain_id
        self.ranges = []

    def chain_id(self):
        return self.id

    def block_number(self):
        return 1000

    def code(self, address, _block="latest"):
        return b"\x01" if address.lower() in (WALLET, HOME.contract) else b""

    def eth_call(self, to, data, *, block):
        assert (to, block, data[:4]) == (WALLET, 1000, MAGIC)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def logs(self, _address, _topics, *, from_block, to_block):
        if to_block - from_block >= self.most:
            raise RpcError(-32005, "range too large")
        self.ranges.append((from_block, to_block))
        return [
            {"topics": ["0x", "0x" + "00" * 12 + maker[2:]], "data": hex(nonce)}
            for block, maker, nonce in self.spent
            if from_block <= block <= to_block
        ]


def witness(node):
    return Witness(node, HOME.chain_id, HOME.contract)


@pytest.fixture
def path(book, tmp_path):
    """A book with one sound order, one of a wallet, and one that somebody else signed."""
    orders = list(book.orders(3))
    orders[1] = book.sign({**orders[1], "maker": WALLET}, book.makers[4])
    orders[2] = book.sign(orders[2], book.makers[4])
    write_lines(tmp_path / "book.jsonl", orders)
    return tmp_path / "book.jsonl"


@pytest.mark.parametrize(
    ("answer", "reason", "verdict"),
    [
        (MAGIC + bytes(28), None, None),
        (bytes(32), "wallet_refuses", "bad"),
        (MAGIC, "wallet_refuses", "bad"),
        (b"", "wallet_refuses", "bad"),
        (REFUSAL, "wallet_refuses", "bad"),
        (ClientError("no answer"), "contract_wallet", "unverified"),
    ],
    ids=[
        "accepts",
        "refuses",
        "answers too little",
        "answers nothing",
        "reverts",
        "is not reached",
    ],
)
def test_a_wallet_is_asked_about_its_order(audited, path, answer, reason, verdict):
    _, findings = audited(path, witness=witness(Node(answer)))

    wallet = [(one.reason, one.verdict) for one in findings if one.position == 2]
    assert wallet == ([(reason, verdict)] if reason else [])
    assert [(one.reason, one.verdict) for one in findings if one.position == 3] == [
        ("wrong_signer", "bad")
    ]


@pytest.mark.parametrize("most", [10**9, 300, 1])
def test_nonces_that_the_contract_ended_are_named(audited, book, tmp_path, most):
    orders = list(book.orders(12))
    write_lines(tmp_path / "book.jsonl", orders)
    spent = [(0, orders[3]["maker"], 3), (1000, orders[7]["maker"], 7), (5, orders[8]["maker"], 9)]
    node = Node(spent=spent, most_blocks=most)

    _, findings = audited(tmp_path / "book.jsonl", witness=witness(node))

    assert [(one.position, one.reason) for one in findings] == [
        (4, "spent_nonce"), (8, "spent_nonce"),
    ]  # fmt: skip
    assert [first for first, _ in node.ranges[1:]] == [last + 1 for _, last in node.ranges[:-1]]


def test_a_node_that_refuses_every_range_is_told(audited, path):
    with pytest.raises(SourceError, match="events cannot be read"):
        audited(path, witness=witness(Node(most_blocks=0)))


def test_another_chain_or_no_contract_is_told():
    with pytest.raises(SourceError, match="is chain 1, not 31337"):
        witness(Node(chain_id=1))
    with pytest.raises(SourceError, match="There is no contract"):
        Witness(Node(), HOME.chain_id, "0x" + "11" * 20)
