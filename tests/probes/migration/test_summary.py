"""Sums, digests and snapshots of a store."""

import random

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.migration.differences import compare
from fixtures.probes.migration.identities import spell
from fixtures.probes.migration.layout import Layout
from fixtures.probes.migration.summary import SnapshotError, Summary
from tests.probes.migration.stores import (
    KEY,
    LAYOUT,
    alike,
    balances_of,
    documents,
    encoded,
    store,
    token,
)


def summed(made, layout=LAYOUT, key=KEY):
    summary = Summary(layout, key)
    summary.add(encoded(made))
    return summary


@settings(max_examples=25, deadline=None)
@given(st.lists(documents(), max_size=10), st.randoms(use_true_random=False))
def test_order_and_partition_make_no_difference(drawn, draw):
    shuffled = draw.sample(drawn, len(drawn))
    cut = draw.randrange(len(drawn) + 1)
    merged = summed(shuffled[:cut])
    merged.take_over(summed(shuffled[cut:]).put_aside())

    assert merged.documents == len(drawn)
    assert alike(merged, summed(drawn))


def test_a_balance_is_the_exact_sum_of_its_proofs():
    made = store(300)
    expected = {}
    for document in made:
        name = (document["npub"], document["mint_url"], "sat", document["status"])
        count, proofs, amount = expected.get(name, (0, 0, 0))
        found = document["proofs"]
        total = amount + sum(p["amount"] for p in found)
        expected[name] = (count + 1, proofs + len(found), total)

    balances = balances_of(summed(made))

    assert {n: (b.documents, b.proofs, b.amount) for n, b in balances.items()} == expected


@pytest.mark.parametrize("amount", [2**63 - 1, -(2**63), 2**32, -1])
def test_sums_beyond_sixty_four_bits_are_exact(amount):
    big = [
        token(n, npub="a", status="s", proofs=[{"amount": bson.Int64(amount)}] * 3)
        for n in range(50)
    ]

    (balance,) = balances_of(summed(big)).values()

    assert balance.amount == 150 * amount


def test_a_missing_unit_is_the_default_one():
    balances = balances_of(summed([token(1), token(3, unit="sat", npub=token(1)["npub"])]))

    assert [name[2] for name in balances] == ["sat"]
    assert next(iter(balances.values())).documents == 2


def test_documents_that_swap_what_they_hold_do_not_cancel_out():
    one, two = token(1), token(51)
    swapped = [{**one, "proofs": two["proofs"]}, {**two, "proofs": one["proofs"]}]

    assert one["npub"] == two["npub"]
    assert balances_of(summed([one, two])) != balances_of(summed(swapped))


def test_a_lost_and_a_repeated_document_do_not_cancel_out():
    made = [token(1), token(51), token(101)]

    assert balances_of(summed(made)) != balances_of(summed([token(1), token(1), token(101)]))


@pytest.mark.parametrize(
    ("layout", "key", "says"),
    [(LAYOUT, b"x" * 32, "keys"), (Layout(), KEY, "layouts")],
    ids=["key", "layout"],
)
def test_sides_that_were_not_summed_up_alike_are_not_compared(layout, key, says):
    with pytest.raises(SnapshotError, match=says):
        compare(summed(store(5)), summed(store(5), layout, key))


def test_the_first_amounts_that_are_no_numbers_are_named():
    made = [token(n, proofs=[{"amount": "5"}]) for n in range(30)]
    random.Random(1).shuffle(made)

    summary = summed(made)
    summary.finish()

    assert summary.odd_count == 30
    assert len(summary.odd) == 20
    assert "proofs.amount of type 0x02" in summary.odd[0]


@pytest.mark.parametrize(
    ("identity", "shown"),
    [
        (bson.ObjectId("0" * 23 + "7"), "0" * 23 + "7"),
        ("abc", "abc"),
        (-5, "-5"),
        (bson.Int64(2**40), str(2**40)),
    ],
    ids=["ObjectId", "text", "int", "long"],
)
def test_an_id_is_written_as_people_write_it(identity, shown):
    assert spell(bson.encode({"_id": identity})[4:-1]) == shown
