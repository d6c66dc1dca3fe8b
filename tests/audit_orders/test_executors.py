import pytest

from fixtures.clients.order_sources.model import SourceError
from fixtures.workers.executors import Processes, executor
from tests.workers.cluster import local_cluster


def test_processes_find_what_one_process_finds(audited, store):
    _, expected = audited(store)

    summary, findings = audited(store, Processes(2))

    assert findings == expected
    assert summary.executor == "2 processes"


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_cluster_finds_what_one_process_finds(audited, lines):
    _, expected = audited(lines)

    with local_cluster() as name:
        summary, findings = audited(lines, executor(name))

    assert findings == expected
    assert summary.executor == f"Dask at {name.replace('dask', 'tcp')}"


def test_a_book_that_breaks_while_it_is_read_is_told_by_processes_too(audited, store, tmp_path):
    damaged = tmp_path / "damaged.sqlite"
    raw = bytearray(store.read_bytes())
    page = int.from_bytes(raw[16:18])
    for at in range(page * 40, len(raw) - page, page * 3):
        raw[at : at + page] = b"\xff" * page
    damaged.write_bytes(raw)

    with pytest.raises(SourceError, match="cannot be read"):
        audited(damaged, Processes(2))
