from __future__ import annotations

import pytest

from fixtures.probes.crowd import crowd, share_pct, shown
from fixtures.probes.rollout import binomial_bounds, bucket

PEOPLE = crowd(2_000)


def test_each_user_is_within_exactly_above_the_own_bucket():
    user, place = PEOPLE.users[0], PEOPLE.buckets[0]
    assert place == bucket(user)
    assert user not in PEOPLE.within(place)
    assert user in PEOPLE.within(place + 1)


@pytest.mark.parametrize("percentage", [5, 35, 90], ids=str)
def test_the_crowd_itself_is_no_unlikely_one(percentage):
    assert len(PEOPLE.within(percentage)) in binomial_bounds(len(PEOPLE), percentage / 100, 0.0027)


def test_decisions_must_be_about_everybody():
    assert PEOPLE.enabled([True] * len(PEOPLE)) == PEOPLE.within(100)
    with pytest.raises(ValueError, match="argument"):
        PEOPLE.enabled([True])


def test_somebody_of_a_bucket_is_found():
    assert bucket(PEOPLE.one_of(75)) == 75
    with pytest.raises(LookupError, match="bucket 100"):
        PEOPLE.one_of(100)


def test_shares_and_messages():
    assert share_pct(PEOPLE.within(100), PEOPLE) == 100
    assert shown(frozenset()) == "nobody"
    assert shown(frozenset("abcd")) == "a, b, c …"
    with pytest.raises(ValueError, match="nobody"):
        share_pct([], [])
