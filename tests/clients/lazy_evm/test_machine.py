"""What was tried out and is then sent does the same, executed once or twice."""

import pytest

from fixtures.clients.lazy_evm.accounts import Accounts
from fixtures.clients.lazy_evm.machine import Call, Machine
from tests.clients.lazy_evm.test_interpreter import CONTRACT, SENDER, Nothing

# adds one to word 0, keeps a transient word, logs the word's new value and returns it
COUNTS = bytes.fromhex("5f54600101805f5560015f5d5f5260205fa060205ff3")
REVERTS = bytes.fromhex("60015f555f5ffd")
BREAKS = bytes.fromhex("60015f55fe")


class Counted(Machine):
    """Counts how often the machine really executes."""

    executed = 0

    def _executed(self, *args):
        self.executed += 1
        return super()._executed(*args)


def made(code=COUNTS):
    accounts = Accounts(Nothing())
    accounts.set_code(CONTRACT, code)
    accounts.set_balance(SENDER, 100)
    return Counted(accounts, 1)


def call(value=0, gas=200_000, data=b""):
    return Call(SENDER, CONTRACT, value, data, gas)


def run(machine, what=None, number=1, time=1000):
    return machine.run(what or call(), number, time, iter(()))


def attempt(machine, what=None, number=1, time=1000):
    return machine.attempt(what or call(), number, time, iter(()))


@pytest.mark.parametrize("code", [COUNTS, REVERTS, BREAKS, b""], ids=["counts", "rev", "inv", "no"])
def test_a_call_that_was_tried_is_not_executed_twice_and_does_the_same(code):
    sent, tried = made(code), made(code)
    tried_first = attempt(tried, call(value=3))
    assert tried.accounts._table == made(code).accounts._table
    assert run(sent, call(value=3)) == run(tried, call(value=3)) == tried_first
    assert sent.accounts._table == tried.accounts._table
    assert (sent.executed, tried.executed) == (1, 1)


def test_what_was_repeated_is_taken_back_by_a_mark():
    machine = made()
    before = dict(machine.accounts._table)
    mark = machine.accounts.record()
    attempt(machine)
    run(machine)
    machine.accounts.discard(mark)
    assert machine.accounts._table == before


def test_nothing_is_repeated_twice():
    machine = made()
    attempt(machine)
    run(machine)
    run(machine, number=1)
    assert machine.accounts.get_storage(CONTRACT, 0) == 2
    assert machine.executed == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda machine: machine.accounts.set_balance(CONTRACT, 1),
        lambda machine: machine.accounts.set_storage(CONTRACT, 0, 7),
        lambda machine: machine.accounts.discard(machine.accounts.record()),
        lambda machine: run(machine, call(value=1)),
    ],
    ids=["balance", "storage", "taken-back", "another-call"],
)
def test_a_change_in_between_lets_it_be_executed_anew(change):
    machine = made()
    attempt(machine)
    change(machine)
    executed = machine.executed
    done = run(machine)
    assert machine.executed == executed + 1
    assert int.from_bytes(done.output) == machine.accounts.get_storage(CONTRACT, 0)


@pytest.mark.parametrize(
    ("what", "number", "time"),
    [
        (call(value=1), 1, 1000),
        (call(gas=100_000), 1, 1000),
        (call(data=b"\1"), 1, 1000),
        (call(), 2, 1000),
        (call(), 1, 1001),
    ],
    ids=["value", "gas", "data", "number", "time"],
)
def test_another_call_or_block_is_executed(what, number, time):
    machine = made()
    attempt(machine)
    run(machine, what, number, time)
    assert machine.executed == 2
