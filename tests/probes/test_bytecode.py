"""The bytecode probe: what it lets differ, what it tells apart, and that nothing else passes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.evm import artifact
from fixtures.probes.bytecode import (
    Compiled,
    compare,
    eip712_immutables,
    metadata_start,
    of_artifact,
)

ADDRESS = "0x" + "ab" * 20
BODY = bytes(range(1, 60))
IMMUTABLE = [(10, 32)]
IPFS = bytes.fromhex("a264697066735822") + bytes([0x12, 0x20]) + b"\x11" * 32
TAIL = IPFS + bytes.fromhex("64736f6c63430008250033")
UNHASHED = bytes.fromhex("a164736f6c6343000825000a")


def holding(code, places, value):
    made = bytearray(code)
    for offset, length in places:
        made[offset : offset + length] = value[:length]
    return bytes(made)


def with_room(code=BODY, tail=b""):
    return Compiled((holding(code, IMMUTABLE, bytes(32)) + tail).hex(), {"7": IMMUTABLE})


def test_equal_code_with_its_metadata_hash_is_an_exact_match():
    code = BODY + TAIL
    assert compare(code, Compiled(code.hex())).kind == "exact_match"


@pytest.mark.parametrize("tail", [b"", UNHASHED], ids=["no metadata", "metadata without a hash"])
def test_equal_code_without_a_metadata_hash_is_only_a_match(tail):
    code = BODY + tail
    assert compare(code, Compiled(code.hex())).kind == "match"


def test_other_metadata_is_a_match_and_is_listed():
    other = TAIL.replace(b"\x11" * 32, b"\x22" * 32)
    found = compare(BODY + other, Compiled((BODY + TAIL).hex()))
    assert found.kind == "match"
    (only,) = found.transformations
    assert only.as_json() == {
        "type": "replace",
        "reason": "cborAuxdata",
        "offset": len(BODY),
        "id": "1",
        "value": "0x" + other.hex(),
    }


def test_metadata_of_another_length_is_a_match():
    assert compare(BODY + UNHASHED, Compiled((BODY + TAIL).hex())).kind == "match"


def test_an_immutable_is_listed_by_its_name_with_its_value():
    compiled = replace(with_room(), names={"7": "treasury"})
    found = compare(holding(BODY, IMMUTABLE, b"\x05" * 32), compiled)
    assert found.kind == "match"
    assert found.values("immutable") == {"treasury": "0x" + "05" * 32}


def test_an_immutable_with_two_values_is_a_mismatch():
    places = [(0, 4), (8, 4)]
    compiled = Compiled(bytes(20).hex(), {"7": places}, {"7": "feeBps"})
    deployed = bytes(3) + b"\x01" + bytes(16)
    found = compare(deployed, compiled)
    assert found.kind is None
    assert "feeBps differs between its places" in found.problems[0]


def test_a_library_is_linked_where_its_placeholder_stands():
    text = "6001" + "__$" + "0" * 34 + "$__" + "6002"
    compiled = Compiled(text, libraries={"a.sol:Lib": [(2, 20)]})
    found = compare(bytes.fromhex("6001" + "cd" * 20 + "6002"), compiled)
    assert found.kind == "match"
    assert found.values("library") == {"a.sol:Lib": "0x" + "cd" * 20}


def test_a_library_protects_itself_by_its_own_address():
    body = b"\x73" + bytes(20) + BODY
    found = compare(b"\x73" + b"\xcd" * 20 + BODY, Compiled(body.hex()))
    assert found.values("callProtection") == {"address": "0x" + "cd" * 20}


def test_immutables_behind_the_code_are_an_insertion():
    found = compare(BODY + bytes(31) + b"\x09", Compiled(BODY.hex(), appended=32))
    assert [each.type for each in found.transformations] == ["insert"]
    assert found.values("immutable")["0"].endswith("09")


def test_no_code_is_a_mismatch_that_says_so():
    assert compare(b"", Compiled(BODY.hex())).problems == ("there is no code",)


def test_an_artifact_whose_room_is_not_empty_is_refused():
    found = compare(BODY, Compiled(BODY.hex(), {"7": IMMUTABLE}))
    assert "has no room" in found.problems[0]


@given(
    position=st.integers(0, len(BODY) - 1).filter(lambda n: not 10 <= n < 42),
    change=st.integers(1, 255),
    tail=st.sampled_from([b"", UNHASHED, TAIL]),
)
def test_any_other_byte_that_differs_is_a_mismatch(position, change, tail):
    deployed = bytearray(holding(BODY, IMMUTABLE, b"\x05" * 32) + tail)
    deployed[position] ^= change
    found = compare(bytes(deployed), with_room(tail=tail))
    assert found.kind is None
    assert f"first at {position}" in found.problems[0]


@given(value=st.binary(min_size=32, max_size=32))
def test_every_value_of_an_immutable_is_reported_as_it_is(value):
    found = compare(holding(BODY, IMMUTABLE, value) + TAIL, with_room(tail=TAIL))
    assert found.kind == "exact_match"
    assert found.values("immutable") == {"7": "0x" + value.hex()}


@given(cut=st.integers(1, len(BODY) - 1), more=st.binary(min_size=1, max_size=8))
def test_code_of_another_length_is_a_mismatch(cut, more):
    compiled = Compiled(BODY.hex())
    assert compare(BODY[:cut], compiled).kind is None
    assert compare(BODY + more, compiled).kind is None


@given(st.binary(max_size=80))
def test_arbitrary_code_is_read_without_an_error(code):
    start = metadata_start(code)
    assert start is None or 0 <= start <= len(code) - 2


def test_the_escrow_with_a_changed_byte_is_not_the_reviewed_code():
    reviewed = of_artifact(artifact("Escrow"))
    deployed = bytearray.fromhex(reviewed.code[2:])
    assert compare(bytes(deployed), reviewed).kind == "match"
    deployed[-1] ^= 1
    assert compare(bytes(deployed), reviewed).kind is None


def test_the_names_of_the_immutables_are_those_of_the_source():
    names = set(of_artifact(artifact("Escrow")).names.values())
    assert names == {*eip712_immutables("a", "b", 1, ADDRESS), "feeBps", "treasury"}


def test_the_cached_domain_is_that_of_the_standard():
    from eth_account.messages import encode_typed_data

    message = encode_typed_data(
        {"name": "Shop", "version": "3", "chainId": 5, "verifyingContract": ADDRESS},
        {"Empty": []},
        {},
    )
    words = eip712_immutables("Shop", "3", 5, ADDRESS)
    assert words["_cachedDomainSeparator"] == "0x" + message.header.hex()
    assert bytes.fromhex(words["_name"][2:]) == b"Shop".ljust(31, b"\0") + b"\x04"
    long = eip712_immutables("n" * 32, "3", 5, ADDRESS)["_name"]
    assert long.endswith("ff")
