import time

from fixtures.clients.waiting import during, until


def test_waiting_ends_as_soon_as_the_result_is_true():
    results = iter([0, "", "there", "never asked for"])
    assert until(lambda: next(results), deadline_s=5, every_s=0.001) == "there"


def test_waiting_asks_at_least_once_and_gives_the_last_result():
    asked = []
    assert until(lambda: asked.append(1), deadline_s=0) is None
    assert asked == [1]


def test_waiting_ends_at_its_deadline():
    began = time.monotonic()
    assert until(lambda: False, deadline_s=0.05, every_s=0.01) is False
    assert time.monotonic() - began < 1


def test_watching_covers_the_window_from_start_to_end():
    began = time.monotonic()
    seen = during(0.06, lambda: time.monotonic() - began, every_s=0.02)
    assert seen[0] < 0.02
    assert seen[-1] >= 0.06
    assert 2 <= len(seen) <= 6


def test_watching_for_no_time_looks_once():
    assert during(0, lambda: "seen") == ["seen"]
