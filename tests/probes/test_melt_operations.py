import pytest

from fixtures.probes.melt_operations import assembled, without_operation


def operation(**changes):
    return {
        "transaction_id": "m",
        "state": "PAID",
        "inputs": [1, 2],
        "amount": 10,
        "fee_paid": 1,
    } | changes


def token(number, status, amount, **more):
    return {"_id": number, "status": status, "proofs": [{"secret": "s", "amount": amount}], **more}


def change(amount, status="unspent"):
    return token(9, status, amount, transaction_id="m")


def problems(tokens, **changes):
    (melt,) = assembled([operation(**changes)], tokens)
    return melt.problems()


def test_a_paid_melt_that_adds_up_has_no_problem():
    tokens = [token(1, "spent", 16), token(2, "spent", 4), change(9)]

    assert problems(tokens) == []
    (melt,) = assembled([operation()], tokens)
    assert melt.cost == 11


def test_change_that_was_spent_since_is_change():
    assert problems([token(1, "spent", 16), token(2, "spent", 4), change(9, "spent")]) == []


def test_an_unpaid_melt_has_no_change_and_costs_nothing():
    tokens = [token(1, "unspent", 16), token(2, "spent", 4)]

    assert problems(tokens, state="UNPAID") == []
    (melt,) = assembled([operation(state="UNPAID")], tokens)
    assert melt.cost == 0


@pytest.mark.parametrize(
    ("tokens", "changes", "said"),
    [
        ([token(1, "spent", 16), token(2, "spent", 4)], {}, "leaves 9 sat of change"),
        ([token(1, "spent", 16), token(2, "spent", 4), change(10)], {}, "10 sat are stored"),
        ([token(1, "spent", 16), token(2, "unspent", 4), change(9)], {}, "1 of its tokens are not"),
        ([token(1, "spent", 20), change(9)], {}, "is gone"),
        ([token(1, "spent", 16), token(2, "spent", 4), change(9)], {"fee_paid": None}, "cost"),
        ([change(9)], {"inputs": []}, "nothing was spent"),
        ([token(1, "unspent", 16), token(2, "unspent", 4), change(9)], {"state": "UNPAID"}, "yet"),
        ([token(1, "unspent", 16), token(2, "pending", 4)], {"state": "PENDING"}, "are not"),
        ([token(1, "spent", 16), token(2, "spent", 4), change(9)], {"state": "DONE"}, "'DONE'"),
    ],
    ids=(
        "no change", "too much change", "input not spent", "input gone", "fee unknown", "no input",
        "unpaid with change", "pending but free", "another state",
    ),
)  # fmt: skip
def test_what_does_not_add_up_is_said(tokens, changes, said):
    found = problems(tokens, **changes)

    assert found
    assert all(one.startswith("melt m: ") for one in found)
    assert any(said in one for one in found)


def test_tokens_of_no_known_melt_are_found():
    tokens = [
        token(1, "spent", 4, metadata={"melt": "m"}, transaction_id="earlier"),
        token(2, "unspent", 4, metadata={"melt": "m"}, transaction_id="m"),
        token(3, "unspent", 4, transaction_id="x"),
        token(4, "spent", 4, metadata={"melt": "x"}, transaction_id="earlier"),
    ]

    assert [one["_id"] for one in without_operation(tokens, {"m"})] == [3, 4]
