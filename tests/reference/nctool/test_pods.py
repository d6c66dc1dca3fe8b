import socket

import pytest

from fixtures.reference.nctool.pods import PodError, Pods
from fixtures.reference.nctool.service.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(
        instance="test",
        pod="",
        port=0,
        store_url="mongodb://127.0.0.1:1",
        database="test",
        version="2.0.0",
        commit="0" * 40,
        admin_key="planted-secret",
        log_path=str(tmp_path / "pod.log"),
    )


@pytest.fixture
def pods():
    made = Pods()
    yield made
    made.close()


def answers(pod):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", pod.settings.port)) == 0


def test_a_pod_serves_and_a_killed_one_does_not(pods, settings):
    pod = pods.start("one", settings)
    pod.wait_until_up()
    assert pod.alive()
    assert answers(pod)

    pod.kill()

    assert (pod.alive(), pod.ended) == (False, -9)
    assert not answers(pod)
    assert "one 2.0.0 starts" in pod.log_path.read_text()


def test_a_pod_that_is_started_again_keeps_its_address(pods, settings):
    first = pods.start("one", settings)
    first.wait_until_up()
    first.stop()
    again = pods.start("one", first.settings)
    again.wait_until_up()

    assert again.url == first.url
    assert again.pid != first.pid


def test_a_pod_that_cannot_serve_is_an_error_with_the_end_of_its_log(pods, settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        pod = pods.start("one", Settings(**{**settings.as_json(), "port": port}))
        with pytest.raises(PodError, match="address already in use"):
            pod.wait_until_up()


def test_all_pods_end_with_what_started_them(settings):
    pods = Pods()
    started = [pods.start(name, settings) for name in ("one", "two")]
    for pod in started:
        pod.wait_until_up()

    pods.close()

    assert not any(pod.alive() or answers(pod) for pod in started)
