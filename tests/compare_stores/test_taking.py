"""Summing up goes on where it was ended, and ends with the same result."""

import pytest

from fixtures.clients.token_stores.bson_dump import BsonDump
from fixtures.clients.token_stores.model import SourceError
from fixtures.compare_stores import taking
from tests.probes.migration.stores import KEY, LAYOUT, alike, encoded, store, token


class Ended:
    """Ends after some tasks, as a killed process would."""

    def __init__(self, after):
        self.after = after

    def run(self, work, tasks, **_):
        for number, task in enumerate(tasks):
            if number == self.after:
                raise KeyboardInterrupt
            yield work(task)


class Counting:
    def __init__(self):
        self.numbers = []

    def run(self, work, tasks, **_):
        for task in tasks:
            self.numbers.append(task.partition.number)
            yield work(task)


@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "tokens.bson"
    path.write_bytes(b"".join(encoded(store(500))))
    return BsonDump(path, partition_bytes=20_000)


def unheard(done, total):
    assert done <= total


@pytest.mark.parametrize("after", [0, 1, 4])
def test_it_goes_on_and_ends_with_the_same_result(dump, tmp_path, after, monkeypatch):
    monkeypatch.setattr(taking, "_KEEP_EVERY_S", 0)
    state = tmp_path / "state"
    with pytest.raises(KeyboardInterrupt):
        taking.take(dump, LAYOUT, KEY, Ended(after), unheard, state)
    runner = Counting()

    again, manifest = taking.take(dump, LAYOUT, KEY, runner, unheard, state)

    whole, _ = taking.take(dump, LAYOUT, KEY, None, unheard)
    assert again.documents == 500
    assert alike(again, whole)
    everything = [partition.number for partition in dump.partitions()]
    assert runner.numbers == everything[after:]
    assert manifest["done"] == everything


def test_it_does_not_go_on_with_another_content(dump, tmp_path, monkeypatch):
    monkeypatch.setattr(taking, "_KEEP_EVERY_S", 0)
    state = tmp_path / "state"
    with pytest.raises(KeyboardInterrupt):
        taking.take(dump, LAYOUT, KEY, Ended(2), unheard, state)
    dump.path.write_bytes(b"".join(encoded(store(499))))

    with pytest.raises(SourceError, match="another content"):
        taking.take(dump, LAYOUT, KEY, None, unheard, state)


def test_a_store_that_changes_under_the_reading_is_not_summed_up(dump):
    class Changing:
        def run(self, work, tasks, **_):
            yield from map(work, tasks)
            dump.path.write_bytes(b"".join(encoded([token(1)])))

    with pytest.raises(SourceError, match="changed while it was read"):
        taking.take(dump, LAYOUT, KEY, Changing(), unheard)
