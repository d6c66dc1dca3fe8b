"""Over generated documents: our path and eth-account agree, and every part of a message counts."""

import random

from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fixtures.probes.eip712.domain import FIELDS, domain_separator
from fixtures.probes.eip712.encode import Encoder, digest, struct_hash
from fixtures.probes.eip712.types import Schema
from tests.probes.eip712.generated import documents, domains, messages

SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def ours(document):
    return digest(document.domain, document.types, document.primary, document.message)


@SLOW
@given(documents())
def test_our_digest_is_eth_accounts(document):
    declared = [{"name": n, "type": FIELDS[n]} for n in FIELDS if n in document.domain]
    signable = encode_typed_data(
        full_message={
            "types": {"EIP712Domain": declared, **document.types},
            "primaryType": document.primary,
            "domain": document.domain,
            "message": document.message,
        }
    )

    theirs = keccak(b"\x19" + signable.version + signable.header + signable.body)
    assert ours(document) == theirs


@SLOW
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_count(document, chance):
    types = shuffled(document.types, chance)
    message = deeply_shuffled(document.message, chance)

    found = digest(shuffled(document.domain, chance), types, document.primary, message)

    assert found == ours(document)
    assert Schema(types).primary == document.primary


@SLOW
@given(documents())
def test_the_spelling_of_a_value_does_not_count(document):
    found = digest(
        spelled(document.domain), document.types, document.primary, spelled(document.message)
    )

    assert found == ours(document)


@SLOW
@given(documents(), st.data())
def test_every_value_counts(document, data):
    field = data.draw(st.sampled_from(sorted(document.message)))
    other = data.draw(messages(document.types, document.primary))

    same = ours(document) == digest(
        document.domain,
        document.types,
        document.primary,
        {**document.message, field: other[field]},
    )

    assert same == (spelled(document.message[field]) == spelled(other[field]))


@SLOW
@given(documents())
def test_the_names_in_the_types_count(document):
    first, *others = document.types[document.primary]
    renamed = {"name": first["name"] + "0", "type": first["type"]}
    types = {**document.types, document.primary: [renamed, *others]}
    assume(renamed["name"] not in document.message)
    message = {**document.message, renamed["name"]: document.message[first["name"]]}
    del message[first["name"]]

    assert struct_hash(types, document.primary, message) != struct_hash(
        document.types, document.primary, document.message
    )


@settings(max_examples=200, deadline=None)
@given(domains(), domains())
def test_two_domains_have_two_separators(one, other):
    same = domain_separator(one) == domain_separator(other)

    assert same == (spelled(one) == spelled(other))


@SLOW
@given(documents())
def test_an_encoder_serves_again(document):
    encoder = Encoder(Schema(document.types, document.primary))

    twice = {encoder.digest(document.domain, document.message) for _ in range(2)}

    assert twice == {ours(document)}
    assert len(encoder.encode_data(document.message)) == 32 * (
        1 + len(document.types[document.primary])
    )


def spelled(value):
    """The same value as JSON would carry it: decimal texts, hexadecimal bytes."""
    if isinstance(value, dict):
        return {name: spelled(one) for name, one in value.items()}
    if isinstance(value, list):
        return [spelled(one) for one in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value) if type(value) is int else value


def shuffled(mapping, chance: random.Random):
    names = list(mapping)
    chance.shuffle(names)
    return {name: mapping[name] for name in names}


def deeply_shuffled(value, chance):
    if isinstance(value, list):
        return [deeply_shuffled(one, chance) for one in value]
    if isinstance(value, dict):
        return {name: deeply_shuffled(one, chance) for name, one in shuffled(value, chance).items()}
    return value
