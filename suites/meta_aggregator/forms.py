"""Forms of a signature that no wallet writes, and what the API says to each."""

import pytest

from fixtures.probes.eip712.signature import ORDER, Convention, parse

LENGTH, MALLEABLE, INVALID = "bad_signature_length", "malleable_signature", "invalid_signature"


def _compact(raw):
    return parse(raw).written(Convention.COMPACT)


def _with_v(v):
    return lambda raw: raw[:64] + bytes([v])


def _with_parity_as_v(raw):
    return raw[:64] + bytes([raw[64] - 27])


def _with_r(r):
    return lambda raw: r.to_bytes(32, "big") + raw[32:]


def _with_s(s):
    return lambda raw: raw[:32] + s.to_bytes(32, "big") + raw[64:]


def _twin(raw):
    return parse(raw).twin().written()


FORMS = [
    pytest.param(lambda _: b"", LENGTH, id="empty"),
    pytest.param(lambda raw: raw[:64], LENGTH, id="truncated"),
    pytest.param(_compact, LENGTH, id="compact-eip-2098"),
    pytest.param(lambda raw: raw + b"\x00", LENGTH, id="one-byte-too-long"),
    pytest.param(lambda raw: raw + bytes(4096), LENGTH, id="far-too-long"),
    pytest.param(lambda _: bytes(65), INVALID, id="zero"),
    pytest.param(_with_parity_as_v, INVALID, id="v-0-or-1"),
    pytest.param(_with_v(2), INVALID, id="v-2"),
    pytest.param(_with_v(26), INVALID, id="v-26"),
    pytest.param(_with_v(29), INVALID, id="v-29"),
    pytest.param(_with_v(255), INVALID, id="v-255"),
    pytest.param(_with_r(0), INVALID, id="r-zero"),
    pytest.param(_with_r(ORDER), INVALID, id="r-order-of-curve"),
    pytest.param(_with_s(0), INVALID, id="s-zero"),
    pytest.param(_with_s(ORDER), MALLEABLE, id="s-order-of-curve"),
    pytest.param(_with_s(ORDER - 1), MALLEABLE, id="s-one-below-order"),
    pytest.param(_twin, MALLEABLE, id="high-s-twin"),
]
"""What is made of an honest signature, and the reason for which it must be refused."""
