from datetime import UTC, datetime, timedelta

import pytest
from bson import Int64
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.migrated_documents import (
    MARKS,
    Several,
    altered,
    first,
    mark_problems,
    schema_problems,
    served,
    unkept,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), st.text(max_size=3)
)
TREES = st.dictionaries(
    st.sampled_from("abcd"), st.one_of(VALUES, st.dictionaries(st.sampled_from("xy"), VALUES))
)


def token(**changes):
    return {
        "_id": "t1", "npub": "npub1", "mint_url": "m", "unit": "sat", "status": "unspent",
        "transaction_type": "received", "total_amount": 3, "created_at": NOW, "spent_at": None,
        "proofs": [{"amount": 1, "secret": "s1"}, {"amount": 2, "secret": "s2"}], **changes,
    }  # fmt: skip


@given(TREES)
def test_a_document_is_not_altered_against_itself(document):
    assert altered(document, dict(reversed(document.items()))) == []


@given(TREES, st.sampled_from("abcd"), VALUES)
def test_what_is_allowed_to_change_is_no_difference(document, name, value):
    assert altered(document, {**document, name: value}, [name]) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, Int64(1)),
        (1, 1.0),
        (1, "1"),
        (None, False),
        ({}, []),
        ([1, 2], [2, 1]),
    ],
    ids=str,
)
def test_another_type_or_order_is_a_difference(before, after):
    assert altered({"v": before}, {"v": after})


def test_missing_is_not_null():
    (found,) = altered({"_id": 7}, {"_id": 7, "spent_at": None})

    assert str(found) == "7: spent_at was (absent), is None (NoneType)"


def test_a_secret_is_told_by_its_digest():
    changed = token(proofs=[{"amount": 1, "secret": "other"}, {"amount": 2, "secret": "s2"}])
    (found,) = altered(token(), changed)

    assert found.path == "proofs.0.secret"
    assert "other" not in str(found)
    assert found.before != found.after


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "spent", "spent_at": NOW}, True),
        ({"status": "pending", "metadata": {"pending_for": "x"}}, True),
        ({"status": "unspent"}, False),
        ({"status": "spent", "total_amount": 2}, False),
        ({"status": "lost"}, False),
    ],
    ids=str,
)
def test_what_the_service_does_is_told_from_what_a_migration_must_not(changes, expected):
    assert served(token(), token(**changes), MARKS) is expected


def test_a_spent_token_does_not_come_back():
    assert not served(token(status="spent"), token(status="unspent"))


def test_former_metadata_is_kept_where_more_came():
    before = token(metadata={"fee": {"paid": 1.0}, "tags": ["a"]})

    assert (
        unkept(before, token(metadata={"legacy": True, "tags": ["a"], "fee": {"paid": 1.0}})) == []
    )
    lost = unkept(before, token(metadata={"legacy": True}))
    assert {one.path for one in lost} == {"metadata.fee.paid", "metadata.tags.0"}
    assert unkept(token(), token()) == []


def test_marks_are_whole_and_of_the_migration():
    marks = {"migrated": True, "version": "2.0.0", "migration_date": NOW}
    span = NOW - timedelta(hours=1), NOW + timedelta(hours=1)

    assert mark_problems(token(metadata=marks), "2.0.0", *span) == []
    assert mark_problems(token(), "2.0.0", *span) == ["no metadata"]
    assert mark_problems(token(metadata={**marks, "migrated": 1}), "2.0.0", *span)
    late = {**marks, "migration_date": NOW + timedelta(days=1)}
    assert mark_problems(token(metadata=late), "2.0.0", *span)
    del marks["version"]
    assert mark_problems(token(metadata=marks), "2.0.0", *span) == ["version is None"]


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": 4},
        {"total_amount": "3"},
        {"proofs": [{"amount": "3", "secret": "s"}]},
        {"proofs": [{"amount": 1.5, "secret": "s"}]},
        {"proofs": None},
        {"created_at": "yesterday"},
        {"npub": None},
    ],
    ids=str,
)
def test_an_unsound_token_is_noticed(changes):
    assert schema_problems(token()) == []
    assert schema_problems(token(**changes))


def test_a_whole_double_is_a_sound_amount():
    assert schema_problems(token(proofs=[{"amount": 3.0, "secret": "s"}])) == []


def test_only_the_first_are_shown():
    assert first([1, 2]) == "1; 2"
    assert first(range(8)) == "0; 1; 2; 3; 4; and 3 more"


@given(st.lists(st.lists(st.integers(), max_size=9), max_size=9))
def test_several_count_everything_and_tell_the_first(parts):
    found = Several()
    for part in parts:
        found.add(part)
    everything = [one for part in parts for one in part]

    assert len(found) == len(everything)
    assert str(found) == first(everything)
