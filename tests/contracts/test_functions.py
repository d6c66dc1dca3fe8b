"""The table of Escrow's functions fits the contract and itself."""

import pytest

from contracts.evm import artifact
from contracts.evm import functions as module
from contracts.evm.functions import ANYONE, EFFECTS, MONEY, functions


def test_every_function_that_changes_something_has_an_effect_and_a_call():
    changing = {
        entry["name"]
        for entry in artifact("Escrow").abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }
    assert set(functions().effects) == changing
    assert set(functions().effects.values()) == set(EFFECTS)
    assert {functions().honest(name).function for name in changing} == changing


def test_who_may_not_call_gets_an_error_of_the_interface():
    errors = {entry["name"] for entry in artifact("Escrow").abi if entry["type"] == "error"}
    for call in functions().calls:
        assert call.callers == (ANYONE,) or call.refusal in errors, call
        assert set(call.refusals.values()) <= errors
    named = {row.refusal for row in (*functions().wrong, *functions().edges)}
    assert named - {"Panic", "no reason"} <= errors


@pytest.mark.parametrize("name", functions().with_effect(*MONEY))
def test_every_function_that_moves_money_has_input_that_it_refuses(name):
    assert any(row.function == name for row in functions().wrong)


def test_every_edge_has_one_side():
    assert all(bool(edge.first) != bool(edge.last) for edge in functions().edges)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('deposit = "takes"', 'deposit = "keeps"'), "unknown effects \\['keeps'\\]"),
        (('deposit = "takes"', ""), "deposit lack an effect or a call"),
        (('function = "withdraw"\n', 'function = "sweep"\n'), "sweep, withdraw lack"),
    ],
    ids=["unknown-effect", "no-effect", "unknown-function"],
)
def test_a_table_that_does_not_fit_is_refused(monkeypatch, tmp_path, change, message):
    table = tmp_path / module.TABLE.name
    table.write_text(module.TABLE.read_text("utf-8").replace(*change), "utf-8")
    monkeypatch.setattr(module, "TABLE", table)
    with pytest.raises(ValueError, match=message):
        functions.__wrapped__()
