"""What a comparison keeps of a document."""

import bson
import pytest

from fixtures.probes.migration.documents import walk
from tests.probes.migration.stores import LAYOUT, token


def part(document):
    return walk(bson.encode(document), LAYOUT)


@pytest.mark.parametrize(
    "changed",
    [
        token(1, metadata={"migrated": True, "version": "2.0.0"}),
        token(1, metadata={}),
        token(1, cleanup="anything"),
        dict(reversed(token(1).items())),
    ],
    ids=["allowed fields added", "empty metadata", "removable field", "other order"],
)
def test_what_may_change_is_no_difference(changed):
    assert part(changed).canonical == part(token(1)).canonical


@pytest.mark.parametrize(
    "changed",
    [
        token(1, metadata={"migrated": True, "note": "mine"}),
        token(1, status="pending"),
        token(1, memo=None),
        token(1, proofs=[{**token(1)["proofs"][0], "amount": 1.0}, *token(1)["proofs"][1:]]),
        token(1, proofs=token(1)["proofs"][::-1]),
        token(1, created_at="2025-08-01T00:00:00Z"),
    ],
    ids=["metadata of its own", "status", "null for missing", "double", "proofs swapped", "text"],
)
def test_everything_else_is_a_difference(changed):
    assert part(changed).canonical != part(token(1)).canonical


@pytest.mark.parametrize(
    ("one", "other"), [(1, bson.Int64(1)), (1, 1.0), (True, 1), ("1", 1), (b"1", "1")], ids=repr
)
def test_the_same_value_of_another_type_is_a_difference(one, other):
    assert part(token(1, memo=one)).canonical != part(token(1, memo=other)).canonical


def test_a_field_cannot_pass_for_two():
    """The bytes of one text that spell another field are not that field."""
    crafted = "x\x00\x02status\x00\x06\x00\x00\x00spent"

    assert part(token(2, memo=crafted)).key == part(token(2, memo="x")).key


@pytest.mark.parametrize(
    ("amount", "odd"),
    [(5, ""), (bson.Int64(2**62), ""), (5.0, ""), (5.5, "0x01"), ("5", "0x02"), (None, "0x0a")],
    ids=repr,
)
def test_an_amount_is_a_whole_number_or_named_as_none(amount, odd):
    found = part(token(1, proofs=[{"amount": amount}]))

    assert odd in found.odd
    assert found.amounts == (() if odd else (int(amount),))
