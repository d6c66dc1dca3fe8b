from datetime import UTC, datetime, timedelta

import pytest

from fixtures.probes.rollout_order import Moment, out_of_order

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ORDER = ("contract", "database", "backend")


def moments(**seconds):
    return {name: Moment(NOON + timedelta(seconds=s)) for name, s in seconds.items()}


def test_the_agreed_order_has_no_problem():
    assert out_of_order(moments(contract=0, database=1, backend=2), ORDER) == []


def test_a_component_that_came_too_early_is_named_with_what_it_preceded():
    (problem,) = out_of_order(moments(contract=0, database=2, backend=1), ORDER)
    assert problem.startswith("backend at 2026-01-02T12:00:01.000+00:00 preceded database")


def test_every_pair_counts_and_not_only_neighbours():
    assert len(out_of_order(moments(contract=3, database=2, backend=1), ORDER)) == 3


def test_a_coarse_clock_is_given_the_benefit_of_the_doubt():
    later = Moment(NOON + timedelta(milliseconds=300))
    coarse = {"a": later, "b": Moment(NOON, timedelta(seconds=1))}
    assert out_of_order(coarse, ("a", "b")) == []


def test_a_component_without_a_moment_is_an_error():
    with pytest.raises(KeyError):
        out_of_order(moments(contract=0), ORDER)
