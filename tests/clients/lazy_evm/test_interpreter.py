"""Our interpreter does what py-evm's does: outcome, gas, output, logs and everything written."""

import pytest
from eth.vm.forks.prague.computation import PragueComputation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fixtures.clients.lazy_evm import machine
from fixtures.clients.lazy_evm.accounts import Accounts
from fixtures.clients.lazy_evm.base import Account
from fixtures.clients.lazy_evm.machine import Call, Machine

SENDER, CONTRACT = b"\1" * 20, b"\2" * 20
SHOWS_THE_TOP = bytes.fromhex("5f5260205ff3")  # MSTORE it and RETURN
WORDS = st.sampled_from([0, 1, 2, 31, 32, 255, 256, 2**128, 2**255, 2**256 - 1]) | st.integers(
    0, 2**256 - 1
)


class Nothing:
    """A chain without any account."""

    chain_id = 1

    def account(self, _):
        return Account(0, 0, b"")

    def slot(self, _, __):
        return 0


def outcome(code, gas, computation):
    accounts = Accounts(Nothing())
    accounts.set_code(CONTRACT, code)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine._State, "computation_class", computation)
        call = Call(SENDER, CONTRACT, 0, b"\xab" * 40, gas)
        done = Machine(accounts, 1).run(call, 7, 1_700_000_000, iter(()))
    return done, accounts._table


def same(code, gas=100_000):
    ours = outcome(code, gas, machine._State.computation_class)
    assert ours == outcome(code, gas, PragueComputation)
    return ours[0]


def push(word, size=None):
    raw = word.to_bytes(size or max(1, (word.bit_length() + 7) // 8), "big")
    return bytes([0x5F + len(raw)]) + raw


PLAIN = st.sampled_from(
    [
        *range(0x00, 0x0C), *range(0x10, 0x1E), 0x20, *range(0x30, 0x3F), 0x46, 0x47,
        0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x58, 0x59, 0x5A, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F,
        *range(0x80, 0xA5), 0xF3, 0xFD, 0xFE, 0xEF,
    ]
).map(lambda byte: bytes([byte]))  # fmt: skip
PUSHED = WORDS.map(push)
JUMPS = st.tuples(st.integers(0, 80), st.sampled_from([0x56, 0x57])).map(
    lambda pair: push(pair[0]) + bytes([pair[1]])
)
CODES = st.lists(PUSHED | PLAIN | JUMPS | st.just(b"\x5b"), max_size=60).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(code=CODES | st.binary(max_size=120), gas=st.integers(21_000, 60_000))
def test_any_code_ends_as_in_py_evm(code, gas):
    same(code, gas)


@settings(max_examples=60, deadline=None)
@given(top=WORDS, below=WORDS, byte=st.sampled_from(sorted({0x15, 0x19, *range(0x01, 0x08),
       *range(0x10, 0x1E)})), sizes=st.tuples(*[st.sampled_from([None, 32])] * 2))  # fmt: skip
@example(top=256, below=1, byte=0x1B, sizes=(None, None))
@example(top=256, below=1, byte=0x1C, sizes=(None, None))
@example(top=2, below=1, byte=0x03, sizes=(None, 32))
def test_two_words_give_the_same_third(top, below, byte, sizes):
    code = push(below, sizes[0]) + push(top, sizes[1]) + bytes([byte]) + SHOWS_THE_TOP
    assert not same(code).failed


@pytest.mark.parametrize("gas", range(21_000, 21_060, 3))
def test_gas_ends_at_the_same_instruction(gas):
    same(bytes.fromhex("6001600281019050600a56fe5b80821156") + SHOWS_THE_TOP, gas)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("50", "InsufficientStack"),
        ("01", "InsufficientStack"),
        ("600101", "InsufficientStack"),
        ("15", "InsufficientStack"),
        ("56", "InsufficientStack"),
        ("600157", "InsufficientStack"),
        ("80", "InsufficientStack"),
        ("600190", "InsufficientStack"),
        ("600456", "InvalidJumpDestination"),
        ("60ff56", "InvalidJumpDestination"),
        ("60045660605b", "InvalidJumpDestination"),
        ("600456605b", "InvalidInstruction"),
        ("5b5f5f5f5f5f5f5f5f5f56", "FullStack"),
        ("5b600060006000600056", "FullStack"),
        ("5f5b80600156", "FullStack"),
        ("fe", "InvalidInstruction"),
        ("5b600056", "OutOfGas"),
    ],
)
def test_an_error_has_the_same_name(code, reason):
    done = same(bytes.fromhex(code))
    assert (done.failed, done.reason) == (True, reason)


@pytest.mark.parametrize("code", ["60", "7f01", "6001", "", "600160025b", "00"])
def test_a_code_that_breaks_off_stops(code):
    assert not same(bytes.fromhex(code)).failed


MEMORY = st.lists(
    st.tuples(
        st.sampled_from([0x51, 0x52, 0x53, 0x35, 0x37]),
        st.sampled_from([0, 1, 31, 32, 33, 63, 64, 100, 2**64, 2**256 - 1]) | st.integers(0, 130),
        WORDS,
    ),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(steps=MEMORY, gas=st.integers(21_000, 40_000))
def test_memory_and_input_are_read_and_written_as_in_py_evm(steps, gas):
    code = b"".join(push(word) + push(start) + bytes([byte]) for byte, start, word in steps)
    same(code + SHOWS_THE_TOP, gas)


@pytest.mark.parametrize("code", ["51", "52", "600052", "35"])
def test_what_memory_takes_must_be_on_the_stack(code):
    assert same(bytes.fromhex(code)).reason == "InsufficientStack"
