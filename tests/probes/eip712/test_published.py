"""What Meta Aggregator's wallets sign: both paths compute the same from the published types."""

import pytest

from fixtures.clients.signing import Domain, signing_types
from fixtures.probes.eip712.encode import Encoder, digest
from fixtures.probes.eip712.types import DOMAIN, Schema

TYPES = signing_types()["types"]
STRUCTS = [name for name in TYPES if name != DOMAIN]
DEPLOYMENT = Domain(31337, "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826")
VALUES = {"address": "0x" + "1b" * 20, "uint256": str(2**256 - 1), "bytes32": "0x" + "7f" * 32}


@pytest.mark.parametrize("struct", STRUCTS)
def test_both_paths_compute_what_is_signed(struct):
    message = {field["name"]: VALUES[field["type"]] for field in TYPES[struct]}
    schema = Schema.part(TYPES, struct)

    ours = Encoder(schema).digest(DEPLOYMENT.as_json(), message)

    assert "0x" + ours.hex() == DEPLOYMENT.hash(struct, message)
    assert ours == digest(DEPLOYMENT.as_json(), {struct: TYPES[struct]}, struct, message)
    assert schema.structs[struct].flat


def test_the_published_domain_is_the_one_that_is_signed():
    schema = Schema.part(TYPES, STRUCTS[0])

    assert tuple(field.name for field in schema.domain.fields) == tuple(DEPLOYMENT.as_json())
