import threading

import pytest

from fixtures.clients.sampling import sampled


def test_observations_come_in_order():
    numbers = iter(range(5))
    assert sampled(lambda: next(numbers), 5) == [0, 1, 2, 3, 4]


def test_observations_may_run_at_the_same_time():
    both = threading.Barrier(2, timeout=5)
    assert sorted(sampled(both.wait, 2, at_once=2)) == [0, 1]


@pytest.mark.parametrize("at_once", [1, 3])
def test_an_observation_that_breaks_ends_the_sample(at_once):
    seen = []

    def observe():
        seen.append(1)
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        sampled(observe, 1000, at_once)
    assert len(seen) < 1000
