import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.eip712.encode import Encoder, digest_of
from fixtures.probes.eip712.mistakes import MalformedType, TypedDataError
from fixtures.probes.eip712.packing import Packer, hex_values, uints
from fixtures.probes.eip712.types import Schema

FLAT = {
    "Flat": [
        {"name": "who", "type": "address"},
        {"name": "amount", "type": "uint256"},
        {"name": "small", "type": "uint8"},
        {"name": "change", "type": "int64"},
        {"name": "salt", "type": "bytes32"},
        {"name": "tag", "type": "bytes4"},
        {"name": "open", "type": "bool"},
        {"name": "note", "type": "string"},
        {"name": "data", "type": "bytes"},
    ]
}
SEPARATOR = bytes(range(32))


def as_hex(size):
    return st.binary(min_size=size, max_size=size).map(lambda raw: "0x" + raw.hex())


def number(least, most):
    return st.integers(least, most).flatmap(lambda one: st.sampled_from([one, str(one)]))


MESSAGES = st.fixed_dictionaries(
    {
        "who": as_hex(20),
        "amount": number(0, 2**256 - 1),
        "small": number(0, 255),
        "change": number(-(2**63), 2**63 - 1),
        "salt": as_hex(32),
        "tag": as_hex(4),
        "open": st.booleans(),
        "note": st.text(st.characters(exclude_categories=["Cs"])),
        "data": st.binary(max_size=40).map(lambda raw: "0x" + raw.hex()),
    }
)
SOUND = {
    "who": "0x" + "ab" * 20,
    "amount": "1",
    "small": "1",
    "change": "-1",
    "salt": "0x" + "cd" * 32,
    "tag": "0x" + "ef" * 4,
    "open": True,
    "note": "",
    "data": "0x",
}
REFUSED = {
    "address too short": ("who", "0x1234"),
    "address without prefix": ("who", "ab" * 21),
    "address no text": ("who", 7),
    "address in a list": ("who", []),
    "number with a point": ("amount", "1.0"),
    "number with a blank": ("amount", " 1"),
    "number with an underscore": ("amount", "1_0"),
    "number with a leading zero": ("amount", "01"),
    "number in other digits": ("amount", "٣"),
    "number in hexadecimal": ("amount", "0x1"),
    "number empty": ("amount", ""),
    "number negative": ("amount", "-1"),
    "number too large": ("amount", str(2**256)),
    "number far too large": ("amount", "9" * 5000),
    "number a float": ("amount", 1.0),
    "number a truth": ("amount", True),
    "number missing": ("amount", None),
    "small number too large": ("small", "256"),
    "signed number too large": ("change", str(2**63)),
    "signed number of minus zero": ("change", "-0"),
    "bytes too short": ("salt", "0x" + "00" * 31),
    "bytes with a blank": ("salt", "0x" + "00" * 31 + " 0"),
    "bytes of blanks": ("salt", "0x" + "0 " * 32),
    "bytes no hexadecimal": ("salt", "0x" + "zz" * 32),
    "bytes without prefix": ("salt", "00" * 33),
    "bytes of odd length": ("data", "0x0"),
    "bytes missing": ("data", None),
    "truth as number": ("open", 1),
    "text with half a pair": ("note", "\ud800"),
}


@pytest.fixture(scope="module")
def packer():
    return Packer(Schema(FLAT))


@given(st.lists(MESSAGES, min_size=1, max_size=5))
def test_a_batch_has_the_digests_of_its_messages_one_by_one(messages):
    packer, encoder = Packer(Schema(FLAT)), Encoder(Schema(FLAT))

    columns = [[message[name] for message in messages] for name in packer.names]
    digests = packer.digests(packer.words(columns), SEPARATOR)

    assert digests == [digest_of(SEPARATOR, encoder.struct_hash(one)) for one in messages]


@pytest.mark.parametrize(("field", "value"), REFUSED.values(), ids=REFUSED)
def test_a_malformed_value_is_refused_with_the_name_of_its_field(packer, field, value):
    rows = [SOUND, {**SOUND, field: value}, SOUND]

    with pytest.raises(TypedDataError) as refused:
        packer.words([[row[name] for row in rows] for name in packer.names])

    assert refused.value.path == field


def test_two_malformed_values_do_not_make_up_for_each_other():
    texts = ["0x" + "00" * 31 + "0", "0x" + "00" * 32 + "0"]

    with pytest.raises(TypedDataError):
        hex_values(texts, 32)


def test_a_struct_with_parts_is_not_packed():
    nested = {"Outer": [{"name": "inner", "type": "Inner"}], "Inner": []}

    with pytest.raises(MalformedType):
        Packer(Schema(nested))


@given(st.lists(st.integers(0, 2**256 - 1), min_size=2, max_size=9))
def test_words_of_numbers_compare_as_the_numbers_do(numbers):
    assert sorted(uints(numbers)) == uints(sorted(numbers))
