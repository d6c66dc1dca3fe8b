from datetime import UTC, datetime, timedelta

from fixtures.probes.melt_operations import assembled
from fixtures.reference.nctool.history import FUNDED, INVOICES, melts_of_yesterday
from fixtures.reference.nctool.users import EARLY_USERS


def test_yesterday_early_users_paid_an_invoice_each_and_it_adds_up(rig):
    melts_of_yesterday(rig.here.settings, rig.served)

    db, since = rig.here.db, datetime.now(UTC) - timedelta(hours=24)
    operations = list(db.meltoperations.find({"created_at": {"$gte": since}}))
    melts = assembled(operations, list(db.cashutokens.find()))
    assert [problem for one in melts for problem in one.problems()] == []
    assert sorted(int(one["amount"]) for one in operations) == sorted(INVOICES)
    assert {one["path"] for one in operations} == {"atomic"}
    assert all(one["created_at"] < datetime.now(UTC) - timedelta(hours=1) for one in operations)
    costs = {one.operation["npub"]: one.cost for one in melts}
    assert {npub: rig.spendable(npub) for npub in EARLY_USERS} == {
        npub: FUNDED - costs[npub] for npub in EARLY_USERS
    }
