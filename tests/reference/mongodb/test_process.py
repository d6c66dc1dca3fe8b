from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from fixtures.reference.announcing import ROOT
from fixtures.reference.mongodb.process import start_store

WRITER = """
import sys
from pymongo import MongoClient
with MongoClient(sys.argv[1]) as client:
    for _ in range(50):
        client.shared.counter.update_one({"_id": 1}, {"$inc": {"n": 1}}, upsert=True)
"""


@pytest.fixture(scope="module")
def store():
    with start_store() as running:
        yield running


def test_two_processes_see_each_others_writes(store):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, store.url]) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with MongoClient(store.url) as client:
        assert client.shared.counter.find_one() == {"_id": 1, "n": 100}


def test_a_client_that_is_killed_with_an_open_cursor_harms_nobody(store):
    reader = (
        "import sys; from pymongo import MongoClient; c = MongoClient(sys.argv[1]);"
        "k = c.killed.t.find(batch_size=1); next(k); print('open', flush=True); sys.stdin.read()"
    )
    with MongoClient(store.url) as client:
        client.killed.t.insert_many([{"_id": n} for n in range(10)])
        with subprocess.Popen(
            [sys.executable, "-c", reader, store.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout.readline() == b"open\n"
            process.kill()
        assert client.killed.t.count_documents({}) == 10


def test_a_store_that_is_killed_is_an_error_for_its_client():
    with (
        start_store() as running,
        MongoClient(running.url, serverSelectionTimeoutMS=300) as client,
    ):
        client.t.t.insert_many([{"_id": n} for n in range(10)])
        cursor = client.t.t.find(batch_size=2)
        next(cursor)
        running.kill()
        with pytest.raises(PyMongoError):
            list(cursor)


def test_it_ends_with_its_parent():
    starter = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from fixtures.reference.mongodb.process import start_store;"
        "s = start_store(); s.url; print(s.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(ROOT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        pid = int(parent.stdout.readline())
        watched = os.pidfd_open(pid)
        parent.kill()
    assert select.select([watched], [], [], 15)[0]
    os.close(watched)


def test_it_announces_itself_in_a_file_and_ends_on_a_signal(tmp_path):
    announced, health = tmp_path / "store.json", tmp_path / "health.json"
    health.write_text(json.dumps({"disk": [10, 9]}))
    command = [sys.executable, "-m", "fixtures.reference.mongodb", "--announce", str(announced)]
    with subprocess.Popen(
        [*command, "--health", str(health)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert json.loads(process.stdout.readline()) == json.loads(announced.read_text())
        with MongoClient(json.loads(announced.read_text())["url"]) as client:
            assert client.x.command("dbStats")["fsUsedSize"] == 9
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
