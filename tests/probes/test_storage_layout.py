"""Every way in which a next version can misread the storage of the one before is named."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.storage_layout import kind_of, layout_problems

KINDS = ("t_address", "t_uint256", "t_mapping(t_address,t_uint256)", "t_bool")


def layout(*variables):
    """One variable per slot, given as (label, type)."""
    return [
        {"label": label, "type": kind, "slot": str(slot), "offset": 0}
        for slot, (label, kind) in enumerate(variables)
    ]


OWNER, TOTAL, BALANCES = ("owner", "t_address"), ("total", "t_uint256"), ("balances", KINDS[2])
NEW = ("rate", "t_uint256")
BEFORE = layout(OWNER, TOTAL, BALANCES)


def test_new_variables_may_follow():
    assert layout_problems(BEFORE, layout(OWNER, TOTAL, BALANCES, NEW)) == []


@pytest.mark.parametrize(
    ("after", "told"),
    [
        pytest.param(
            layout(NEW, OWNER, TOTAL, BALANCES), "owner .* it moved to slot 1", id="put first"
        ),
        pytest.param(layout(OWNER, BALANCES), "total .* is read as balances", id="removed"),
        pytest.param(layout(OWNER, TOTAL), "balances .* has no successor", id="cut off"),
        pytest.param(layout(OWNER, NEW, BALANCES), "total .* is read as rate", id="renamed"),
        pytest.param(
            layout(OWNER, ("total", "t_bool"), BALANCES), "total .* read as total .bool",
            id="another type",
        ),
    ],
)  # fmt: skip
def test_whatever_is_read_otherwise_is_named(after, told):
    problems = layout_problems(BEFORE, after)
    assert re.search(told, problems[0])


def test_a_gap_may_be_used_up():
    gap = ("__gap", "t_array(t_uint256)49_storage")
    smaller = ("__gap", "t_array(t_uint256)48_storage")
    assert layout_problems(layout(OWNER, gap), layout(OWNER, NEW, smaller)) == []


def test_the_compiler_s_numbers_do_not_matter():
    before = {"type": "t_mapping(t_bytes32,t_struct(Payment)123_storage)"}
    after = {"type": "t_mapping(t_bytes32,t_struct(Payment)4567_storage)"}
    assert kind_of(before) == kind_of(after)


def test_members_of_a_struct_are_compared():
    kind = "t_mapping(t_address,t_struct(Claim)1_storage)"
    one = layout(("claims", kind))

    def types(*members):
        return {
            kind: {"value": "t_struct(Claim)1_storage"},
            "t_struct(Claim)1_storage": {"label": "struct Claim", "members": layout(*members)},
        }

    same = types(TOTAL, OWNER)
    assert layout_problems(one, one, same, types(TOTAL, OWNER, NEW)) == []
    [first, _] = layout_problems(one, one, same, types(OWNER, TOTAL))
    assert first.startswith("claims, struct Claim: total")


variables = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(KINDS)),
    max_size=6,
    unique_by=lambda pair: pair[0],
)


@given(variables, st.sampled_from(KINDS))
def test_appending_never_harms_and_inserting_first_always_does(before, kind):
    added = ("new", kind)
    assert layout_problems(layout(*before), layout(*before, added)) == []
    if before:
        assert layout_problems(layout(*before), layout(added, *before))
