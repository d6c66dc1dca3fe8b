"""A sketch gives away what two stores do not have in common, or says that it is too much."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.migration.sketch import Sketch

SEED = (11, 12)


def filled(numbers, salt=0):
    sketch = Sketch(SEED)
    draw = [np.random.default_rng([salt, number]).integers(0, 2**63, 6) for number in numbers]
    if draw:
        rows = np.array(draw, np.uint64)
        sketch.add(rows[:, :3], rows[:, 3:5], rows[:, 5], rows[:, 0])
    return sketch


def digests(numbers, salt=0):
    rows = [np.random.default_rng([salt, n]).integers(0, 2**63, 6).astype("<u8") for n in numbers]
    return sorted(row[3:5].tobytes() for row in rows)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_what_one_store_has_and_the_other_has_not_is_named(before, after):
    decoded = filled(after).minus(filled(before)).decode()

    assert decoded.complete
    signs = {sign: sorted(e.digest for e in decoded.entries if e.sign == sign) for sign in (1, -1)}
    assert signs == {1: digests(after - before), -1: digests(before - after)}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 99), max_size=30), st.integers(0, 30))
def test_sketches_of_parts_add_up(numbers, cut):
    whole, parts = filled(numbers), filled(numbers[:cut]).plus(filled(numbers[cut:]))

    assert (whole.table == parts.table).all()


def many(count, salt):
    rows = np.random.default_rng(salt).integers(0, 2**63, (count, 6)).astype(np.uint64)
    sketch = Sketch(SEED)
    sketch.add(rows[:, :3], rows[:, 3:5], rows[:, 5], rows[:, 0])
    return sketch


def test_thirty_nine_thousand_changed_documents_are_all_named():
    decoded = many(39_000, 1).minus(many(39_000, 2)).decode()

    assert decoded.complete
    assert len(decoded.entries) == 78_000


def test_more_than_a_table_holds_is_noticed():
    decoded = many(60_000, 1).minus(many(60_000, 2)).decode()

    assert not decoded.complete


def test_a_document_stored_twice_is_not_taken_for_none():
    decoded = filled([5, 5]).minus(filled([])).decode()

    assert not decoded.complete or len(decoded.entries) > 0
