"""What was put aside comes back as if it had been in memory, in whatever order and pieces."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.migration.differences import compare
from fixtures.probes.migration.ledger import Bounds, InMemory, Ledger
from fixtures.probes.migration.summary import Summary
from tests.probes.migration.stores import KEY, LAYOUT, alike, documents, encoded, store, token

bounds = st.builds(
    Bounds,
    rows=st.integers(1, 12),
    key_bytes=st.sampled_from([0, 300, 2000]),
    remembered=st.sampled_from([1, 2, 16]),
    runs=st.integers(2, 4),
)


def summed(made, few=None, cuts=()):
    """A summary, added in pieces; with bounds, most of it is put aside."""
    summary = Summary(LAYOUT, KEY, None, few)
    for start, stop in zip((0, *cuts), (*cuts, len(made)), strict=True):
        summary.add(encoded(made[start:stop]))
        summary.finish()
    return summary


@st.composite
def stores(draw):
    """Documents in another order, and where to cut them."""
    made = draw(st.lists(st.one_of(documents(), st.integers(0, 99).map(token)), max_size=40))
    shuffled = draw(st.permutations(made))
    cuts = sorted(draw(st.lists(st.integers(0, len(made)), max_size=6)))
    return made, shuffled, cuts


@settings(deadline=None)
@given(stores(), bounds)
def test_a_summary_is_the_same_whatever_is_put_aside(drawn, few):
    made, shuffled, cuts = drawn

    assert alike(summed(shuffled, few, cuts), summed(made))


@settings(max_examples=50, deadline=None)
@given(stores(), bounds, bounds)
def test_parts_that_were_put_aside_elsewhere_add_up(drawn, few, fewer):
    made, shuffled, cuts = drawn
    merged = Summary(LAYOUT, KEY, None, few)
    for start, stop in zip((0, *cuts), (*cuts, len(made)), strict=True):
        merged.take_over(summed(shuffled[start:stop], fewer).put_aside())

    assert alike(merged, summed(made))


@settings(max_examples=50, deadline=None)
@given(stores(), stores(), bounds)
def test_what_is_named_is_the_same_whatever_is_put_aside(before, after, few):
    expected = compare(summed(before[0]), summed(after[0]))

    assert compare(summed(before[1], few, before[2]), summed(after[1], few, after[2])) == expected


@settings(max_examples=25, deadline=None)
@given(stores(), bounds, st.integers(0, 40))
def test_it_goes_on_after_everything_was_put_aside(drawn, few, cut):
    made = drawn[0]
    begun = summed(made[:cut], few)
    begun.put_aside()
    begun.add(encoded(made[cut:]))

    assert alike(begun, summed(made))


def test_hundreds_of_runs_are_merged_to_few():
    shelf = Counting()
    summary = Summary(LAYOUT, KEY, shelf, Bounds(rows=4, key_bytes=0, remembered=4, runs=4))
    for one in store(400):
        summary.add(encoded([one]))
        summary.finish()

    assert shelf.most < 40
    assert alike(summary, summed(store(400)))


class Counting(InMemory):
    def __init__(self):
        self.there = self.most = 0

    def put(self, kind, blocks):
        self.there += 1
        self.most = max(self.most, self.there)
        return super().put(kind, blocks)

    def drop(self, _):
        self.there -= 1


def test_balances_come_in_the_order_of_fingerprints_and_once():
    summary = summed(store(300), Bounds(rows=16, key_bytes=400, remembered=8, runs=3))

    marks = np.concatenate([lines.marks for lines in summary.lines()])

    assert len(marks) == 50
    assert (marks[1:] > marks[:-1]).all()


def test_balances_of_one_owner_are_near_one_another():
    made = [token(n, mint_url=f"https://mint{n // 50}.example") for n in range(500)]

    owners = [
        lines.name(at)[0] for lines in summed(made).lines() for at in range(len(lines))
    ]  # fmt: skip

    changes = sum(one != other for one, other in pairwise(owners))
    assert changes == len(set(owners)) - 1


def test_sums_without_names_are_noticed():
    ledger = Ledger(InMemory(), Bounds())
    ledger.count(np.array([7], np.uint64), *(np.ones(1, np.uint64) for _ in range(6)))

    with pytest.raises(ValueError, match="without names"):
        list(ledger.lines())
