import warnings

import pytest

from fixtures.audit_orders.executors import Dask, ExecutorError, Here, Processes, executor
from fixtures.clients.order_sources.model import SourceError


def test_processes_find_what_one_process_finds(audited, store):
    _, expected = audited(store)

    summary, findings = audited(store, Processes(2))

    assert findings == expected
    assert summary.executor == "2 processes"


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_cluster_finds_what_one_process_finds(audited, lines):
    distributed = pytest.importorskip("distributed")
    _, expected = audited(lines)

    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0",
        host="127.0.0.1", protocol="tcp", silence_logs=50,
    ) as cluster:  # fmt: skip
        address = cluster.scheduler_address.removeprefix("tcp://")
        summary, findings = audited(lines, executor(f"dask://{address}"))

    assert findings == expected
    assert summary.executor == f"Dask at tcp://{address}"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("local:1", Here), ("local:3", Processes), ("dask://host:1", Dask)],
)
def test_an_executor_is_known_by_its_name(name, kind):
    assert isinstance(executor(name), kind)


@pytest.mark.parametrize("name", ["", "local:0", "local:x", "threads", "dask:host"])
def test_another_name_is_refused(name):
    with pytest.raises(ExecutorError, match="is no executor"):
        executor(name)


def test_a_scheduler_that_is_not_there_is_told(audited, store):
    pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ExecutorError, match=r"No Dask scheduler answers"):
            audited(store, Dask("tcp://127.0.0.1:9", timeout_s=0.5))


def test_a_book_that_breaks_while_it_is_read_is_told_by_processes_too(audited, store, tmp_path):
    damaged = tmp_path / "damaged.sqlite"
    raw = bytearray(store.read_bytes())
    page = int.from_bytes(raw[16:18])
    for at in range(page * 40, len(raw) - page, page * 3):
        raw[at : at + page] = b"\xff" * page
    damaged.write_bytes(raw)

    with pytest.raises(SourceError, match="cannot be read"):
        audited(damaged, Processes(2))
