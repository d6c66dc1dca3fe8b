"""Every task is worked on once, wherever; only a few are under way; errors come back."""

import os
import warnings
from dataclasses import dataclass

import pytest

from fixtures.workers.executors import Dask, ExecutorError, Here, Processes, executor
from tests.workers.cluster import local_cluster


@dataclass(frozen=True)
class Number:
    value: int
    here: bool = True

    def carried(self):
        return Number(self.value, here=False)


def squared(task):
    return task.value**2, task.here


def failing(task):
    if task.value == 3:
        raise LookupError("three")
    return task.value


def dying(task):
    if task.value == 3:
        os._exit(9)
    return task.value


def tasks(number=20):
    return [Number(value) for value in range(number)]


@pytest.mark.parametrize("where", [Here(), Processes(2)], ids=["here", "processes"])
def test_every_task_is_worked_on_once(where):
    assert sorted(where.run(squared, tasks())) == [(n * n, True) for n in range(20)]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_tasks_carry_their_data_to_a_cluster():
    with local_cluster() as name:
        found = sorted(executor(name).run(squared, tasks()))

    assert found == [(n * n, False) for n in range(20)]


@pytest.mark.parametrize("ahead", [1, 2])
def test_only_a_few_tasks_are_under_way(ahead):
    taken = []

    def counted():
        for task in tasks():
            taken.append(task)
            yield task

    results = Processes(2).run(squared, counted(), ahead)
    for number, _ in enumerate(results, 1):
        assert len(taken) <= number + 4 * ahead  # as many again may have come back at once

    assert len(taken) == 20


@pytest.mark.parametrize("where", [Here(), Processes(2)], ids=["here", "processes"])
def test_what_a_task_raises_is_raised(where):
    with pytest.raises(LookupError, match="three"):
        list(where.run(failing, tasks()))


def test_a_process_that_is_lost_is_told():
    with pytest.raises(ExecutorError, match="ended from outside"):
        list(Processes(2).run(dying, tasks()))


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


def test_a_scheduler_that_is_not_there_is_told():
    pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ExecutorError, match=r"No Dask scheduler answers"):
            list(Dask("tcp://127.0.0.1:9", timeout_s=0.5).run(squared, tasks()))
