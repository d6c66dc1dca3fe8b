import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fixtures.clients.operations import Command, Operations
from fixtures.clients.outcomes import NotVerified
from fixtures.clients.recording import NullRecorder
from fixtures.clients.turns import Turns
from fixtures.clients.waiting import until

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from fixtures.clients.turns import Turns
with Turns(Path(sys.argv[1])).take(sys.argv[2], 5):
    print("taken", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def another(turns):
    """Lets another process hold a turn until its input is closed; returns the process."""
    started = []

    def hold(name):
        argv = [sys.executable, "-c", HOLDER, str(turns.folder), name]
        pipe = subprocess.PIPE
        process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, cwd=ROOT)
        started.append(process)
        assert process.stdout.readline() == b"taken\n"
        return process

    yield hold
    for process in started:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


@pytest.fixture
def turns(tmp_path):
    return Turns(tmp_path / "turns")


def test_a_turn_excludes_another_process_until_it_is_given_back(turns, another):
    process = another("key")
    with pytest.raises(NotVerified, match=rf"at key within 0\.05 s; held by .*\b{process.pid}\b"):
        turns.take("key", 0.05).__enter__()
    process.stdin.close()
    with turns.take("key", 20):
        pass


def test_a_turn_comes_back_when_its_holder_is_killed(turns, another):
    process = another("key")
    process.kill()
    with turns.take("key", 20):
        pass


def test_turns_of_different_names_do_not_wait_for_each_other(turns, another):
    another("key/of ../staging 1")
    with turns.take("key/of ../staging 2", 0), turns.take("..", 0):
        pass
    assert {path.parent for path in turns.folder.iterdir()} == {turns.folder}


def test_the_first_free_turn_of_several_is_taken_and_named(turns, another):
    another("one")
    with turns.take_any(["one", "two", "three"], 5) as name:
        assert name == "two"
        with turns.take_any(["one", "two", "three"], 5) as next_name:
            assert next_name == "three"
            with pytest.raises(NotVerified, match="at one or two or three within 0"):
                turns.take_any(["one", "two", "three"], 0).__enter__()
    with turns.take("two", 0):
        pass


def test_without_names_there_is_no_turn(turns):
    with pytest.raises(NotVerified, match="no turn at nothing at all"):
        turns.take_any([], 5).__enter__()


def test_a_turn_is_given_back_by_an_error(turns):
    with pytest.raises(ZeroDivisionError), turns.take("key", 0):
        raise ZeroDivisionError
    with turns.take("key", 0):
        pass


def test_threads_of_one_process_take_turns_too(turns):
    inside, most = [], []

    def work():
        with turns.take("key", 20):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.001)  # gives the others a chance to break in
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert most == [1] * 5


MARKED = (
    "import os, sys, pathlib, time\n"
    "mark = pathlib.Path(sys.argv[1]); mark.mkdir()\n"  # fails where another run is inside
    "time.sleep(0.05); mark.rmdir()"
)


@pytest.mark.parametrize("turn_taking", [True, False], ids=["writing", "reading"])
def test_a_command_waits_for_its_turn_only_where_it_may_change_something(
    turns, tmp_path, another, turn_taking
):
    recorder = NullRecorder()
    recorder.grant({"read", "write"} if turn_taking else {"read"})
    command = Command(["{python}", "-c", MARKED, str(tmp_path / "inside")], timeout_s=10)
    jobs = Operations({"job": command}, recorder, turns=turns)
    holder = another("command-job")
    results = []
    thread = threading.Thread(target=lambda: results.append(jobs.run("job")))
    thread.start()
    if turn_taking:
        thread.join(0.3)
        assert results == [], "it ran during another worker's turn"
        holder.stdin.close()
    thread.join(20)
    assert [done.ok for done in results] == [True]


def test_waiting_for_a_turn_costs_a_command_nothing_of_its_deadline(turns, another):
    recorder = NullRecorder()
    jobs = Operations(
        {"job": Command(["{python}", "-c", ""], timeout_s=1.5)}, recorder, turns=turns
    )
    holder = another("command-job")
    started = time.monotonic()
    threading.Timer(1.6, holder.stdin.close).start()
    done = jobs.run("job")
    assert time.monotonic() - started > 1.5
    assert done.ok, done.explain()
    assert done.duration_s < 1.5


def test_the_holder_of_a_turn_is_written_down(turns):
    with turns.take("key", 0):
        (path,) = turns.folder.iterdir()
        assert until(lambda: str(os.getpid()) in path.read_text(), 1)
