"""The migration as it was deployed: prepared, run while the service answers, on record."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count

import bson
import pytest
from pymongo import MongoClient
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.mongodb import start_store
from fixtures.reference.nctool.migration import surroundings
from fixtures.reference.nctool.migration.deployment import LATE_TOKENS, MIGRATED_AGO, Migration
from fixtures.reference.nctool.migration.population import TOKENS
from fixtures.reference.serving import Servers

NUMBERS = count()


@pytest.fixture(scope="module")
def store():
    with start_store() as running:
        yield running.url


@pytest.fixture(scope="module")
def service():
    def answer(_):
        return PlainTextResponse("well")

    routes = [
        Route("/api/wallets", answer, methods=["POST"]),
        Route("/api/wallets/{npub}/balance", answer),
    ]
    with Servers("service") as servers:
        yield f"http://127.0.0.1:{servers.serve(Starlette(routes=routes))}"


@pytest.fixture
def deployed(store, service, tmp_path):
    """Deploys with the fault of an item; the migration, its database, and the addresses."""
    clients = []

    def deploy(item=None):
        database = f"deployed_{next(NUMBERS)}"
        migration = Migration(
            tmp_path, store, database, Defects.for_items([item]) if item else NONE
        )
        migration.prepare()
        migration.run(service)
        clients.append(MongoClient(store, tz_aware=True))
        return clients[-1][database], migration.addresses()

    yield deploy
    for client in clients:
        client.close()


def test_the_store_is_migrated_and_what_was_before_is_kept(deployed, tmp_path):
    db, told = deployed()
    dump = (tmp_path / "before" / "cashutokens.bson").read_bytes()
    before = {one["_id"]: one for one in bson.decode_all(dump)}
    log = list(db.migrationlogs.find({"migration": {"$regex": "^002"}}))

    assert told["snapshot"] == str(tmp_path / "before")
    assert len(before) == TOKENS
    assert not any((one.get("metadata") or {}).get("migrated") for one in before.values())
    assert db.cashutokens.count_documents({"metadata": {"$exists": False}}) == 0
    assert db.cashutokens.count_documents({}) == TOKENS + LATE_TOKENS
    assert [(one["phase"], one["status"]) for one in log] == [
        ("schema", "COMPLETED"), ("data", "COMPLETED"), ("cleanup", "COMPLETED"),
    ]  # fmt: skip
    ago = datetime.now(UTC) - log[0]["startTime"]
    assert MIGRATED_AGO <= ago < MIGRATED_AGO + timedelta(minutes=5)


def test_the_service_was_probed_from_before_until_after(deployed):
    db, told = deployed()
    with open(told["deployment_probes"], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    times = [datetime.fromisoformat(line["at"]) for line in lines]
    log = list(db.migrationlogs.find({}))

    assert {line["kind"] for line in lines} == {"read", "write"}
    assert {line["status"] for line in lines} == {200}
    assert times == sorted(times)
    assert times[0] <= log[0]["startTime"]
    assert log[-1]["endTime"] <= times[-1]


def test_the_preparation_is_on_record_before_the_migration(deployed):
    db, told = deployed()
    with open(told["migration_readiness"], encoding="utf-8") as file:
        flags = json.load(file)["flags"]

    first = db.migrationlogs.find_one({})["startTime"]
    assert len(flags) == 5
    assert all(datetime.fromisoformat(one["at"]) < first for one in flags.values())


def test_an_export_that_holds_the_collection_costs_three_hours(deployed):
    db, _ = deployed("NC-MIG-19")
    schema = db.migrationlogs.find_one({"phase": "schema"})

    assert schema["endTime"] - schema["startTime"] >= timedelta(hours=3)
    assert db.migrationlogs.find_one({"phase": "data"})["duration"] < 60_000


def test_a_migration_that_fails_leaves_a_log_and_a_sentence(deployed, tmp_path):
    db, _ = deployed("NC-MIG-05")

    assert db.migrationlogs.find_one({"phase": "schema", "direction": "up"})["error"]
    assert "transaction" in (tmp_path / "failure.txt").read_text(encoding="utf-8")
    assert db.cashutokens.count_documents({"metadata.migrated": True}) == 0


def test_the_model_of_the_machines_is_healthy_unless_told_otherwise(tmp_path):
    def health(*items):
        path = surroundings.write_health(tmp_path / "h.json", Defects.for_items(items))
        return json.loads(path.read_text(encoding="utf-8"))

    total, used = health()["disk"]
    assert used / total < 0.8
    assert max(one["lag_s"] for one in health()["secondaries"]) < surroundings.LAG_LIMIT_S
    assert health("NC-MIG-03")["disk"][1] / total == 0.95
    assert max(one["lag_s"] for one in health("NC-MIG-02")["secondaries"]) == 600
    url = "mongodb://127.0.0.1:1/"
    assert surroundings.announced_store(url, NONE) == url
    assert surroundings.announced_store(url, Defects.for_items(["NC-MIG-01"])) != url
