"""Each planted corruption is named, and an allowed migration raises no alarm."""

import bson
import pytest

from fixtures.probes.migration.differences import compare
from fixtures.probes.migration.identities import identity_words
from fixtures.probes.migration.summary import Summary
from tests.probes.migration.stores import KEY, LAYOUT, encoded, store, token

SIZE = 2000


def summed(made):
    summary = Summary(LAYOUT, KEY)
    summary.add(encoded(made))
    return summary


BEFORE = store(SIZE)


def words(number):
    return identity_words(bson.encode({"_id": bson.ObjectId(f"{number:024x}")})[4:-1])


def with_change(**by_number):
    changes = {int(number[1:]): change for number, change in by_number.items()}
    return [token(n, **changes.get(n, {})) for n in range(SIZE)]


def proofs_of(number, at=0, **change):
    proofs = [dict(proof) for proof in token(number)["proofs"]]
    proofs[at].update(change)
    return {"proofs": proofs}


@pytest.mark.parametrize(
    ("after", "numbers", "kinds"),
    [
        (
            with_change(_7={"proofs": token(10)["proofs"]}, _10={"proofs": token(7)["proofs"]}),
            [7, 10],
            {"changed"},
        ),
        (with_change(_8=proofs_of(8, secret="0" * 64)), [8], {"changed"}),
        (with_change(_9={"mint_url": "https://mint2.example"}), [9], {"changed"}),
        (with_change(_9=proofs_of(9, amount=1.0)), [9], {"changed"}),
        ([*BEFORE[:20], *BEFORE[21:], token(21)], [20, 21], {"lost", "new"}),
        (with_change(_30={"npub": "npub1" + "z" * 58}), [30], {"changed"}),
        (with_change(_1999=proofs_of(1999, amount=3)), [1999], {"changed"}),
    ],
    ids=[
        "two tokens swapped",
        "secret changed",
        "moved between mints",
        "int turned to double",
        "one lost, another twice",
        "wallet renamed",
        "last document",
    ],
)
def test_a_corruption_is_named_exactly(after, numbers, kinds):
    found = compare(summed(BEFORE), summed(after))

    assert found.complete
    assert [d.identity for d in found.documents] == [words(n) for n in numbers]
    assert {d.kind for d in found.documents} == kinds
    assert found.balances


def test_a_dropped_key_of_the_metadata_is_named():
    before = [token(n, metadata={"note": "mine", "source": "x"}) for n in range(40)]
    after = [
        token(n, metadata={"note": "mine", "source": "x", "migrated": True}) for n in range(39)
    ]
    after.append(token(39, metadata={"migrated": True, "source": "x"}))

    found = compare(summed(before), summed(after))

    assert [d.identity for d in found.documents] == [words(39)]


def test_an_allowed_migration_raises_no_alarm():
    migrated = with_change(
        **{f"_{n}": {"metadata": {"migrated": True, "version": "2.0.0"}} for n in range(SIZE)}
    )

    found = compare(summed(BEFORE), summed(migrated[::-1]))

    assert found.equal
    assert found.totals == {}


def test_totals_are_kept_by_asset():
    found = compare(summed(BEFORE), summed(with_change(_9={"mint_url": "https://mint2.example"})))

    amount = sum(proof["amount"] for proof in token(9)["proofs"])
    assert {name[0]: one.change.amount for name, one in found.totals.items()} == {
        "https://mint.example": -amount,
        "https://mint2.example": amount,
    }


def test_the_balances_with_the_greatest_change_come_first():
    after = with_change(_8=proofs_of(8, amount=10**6), _9=proofs_of(9, amount=10**9))

    amounts = [b.change.amount for b in compare(summed(BEFORE), summed(after)).explanation()]

    assert amounts == sorted(amounts, key=abs, reverse=True)
