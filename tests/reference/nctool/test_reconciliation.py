from datetime import timedelta

import pytest
from bson import ObjectId

from fixtures.reference.nctool.service.tokens import now
from tests.reference.nctool.money_rig import ATOMIC, RECONCILIATION


@pytest.fixture
def alice(rig):
    """A user with a melt behind her."""
    rig.flag(RECONCILIATION, severityThreshold="HIGH", autoCorrection=False)
    npub = rig.user("alice", 64, 32, 16)
    rig.here.melts.melt(npub, rig.invoice().request)
    return npub


def reconciled(rig, npub):
    return rig.here.reconciliation.run(rig.here.wallets.find(npub))


def kinds(record):
    return sorted((one["severity"], one["kind"]) for one in record["discrepancies"])


def change(rig, npub, status, changes):
    tokens = rig.here.db.cashutokens
    found = tokens.find_one({"npub": npub, "status": status})
    tokens.update_one({"_id": found["_id"]}, {"$set": changes})
    return found["_id"]


def copied(rig, npub, status, changes):
    tokens = rig.here.db.cashutokens
    found = tokens.find_one({"npub": npub, "status": status})
    tokens.insert_one({**found, "_id": ObjectId(), **changes})


def test_a_clean_wallet_has_no_discrepancy(rig, alice):
    record = reconciled(rig, alice)

    assert (kinds(record), record["blocked"], record["corrected"]) == ([], False, [])


def test_a_melt_under_way_is_no_discrepancy(rig, alice):
    rig.flag(ATOMIC, transactionTimeout=20_000)
    with rig.held(alice, rig.invoice("hold")):
        assert rig.is_pending(alice)
        assert kinds(reconciled(rig, alice)) == []


def test_a_send_under_way_is_none_either(rig, alice):
    change(rig, alice, "unspent", {"status": "pending", "metadata.pending_since": now()})

    assert kinds(reconciled(rig, alice)) == []


@pytest.mark.parametrize(
    ("spoil", "expected", "blocked"),
    [
        (
            lambda rig, npub: change(rig, npub, "spent", {"spent_at": None}),
            [("LOW", "no_time_of_spending")],
            False,
        ),
        (
            lambda rig, npub: change(rig, npub, "unspent", {"status": "pending"}),
            [("MEDIUM", "reserved_for_nothing")],
            False,
        ),
        (
            lambda rig, npub: change(rig, npub, "unspent", {"total_amount": 1}),
            [("HIGH", "wrong_total")],
            True,
        ),
        (
            lambda rig, npub: copied(rig, npub, "spent", {"status": "unspent"}),
            [("HIGH", "spent_at_mint")],
            True,
        ),
        (
            lambda rig, npub: copied(rig, npub, "unspent", {}),
            [("HIGH", "counted_twice")] * 2,
            True,
        ),
    ],
    ids=("no time", "reserved", "wrong total", "spent at the mint", "stored twice"),
)
def test_each_discrepancy_is_named_with_its_severity(rig, alice, spoil, expected, blocked):
    spoil(rig, alice)

    record = reconciled(rig, alice)

    assert (kinds(record), record["blocked"]) == (expected, blocked)


@pytest.mark.parametrize(("threshold", "blocked"), [("LOW", True), ("MEDIUM", True)])
def test_the_threshold_is_read_from_the_flag(rig, alice, threshold, blocked):
    change(rig, alice, "unspent", {"status": "pending"})
    assert not reconciled(rig, alice)["blocked"]
    rig.flag(RECONCILIATION, severityThreshold=threshold)

    assert reconciled(rig, alice)["blocked"] is blocked


def test_what_was_reserved_too_long_ago_is_a_discrepancy(rig, alice):
    since = now() - timedelta(minutes=5)
    change(rig, alice, "unspent", {"status": "pending", "metadata.pending_since": since})

    assert kinds(reconciled(rig, alice)) == [("MEDIUM", "reserved_for_nothing")]


def test_a_correction_frees_what_the_mint_calls_unspent_and_says_so(rig, alice):
    stuck = change(rig, alice, "unspent", {"status": "pending"})
    worth = rig.worth(alice, "unspent", "pending")
    rig.flag(RECONCILIATION, severityThreshold="MEDIUM", autoCorrection=True)

    record = reconciled(rig, alice)

    (audit,) = record["corrected"]
    assert (audit["before"]["_id"], audit["before"]["status"]) == (stuck, "pending")
    assert (audit["after"]["_id"], audit["after"]["status"]) == (stuck, "unspent")
    assert not record["blocked"]
    assert rig.worth(alice, "unspent") == rig.spendable(alice) == worth
    assert kinds(reconciled(rig, alice)) == []


def test_a_correction_spends_what_the_mint_calls_spent(rig, alice):
    stuck = change(rig, alice, "spent", {"status": "pending"})
    rig.flag(RECONCILIATION, severityThreshold="HIGH", autoCorrection=True)

    (audit,) = reconciled(rig, alice)["corrected"]

    assert (audit["before"]["_id"], audit["after"]["status"]) == (stuck, "spent")
    assert kinds(reconciled(rig, alice)) == []


def test_a_correction_leaves_what_is_also_gravely_wrong(rig, alice):
    change(rig, alice, "unspent", {"status": "pending", "total_amount": 9})
    rig.flag(RECONCILIATION, severityThreshold="HIGH", autoCorrection=True)
    before = list(rig.here.db.cashutokens.find({"npub": alice}))

    record = reconciled(rig, alice)

    assert kinds(record) == [("HIGH", "wrong_total"), ("MEDIUM", "reserved_for_nothing")]
    assert (record["corrected"], record["blocked"]) == ([], True)
    assert list(rig.here.db.cashutokens.find({"npub": alice})) == before
