"""Many documents at once are taken apart as one by one."""

import bson
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.migration.balances import raw_field
from fixtures.probes.migration.columns import Taken, Taker
from fixtures.probes.migration.digests import Digester
from fixtures.probes.migration.documents import MalformedError, walk
from fixtures.probes.migration.identities import identity_words
from fixtures.probes.migration.structures import Flat
from tests.probes.migration.stores import KEY, LAYOUT, documents, encoded, store

DIGESTER = Digester(KEY)


def taken(batch, taker=None):
    """What a comparison keeps of every document, by its place, and how many were taken at once."""
    found, together = {}, 0
    for some in (taker or Taker(LAYOUT, DIGESTER)).take(Flat.of(batch)):
        if not isinstance(some, Taken):
            found[some[0]] = of_part(some[1])
            continue
        splits, keys = some.keys_of(np.arange(len(some.columns.at)))
        one = some.columns
        together += len(one.at)
        vectors = (one.canonical, one.steady, one.key, one.owner)
        hashes = [DIGESTER.sealed(sums).tolist() for sums in vectors]
        for number, at in enumerate(one.at.tolist()):
            total = (int(one.high[number]) << 32) + int(one.low[number])
            found[at] = (
                *(column[number] for column in hashes),
                one.identity[number].tobytes(),
                total,
                int(one.proofs[number]),
                (int(splits[number]), keys[number]),
            )
    return found, together


def of_part(part):
    vectors = (part.canonical, part.steady, part.key, part.key[:1])
    hashes = (DIGESTER.hash_of(fields) for fields in vectors)
    keys = [raw_field(field) for field in part.key]
    return (
        *(DIGESTER.sealed(sums)[0].tolist() for sums in hashes),
        identity_words(part.identity),
        sum(part.amounts),
        len(part.amounts),
        (len(keys[0]), b"".join(keys)),
    )


def walked(batch):
    return {at: of_part(walk(raw, LAYOUT)) for at, raw in enumerate(batch)}


@settings(deadline=None)
@given(st.lists(documents(), max_size=12))
def test_any_documents_are_taken_apart_as_by_a_walk(drawn):
    batch = encoded(drawn)

    assert taken(batch)[0] == walked(batch)


@settings(deadline=None)
@given(documents(), documents())
def test_what_was_learnt_of_one_document_fits_no_other(first, second):
    taker = Taker(LAYOUT, DIGESTER)
    taken(encoded([first]), taker)

    assert taken(encoded([second]), taker)[0] == walked(encoded([second]))


@settings(deadline=None)
@given(documents(), st.data())
def test_a_changed_byte_is_seen_or_refused(drawn, data):
    raw = bytearray(bson.encode(drawn))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    batch = [bson.encode(drawn), bytes(raw)]
    try:
        expected = walked(batch)
    except MalformedError:
        return

    assert taken(batch)[0] == expected


def test_tokens_are_taken_together():
    batch = encoded(store(600))

    found, together = taken(batch)

    assert together == 600
    assert found == walked(batch)


def test_documents_of_very_different_sizes_are_taken_as_by_a_walk():
    batch = encoded({"_id": n, "npub": "a", "text": "x" * n} for n in range(0, 30_000, 997))

    found, together = taken(batch)

    assert found == walked(batch)
    assert together == 7


def test_hundreds_of_structures_do_not_take_for_ever():
    batch = encoded({"_id": n, f"field{n}": n} for n in range(500))

    found, together = taken(batch)

    assert found == walked(batch)
    assert together < 50


def test_amounts_at_the_ends_of_their_ranges_are_exact():
    amounts = [2**31 - 1, -(2**31), bson.Int64(2**63 - 1), bson.Int64(-(2**63))]
    batch = encoded({"_id": n, "proofs": [{"amount": a}] * 3} for n, a in enumerate(amounts))

    assert [one[-3] for _, one in sorted(taken(batch)[0].items())] == [3 * a for a in amounts]


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x05\0\0\0", b"\x06\0\0\0\0", b"\x05\0\0\0\x01", b"\x08\0\0\0\x10a\0\0"],
    ids=["empty", "no end", "too long", "wrong end", "value cut off"],
)
def test_bytes_that_are_no_document_are_refused(raw):
    with pytest.raises(MalformedError):
        taken([raw])


def test_columns_are_as_long_as_their_places():
    (made,) = Taker(LAYOUT, DIGESTER).take(Flat.of(encoded([{"_id": 1}, {"_id": 2}])))
    columns = made.columns

    assert {len(column) for column in columns} == {2}
    assert columns.canonical.dtype == np.float64
