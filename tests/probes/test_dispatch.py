from contracts.evm import artifact
from fixtures.clients.escrow_drills import selectors
from fixtures.probes.dispatch import dispatched, fateful


def test_the_code_answers_exactly_the_functions_of_its_interface():
    escrow = artifact("Escrow")
    assert dispatched(bytes.fromhex(escrow.deployed_bytecode[2:])) == selectors(escrow.abi).keys()


def test_a_selector_that_begins_with_zeros_is_read_whole():
    code = bytes.fromhex("62010203" + "14" + "6100aa" + "57" + "00")
    assert dispatched(code) == {bytes.fromhex("00010203")}


def test_other_comparisons_and_data_are_no_selectors():
    assert dispatched(bytes.fromhex("63aabbccdd" + "11" + "6100aa" + "57")) == set()
    assert dispatched(bytes.fromhex("7f" + "63aabbccdd14610057" * 3 + "00" * 8)) == set()
    assert dispatched(b"\x63\x01") == set()
    assert dispatched(b"") == set()


def test_what_a_code_can_do_to_itself_is_told_apart_from_its_data():
    assert fateful(bytes.fromhex("f4ff")) == {"DELEGATECALL", "SELFDESTRUCT"}
    assert fateful(bytes.fromhex("61f4ff00")) == set()
    assert fateful(bytes.fromhex(artifact("Escrow").deployed_bytecode[2:])) == set()
