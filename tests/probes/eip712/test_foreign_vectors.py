"""Vectors published by others, from a folder that is not part of this project."""

import pytest

from tests.probes.eip712 import foreign
from tests.probes.eip712.judging import computed

VECTORS = [
    pytest.param(vector, id=f"{path.stem}: {vector.name!a}")
    for path in foreign.files()
    for vector in foreign.vectors(path)
]


def test_the_folder_holds_vectors():
    assert VECTORS, f"{foreign.FOLDER} holds JSON, but no typed data"


@pytest.mark.parametrize("vector", VECTORS)
def test_our_encoding_is_the_published_one(vector):
    assert vector.expected, "the vector states nothing that could be compared"
    found = computed(vector)

    stated = {
        key: value.lower()
        for key, value in vector.expected.items()
        if key != "signature" or vector.private_key
    }
    assert stated == {key: found[key] for key in stated}
