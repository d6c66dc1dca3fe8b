from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest
from pymongo import MongoClient

from fixtures.reference.mongodb.health import Health, HealthFile, Secondary
from fixtures.reference.mongodb.server import MongoServer
from fixtures.reference.mongodb.service import Service


def test_sizes_are_those_of_the_documents_and_the_volume(database):
    database.tokens.insert_many([{"_id": n, "a": "x" * 100} for n in range(10)])
    stats = database.command("dbStats")
    assert (stats["objects"], stats["collections"]) == (10, 1)
    assert stats["dataSize"] == 10 * 122
    volume = shutil.disk_usage("/tmp")
    assert stats["fsTotalSize"] == volume.total
    assert stats["fsUsedSize"] == pytest.approx(volume.used, rel=0.2)
    assert "freeStorageSize" not in stats
    assert database.command("dbStats", freeStorage=1)["freeStorageSize"] == 0


def test_the_replica_set_has_one_member(client):
    status = client.admin.command("replSetGetStatus")
    assert [member["stateStr"] for member in status["members"]] == ["PRIMARY"]
    assert client.primary is not None


def test_members_and_a_full_volume_can_be_reported():
    health = Health(disk=(100, 95), secondaries=[Secondary("b:1", lag_s=30)])
    with MongoServer(Service(health)) as server, MongoClient(server.url) as client:
        first, second = client.admin.command("replSetGetStatus")["members"]
        stats = client.nctool.command("dbStats")
    assert first["optimeDate"] - second["optimeDate"] == timedelta(seconds=30)
    assert (stats["fsTotalSize"], stats["fsUsedSize"]) == (100, 95)


def test_figures_are_read_from_a_file_whenever_they_are_asked_for(tmp_path):
    health = HealthFile(path=tmp_path / "health.json")
    assert health.members() == []
    assert health.disk_usage()[0] == shutil.disk_usage("/tmp").total
    health.path.write_text(
        json.dumps({"disk": [10, 9], "secondaries": [{"name": "b:1", "lag_s": 7}]})
    )
    assert (health.disk_usage(), health.members()) == ((10, 9), [Secondary("b:1", 7)])


def test_the_server_says_that_it_keeps_nothing(client):
    status = client.admin.command("serverStatus")
    assert status["storageEngine"] == {"name": "memory", "persistent": False}
    assert status["connections"]["current"] >= 1
