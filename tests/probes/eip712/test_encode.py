import pytest

from fixtures.probes.eip712.domain import domain_separator
from fixtures.probes.eip712.encode import Encoder, digest, digest_of, struct_hash
from fixtures.probes.eip712.keccak import keccak
from fixtures.probes.eip712.mistakes import ExtraField, MissingField, OutOfRange, WrongKind
from fixtures.probes.eip712.types import Schema

PAIR = {"Pair": [{"name": "left", "type": "uint8"}, {"name": "right", "type": "int8"}]}
NESTED = {"Pairs": [{"name": "pairs", "type": "Pair[2]"}], **PAIR}
ONE = bytes(31) + b"\x01"
ALL_ONES = b"\xff" * 32


def test_data_is_the_type_hash_and_a_word_for_each_field():
    encoder = Encoder(Schema(PAIR))

    assert encoder.encode_data({"left": 1, "right": "-1"}) == (
        keccak(b"Pair(uint8 left,int8 right)") + ONE + ALL_ONES
    )


def test_a_list_is_the_hash_of_its_words_and_a_struct_the_hash_of_its_data():
    schema = Schema(NESTED)
    encoder = Encoder(schema)
    pair = {"left": 1, "right": -1}
    hashed = keccak(schema.type_hash("Pair") + ONE + ALL_ONES)

    assert encoder.struct_hash(pair, "Pair") == hashed
    assert encoder.encode_data({"pairs": [pair, pair]}) == schema.type_hash() + keccak(hashed * 2)


def test_the_digest_binds_the_domain_to_the_message():
    domain = {"name": "a"}
    message = {"left": 1, "right": 2}
    separator = keccak(keccak(b"EIP712Domain(string name)") + keccak(b"a"))
    hashed = struct_hash(PAIR, "Pair", message)

    assert domain_separator(domain) == separator
    assert digest(domain, PAIR, "Pair", message) == keccak(b"\x19\x01" + separator + hashed)
    assert digest(domain, PAIR, None, message) == digest_of(separator, hashed)


def test_the_empty_domain_has_the_separator_of_its_type_alone():
    assert domain_separator({}) == keccak(keccak(b"EIP712Domain()"))


@pytest.mark.parametrize(
    ("message", "mistake", "said"),
    [
        pytest.param({"left": 1}, MissingField, "right: expected a value", id="missing"),
        pytest.param({}, MissingField, "left: expected a value", id="all-missing"),
        pytest.param(
            {"left": 1, "right": 2, "third": 3},
            ExtraField,
            "third: expected only the fields of Pair",
            id="extra",
        ),
        pytest.param(
            {"left": 256, "right": 2},
            OutOfRange,
            r"left: expected uint8 from 0 to 255, found 256 \(int\)",
            id="out-of-range",
        ),
        pytest.param([1, 2], WrongKind, "typed data: expected the fields of Pair", id="list"),
    ],
)
def test_a_message_that_does_not_fit_is_refused_with_path_expected_and_found(
    message, mistake, said
):
    with pytest.raises(mistake, match=said):
        Encoder(Schema(PAIR)).encode_data(message)


def test_the_path_leads_through_lists_and_structs():
    good, bad = {"left": 1, "right": 1}, {"left": 1, "right": 128}

    with pytest.raises(OutOfRange) as caught:
        Encoder(Schema(NESTED)).encode_data({"pairs": [good, bad]})

    assert caught.value.path == "pairs[1].right"
    assert caught.value.args[0] == caught.value.path


def test_a_huge_number_is_named_and_not_written_out():
    with pytest.raises(OutOfRange, match="a number of 33220 bits"):
        Encoder(Schema(PAIR)).encode_data({"left": 10**10_000, "right": 1})
