"""The shapes in which others publish vectors are all read."""

import gzip
import json

import pytest

from tests.probes.eip712 import foreign

DOCUMENT = {
    "types": {"EIP712Domain": [], "Value": [{"name": "v", "type": "bool"}]},
    "primaryType": "Value",
    "domain": {},
    "message": {"v": True},
}
DIGEST = "0x" + "ab" * 32
FLAT = {key: value for key, value in DOCUMENT.items() if key != "message"} | {
    "name": "one",
    "data": {"v": True},
    "digest": DIGEST,
}
SHAPES = {
    "a list": [FLAT],
    "cases beside their source": {"source": "x", "cases": [FLAT]},
    "documents with their results beside": {"one": {"typedData": DOCUMENT, "hash": DIGEST}},
    "documents with expectations": [{"input": DOCUMENT, "expected": {"digest": DIGEST}}],
    "a document alone": {**DOCUMENT, "digest": DIGEST},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_published_shape_is_read(tmp_path, shape):
    (tmp_path / "plain.json").write_text(json.dumps(shape))
    (tmp_path / "packed.json.gz").write_bytes(gzip.compress(json.dumps(shape).encode()))

    found = [foreign.vectors(path) for path in foreign.files(tmp_path)]

    assert [len(one) for one in found] == [1, 1]
    for (one,) in found:
        assert (one.primary, one.message, one.expected) == (
            "Value",
            {"v": True},
            {"digest": DIGEST},
        )


def test_a_folder_that_does_not_exist_has_no_files(tmp_path):
    assert foreign.files(tmp_path / "none") == []
