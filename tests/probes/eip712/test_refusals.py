"""Whatever the standard gives no meaning is refused by name, where it stands."""

import json
from pathlib import Path

import pytest

import contracts
from fixtures.probes.eip712 import mistakes
from fixtures.probes.eip712.document import Document
from fixtures.probes.eip712.domain import domain_separator
from fixtures.probes.eip712.encode import Encoder
from fixtures.probes.eip712.types import Schema

TABLE = json.loads(
    (Path(contracts.__file__).parent / "typed_data" / "refusals.json").read_text(encoding="utf-8")
)
PART = [["uint8", "part"]]


def definitions(compact):
    return {
        name: [{"type": kind, "name": field} for kind, field in fields]
        for name, fields in compact.items()
    }


def rows(kind):
    return [pytest.param(row, id=ascii(row["name"])) for row in TABLE[kind]]


def refused(row, call):
    with pytest.raises(mistakes.TypedDataError) as caught:
        call()
    assert (type(caught.value).__name__, caught.value.path) == (row["reason"], row["path"])
    assert str(caught.value).startswith(row["path"])


@pytest.mark.parametrize("row", rows("values"))
def test_a_value_that_does_not_fit_its_type_is_refused(row):
    types = {"Value": [[row["type"], "v"]]}
    if row["type"].startswith("Part"):
        types["Part"] = PART
    encoder = Encoder(Schema(definitions(types)))

    refused(row, lambda: encoder.encode_data({"v": row["value"]}))


@pytest.mark.parametrize("row", rows("definitions"))
def test_a_definition_without_a_meaning_is_refused(row):
    refused(row, lambda: Schema(definitions(row["types"]), row.get("primary")))


@pytest.mark.parametrize("row", rows("domains"))
def test_a_domain_that_is_not_the_standards_is_refused(row):
    types = {"Value": [["uint8", "v"]]}
    if "declared" in row:
        types["EIP712Domain"] = row["declared"]
    document = {"types": definitions(types), "domain": row["domain"], "message": {"v": "1"}}

    refused(row, lambda: Document.parse(document).digest)
    if "declared" not in row:
        refused(row, lambda: domain_separator(row["domain"]))


def test_the_honest_neighbours_of_what_is_refused_are_taken():
    honest = {
        "uint8": ["255", 255, "0xff", "0x0", "0x01"],
        "int8": ["-128", "127", -128, "0"],
        "uint256": [str(2**256 - 1), 2**256 - 1],
        "bytes": ["0x", "0x00", b"", bytearray(b"a"), memoryview(b"a")],
        "bytes2": ["0x00fF", b"ab"],
        "bool": [True, False],
        "string": ["", "\U0001f680"],
        "address": ["0x" + "ab" * 20, "0x" + "AB" * 20, bytes(20)],
        "uint8[2][]": [[], [["1", "2"]], (("1", "2"),)],
        "Part": [{"part": "1"}],
    }
    for kind, values in honest.items():
        types = {"Value": [[kind, "v"]]} | ({"Part": PART} if kind == "Part" else {})
        encoder = Encoder(Schema(definitions(types)))
        assert all(encoder.encode_data({"v": value}) for value in values)


def test_every_reason_has_a_row():
    reasons = {row["reason"] for kind in TABLE.values() for row in kind}
    known = {
        name
        for name, found in vars(mistakes).items()
        if isinstance(found, type) and issubclass(found, mistakes.TypedDataError)
    }
    assert known - reasons == {"TypedDataError", "DefinitionError", "MessageError"}
