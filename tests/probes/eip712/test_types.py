import pytest

from fixtures.probes.eip712.keccak import BACKEND, keccak
from fixtures.probes.eip712.mistakes import TooDeep, UnknownType, UnusedType
from fixtures.probes.eip712.types import Array, Atomic, Kind, Reference, Schema, parse_type

MAIL = {
    "EIP712Domain": [{"name": "name", "type": "string"}],
    "Mail": [
        {"name": "from", "type": "Person"},
        {"name": "to", "type": "Person[]"},
        {"name": "contents", "type": "string"},
    ],
    "Person": [{"name": "wallet", "type": "address"}, {"name": "age", "type": "uint8"}],
}
TYPES = {
    "uint8": Atomic("uint8", Kind.UINT, 8),
    "int256": Atomic("int256", Kind.INT, 256),
    "bytes1": Atomic("bytes1", Kind.FIXED_BYTES, 1),
    "bytes32": Atomic("bytes32", Kind.FIXED_BYTES, 32),
    "bytes": Atomic("bytes", Kind.BYTES),
    "string": Atomic("string", Kind.STRING),
    "bool": Atomic("bool", Kind.BOOL),
    "address": Atomic("address", Kind.ADDRESS),
    "Person": Reference("Person"),
    "_$1": Reference("_$1"),
    "bool[]": Array(Atomic("bool", Kind.BOOL), None),
    "Person[][3]": Array(Array(Reference("Person"), None), 3),
}


@pytest.mark.parametrize(("written", "parsed"), TYPES.items(), ids=TYPES)
def test_a_type_is_parsed_and_written_back(written, parsed):
    assert parse_type(written) == parsed
    assert parsed.name == written


def test_the_encoded_type_names_the_struct_first_and_the_others_in_order():
    schema = Schema(MAIL)

    assert schema.primary == "Mail"
    assert schema.encode_type() == (
        "Mail(Person from,Person[] to,string contents)Person(address wallet,uint8 age)"
    )
    assert schema.encode_type("Person") == "Person(address wallet,uint8 age)"
    assert schema.type_hash("Person") == keccak(b"Person(address wallet,uint8 age)")


def test_the_definition_of_the_domain_is_kept_apart():
    schema = Schema(MAIL)

    assert schema.domain.written == "EIP712Domain(string name)"
    assert set(schema.structs) == {"Mail", "Person"}
    assert [one.flat for one in schema.structs.values()] == [False, True]


def test_one_struct_is_taken_out_of_a_document_that_publishes_several():
    document = {**MAIL, "Other": [{"name": "v", "type": "bool"}]}

    with pytest.raises(UnusedType):
        Schema(document, "Mail")

    assert Schema.part(document, "Mail").encode_type() == Schema(MAIL).encode_type()
    assert set(Schema.part(document, "Person").structs) == {"Person"}
    with pytest.raises(UnknownType, match="primary type"):
        Schema.part(document, "Nobody")


def chain(length):
    inner = {f"S{n}": [{"name": "v", "type": f"S{n + 1}"}] for n in range(length - 1)}
    return {**inner, f"S{length - 1}": [{"name": "v", "type": "bool"}]}


def test_depth_ends_where_nobody_signs_and_never_in_a_crash():
    assert Schema(chain(60)).primary == "S0"
    for length in (70, 5_000):
        with pytest.raises(TooDeep):
            Schema(chain(length))


def test_depth_counts_structs_and_lists_together():
    types = {
        "A": [{"name": "v", "type": "B" + "[]" * 40}],
        "B": [{"name": "v", "type": "C" + "[]" * 40}],
        "C": [{"name": "v", "type": "bool"}],
    }
    with pytest.raises(TooDeep):
        Schema(types)


def test_many_types_are_parsed_in_time():
    wide = {"Top": [{"name": f"f{n}", "type": f"S{n}"} for n in range(500)]}
    wide |= {f"S{n}": [{"name": "v", "type": "bool"}] for n in range(500)}

    assert len(Schema(wide).structs) == 501


def test_a_schema_cannot_be_changed_from_outside():
    schema = Schema(MAIL)

    with pytest.raises(TypeError):
        schema.structs["Mail"] = schema.structs["Person"]


def test_the_hash_is_keccak_from_native_code():
    assert BACKEND == "safe-pysha3"
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_without_the_first_package_the_second_hashes(monkeypatch):
    import sys

    from fixtures.probes.eip712 import keccak as module

    monkeypatch.setitem(sys.modules, "sha3", None)
    name, start = module._choose()

    assert name == "pycryptodome"
    assert start(b"abc").digest() == keccak(b"abc")
