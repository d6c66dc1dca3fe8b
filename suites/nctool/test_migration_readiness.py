"""The store before its migration: it answers, it is replicated, it has room, it is prepared."""

import json
from datetime import UTC, datetime

import pytest

from fixtures.clients.files import read_bytes
from fixtures.clients.outcomes import ClientError
from fixtures.probes.migration_log import going_up
from fixtures.probes.store_readiness import FLAGS, free_pct, index_builds, lags, unready

LOG = "migrationlogs"
COLLECTIONS = ("cashutokens", "cashuwallets")


def _answer(store, command):
    """What the store answers to a command, or why it does not."""
    try:
        return store.command(command, admin=True), ""
    except ClientError as error:
        return {}, str(error)


@pytest.mark.item("NC-MIG-01")
def test_the_store_answers_on_its_primary(store, limits, evidence):
    """The connection string of the release leads to a primary that answers.

    A migration that meets a stopped or a read-only member fails in its middle, not at its begin.
    """
    pinged, refused = _answer(store, "ping")
    who, _ = _answer(store, "hello") if pinged else ({}, "")

    evidence.observe(pings_sent=1, ping_ok=pinged.get("ok", 0))
    limit = limits["ping.ok"]
    assert limit.holds(pinged.get("ok", 0)), refused or limit.explain(pinged.get("ok"))
    assert who.get("isWritablePrimary") is True, f"{store.host} is not the primary: {who}"


@pytest.mark.item("NC-MIG-02")
def test_no_secondary_is_further_behind_than_the_house_allows(target, store, evidence):
    """Every secondary has what the primary has, within the lag that the house has configured.

    The writes of a migration come on top of the lag, and a failover would lose what is behind.
    """
    allowed = target.require("replication_lag_limit_s", "nctool")
    behind = lags(store.command("replSetGetStatus", admin=True))
    if not behind:
        evidence.not_verified("the replica set has no secondary, so there is no lag to judge")
    late = {name: seconds for name, seconds in behind.items() if seconds > allowed}

    evidence.observe(secondaries_measured=len(behind), greatest_lag_s=max(behind.values()))
    assert not late, f"expected at most {allowed} s behind the primary, observed {late}"


@pytest.mark.item("NC-MIG-03")
def test_the_data_volume_has_room(store, limits, evidence):
    """A fifth of the data volume is free: an index, an export and the log of changes need room.

    It is the volume that counts; room inside of the data files says nothing about it.
    """
    stats = store.command("dbStats")
    free = free_pct(stats)
    if free is None:
        evidence.not_verified("the server does not tell the size of its volume (fsTotalSize)")

    evidence.observe(volumes_measured=1, disk_free_pct=round(free, 2))
    limit = limits["disk_free_pct"]
    assert limit.holds(free), limit.explain(round(free, 2))


@pytest.mark.item("NC-MIG-04")
def test_the_migration_was_prepared(target, store, dump, evidence):
    """All five preparations are on record from before the migration, and the store bears them out.

    The document's flags begin as false and nothing sets them: a plan that was only copied has them.
    """
    path = target.require("migration_readiness", "nctool")
    record = json.loads(read_bytes(path, target.recorder))
    minimum = target.require("connection_pool_minimum", "nctool")
    entries = [entry for phase in going_up(store.find(LOG)).values() for entry in phase]
    began = min((entry["startTime"] for entry in entries), default=datetime.now(UTC))
    open_flags = unready(record, began)
    pool = (record["flags"].get("connectionPoolsConfigured") or {}).get("maxPoolSize", 0)
    missing = [
        f"{name}.{index['name']}"
        for name in COLLECTIONS
        for index in dump.indexes(name)
        if index["name"] not in {one["name"] for one in store.indexes(name)}
    ]
    building = index_builds(store.command("currentOp", admin=True))

    evidence.observe(flags_checked=len(FLAGS), connection_pool=pool)
    assert not open_flags, f"not prepared: {'; '.join(open_flags)}"
    assert pool >= minimum, f"expected a pool of at least {minimum} connections, observed {pool}"
    assert not missing, f"indexes that the store had are missing: {', '.join(missing)}"
    assert not building, f"indexes are being built: {', '.join(building)}"
