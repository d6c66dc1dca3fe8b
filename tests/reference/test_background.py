from __future__ import annotations

import threading

import pytest

from fixtures.reference.background import BackgroundJob


class Work:
    """Counts how often it was done; fails the first `failures` times."""

    def __init__(self, failures: int = 0) -> None:
        self.times = 0
        self._failures = failures
        self._done = threading.Semaphore(0)

    def __call__(self) -> None:
        self.times += 1
        self._done.release()
        if self.times <= self._failures:
            raise OSError("the disk is full")

    def wait_until_done(self, times: int) -> None:
        for _ in range(times):
            assert self._done.acquire(timeout=10)


def test_the_work_is_repeated_until_the_job_is_stopped():
    work = Work()
    job = BackgroundJob("job", work, every_s=0.001)
    job.start()
    work.wait_until_done(3)
    job.stop()
    done = work.times
    assert job.stopping
    assert not [thread for thread in threading.enumerate() if thread.name == "job"]
    assert work.times == done


def test_a_job_that_is_woken_does_not_wait_for_its_time():
    work = Work()
    job = BackgroundJob("job", work, every_s=3600)
    job.start()
    job.wake()
    work.wait_until_done(1)
    job.stop()
    assert work.times == 1


def test_a_listed_exception_is_logged_and_survived(caplog: pytest.LogCaptureFixture):
    work = Work(failures=1)
    job = BackgroundJob("job", work, every_s=0.001, survives=(OSError,))
    job.start()
    work.wait_until_done(2)
    job.stop()
    assert caplog.messages == ["job: the disk is full"]


def test_stopping_a_job_that_never_started_is_harmless():
    BackgroundJob("job", Work(), every_s=1).stop()
