"""The same sums, wherever they are made."""

import pytest

from fixtures.clients.token_stores.bson_dump import BsonDump
from fixtures.compare_stores.taking import Task, take
from fixtures.workers.executors import Here, Processes, executor
from tests.probes.migration.stores import KEY, LAYOUT, alike, encoded, store
from tests.workers.cluster import local_cluster


@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "tokens.bson"
    path.write_bytes(b"".join(encoded(store(500))))
    return BsonDump(path, partition_bytes=20_000)


def summed(dump, where):
    return take(dump, LAYOUT, KEY, where, lambda *_: None)[0]


def test_processes_sum_up_what_one_process_sums_up(dump):
    expected, found = summed(dump, Here()), summed(dump, Processes(2))

    assert alike(found, expected)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_cluster_sums_up_what_one_process_sums_up(dump):
    expected = summed(dump, None)

    with local_cluster() as name:
        found = summed(dump, executor(name))

    assert alike(found, expected)


def test_a_task_that_travels_has_its_documents_and_no_source(dump):
    task = Task(dump.name, next(dump.partitions()), LAYOUT, KEY, dump).carried()

    assert task.source is None
    assert sum(map(len, task.documents)) > 10
    assert KEY.decode() not in repr(task)
