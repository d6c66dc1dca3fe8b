"""A Dask cluster of this process, reached over TCP as any other."""

import tempfile
from contextlib import contextmanager

import pytest


@contextmanager
def local_cluster():
    """Gives its address as an executor's name."""
    dask, distributed = pytest.importorskip("dask"), pytest.importorskip("distributed")
    with (
        tempfile.TemporaryDirectory() as folder,
        dask.config.set({"temporary-directory": folder}),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0",
            host="127.0.0.1", protocol="tcp", silence_logs=50,
        ) as cluster,
    ):  # fmt: skip
        yield f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
