import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.stores import Holding, altered, checksum, content, losses

ROWS = st.lists(st.tuples(st.integers(0, 5), st.text(max_size=3)), max_size=8)
COLUMNS = ("id", "amount", "note")
BEFORE = {"a": ("a", "10", "x"), "b": ("b", "20", "y")}


@given(ROWS, st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert checksum(rows) == checksum(shuffled)


@given(ROWS, st.tuples(st.integers(), st.text(max_size=3)))
def test_one_more_row_changes_the_checksum(rows, row):
    assert checksum(rows) != checksum([*rows, row])


def test_types_and_borders_of_values_count():
    assert checksum([(1,)]) != checksum([("1",)])
    assert checksum([("a", "b")]) != checksum([("ab", "")])


def test_tables_that_differ_are_named():
    before = {"a": content([(1,)]), "b": content([(1,)]), "c": content([(1,)]), "d": content([])}
    after = {"a": content([(1,)]), "b": content([(1,), (1,)]), "c": content([(2,)])}

    assert altered(before, before) == []
    assert altered(before, after) == [
        "b: 1 rows became 2",
        "c: 1 rows with another content",
        "d: disappeared",
    ]


def test_added_rows_are_no_loss():
    after = {**BEFORE, "c": ("c", "5", "z")}
    assert losses("t", COLUMNS, BEFORE, after, amounts=["amount"]) == []


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param({"a": BEFORE["a"]}, "t: 1 of 2 rows are missing (b)", id="row lost"),
        pytest.param(
            {**BEFORE, "b": ("b", "21", "y")}, "t: the sum of amount was 30 and is 31", id="amount"
        ),
        pytest.param(
            {**BEFORE, "b": ("b", "20", "Y")}, "t: 1 rows were changed (b)", id="another value"
        ),
        pytest.param(
            {"a": ("a", "20", "x"), "b": ("b", "10", "y")},
            "t: 2 rows were changed (a, b)",
            id="amounts exchanged",
        ),
    ],
)
def test_losses_are_named(after, said):
    assert said in losses("t", COLUMNS, BEFORE, after, amounts=["amount"])


@pytest.mark.parametrize(
    ("recorded", "held", "deviation"),
    [(0, 0, 0), (100, 100, 0), (99, 100, 1), (101, 100, 100 / 101), (0, 5, 100), (5, 0, 100)],
)
def test_deviation_is_in_percent_of_the_larger_side(recorded, held, deviation):
    assert Holding("ether", recorded, held).deviation_pct == pytest.approx(deviation)


def test_a_single_wei_of_a_large_sum_is_not_lost_in_rounding():
    holding = Holding("ether", 10**30, 10**30 + 1)
    assert holding.unexplained == 1
    assert holding.deviation_pct > 0
