import json

import pytest

from fixtures.probes.eip712.document import Document
from fixtures.probes.eip712.encode import digest
from fixtures.probes.eip712.mistakes import ClashingDefinition, MalformedType, TypedDataError

TYPES = {"Value": [{"name": "v", "type": "uint8"}]}
DOCUMENT = {
    "types": {"EIP712Domain": [{"name": "chainId", "type": "uint256"}], **TYPES},
    "primaryType": "Value",
    "domain": {"chainId": 1},
    "message": {"v": 7},
}


def test_a_document_of_a_wallet_has_the_digest_of_its_parts():
    expected = digest({"chainId": 1}, TYPES, "Value", {"v": 7})

    assert Document.parse(DOCUMENT).digest == expected
    assert Document.loads(json.dumps(DOCUMENT)).digest == expected


def test_a_type_that_is_defined_twice_is_refused():
    text = json.dumps(DOCUMENT).replace('"Value": [', '"Value": [], "Value": [', 1)

    with pytest.raises(ClashingDefinition, match="Value"):
        Document.loads(text)


@pytest.mark.parametrize("key", ["types", "domain", "message"])
def test_a_document_without_a_part_is_refused(key):
    document = {name: value for name, value in DOCUMENT.items() if name != key}

    with pytest.raises(MalformedType, match=f"the key {key}"):
        Document.parse(document)


OTHER_SHAPES = {
    "types-null": {"types": None},
    "types-list": {"types": [TYPES]},
    "struct-null": {"types": {"Value": None}},
    "struct-text": {"types": {"Value": "uint8 v"}},
    "field-null": {"types": {"Value": [None]}},
    "field-without-type": {"types": {"Value": [{"name": "v"}]}},
    "field-with-more": {"types": {"Value": [{"name": "v", "type": "uint8", "more": 1}]}},
    "type-null": {"types": {"Value": [{"name": "v", "type": None}]}},
    "field-name-number": {"types": {"Value": [{"name": 1, "type": "uint8"}]}},
    "struct-name-number": {"types": {1: [{"name": "v", "type": "uint8"}]}},
    "primary-number": {"primaryType": 7},
    "primary-list": {"primaryType": []},
    "domain-null": {"domain": None},
    "domain-list": {"domain": []},
    "message-null": {"message": None},
    "message-list": {"message": []},
}


@pytest.mark.parametrize("change", OTHER_SHAPES.values(), ids=OTHER_SHAPES)
def test_a_document_of_another_shape_is_refused_by_name(change):
    with pytest.raises(TypedDataError):
        _ = Document.parse({**DOCUMENT, **change}).digest


@pytest.mark.parametrize("document", [None, [], "text"], ids=["null", "list", "text"])
def test_what_is_no_object_is_refused_by_name(document):
    with pytest.raises(MalformedType):
        Document.parse(document)
