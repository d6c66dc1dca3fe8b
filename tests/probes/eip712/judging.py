"""Computes with our own path everything that a vector states."""

from fixtures.probes.eip712 import signature
from fixtures.probes.eip712.domain import domain_separator
from fixtures.probes.eip712.encode import Encoder
from fixtures.probes.eip712.types import Schema


def computed(vector):
    schema = Schema.part(vector.types, vector.primary) if vector.primary else Schema(vector.types)
    encoder = Encoder(schema)
    digest = encoder.digest(vector.domain, vector.message)
    found = {
        "encoded": hexed(encoder.encode_data(vector.message)),
        "struct": hexed(encoder.struct_hash(vector.message)),
        "separator": hexed(domain_separator(vector.domain)),
        "digest": hexed(digest),
    }
    if vector.private_key:
        key = bytes.fromhex(vector.private_key.removeprefix("0x"))
        found["signature"] = hexed(signature.sign(digest, key).written())
    return found


def hexed(raw):
    return "0x" + raw.hex()
