"""Many documents at once are taken apart as one by one."""

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.migration.documents import MalformedError, walk
from fixtures.probes.migration.shapes import Rows, Splitter
from tests.probes.migration.stores import LAYOUT, documents, encoded, store


def parts(batch, splitter=None):
    """(canonical, key, identity, sum, proofs) of every document, by its place."""
    found = {}
    for rows in (splitter or Splitter(LAYOUT)).split(batch):
        if not isinstance(rows, Rows):
            at, part = rows
            found[at] = (
                part.canonical,
                part.key,
                part.identity,
                part.steady,
                sum(part.amounts),
                len(part.amounts),
            )
            continue
        canonical, steady = rows.canonical, rows.steady
        pieces = [
            canonical.rows[:, : canonical.width],
            rows.key,
            rows.identity,
            steady.rows[:, : steady.width],
        ]
        for number, at in enumerate(rows.at.tolist()):
            cut = [piece[number].tobytes() for piece in pieces]
            found[at] = (*cut, (int(rows.high[number]) << 32) + int(rows.low[number]), rows.proofs)
    return found


def walked(batch):
    made = [walk(raw, LAYOUT) for raw in batch]
    return {
        at: (p.canonical, p.key, p.identity, p.steady, sum(p.amounts), len(p.amounts))
        for at, p in enumerate(made)
    }


@settings(deadline=None)
@given(st.lists(documents(), max_size=12))
def test_any_documents_are_taken_apart_as_by_a_walk(drawn):
    batch = encoded(drawn)

    assert parts(batch) == walked(batch)


@settings(deadline=None)
@given(documents(), documents())
def test_a_shape_that_was_learnt_fits_nothing_else(first, second):
    splitter = Splitter(LAYOUT)
    parts(encoded([first]), splitter)

    assert parts(encoded([second]), splitter) == walked(encoded([second]))


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

    assert parts(batch) == expected


def test_a_store_of_tokens_has_few_shapes():
    batch = encoded(store(600))

    rows = [found for found in Splitter(LAYOUT).split(batch) if isinstance(found, Rows)]

    assert len(rows) <= 12
    assert sorted(int(at) for found in rows for at in found.at) == list(range(600))


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x05\0\0\0", b"\x06\0\0\0\0", b"\x05\0\0\0\x01", b"\x08\0\0\0\x10a\0\0"],
    ids=["empty", "no end", "too long", "wrong end", "value cut off"],
)
def test_bytes_that_are_no_document_are_refused(raw):
    with pytest.raises(MalformedError):
        parts([raw])
