import httpx
import pytest

from fixtures.reference import alerting
from fixtures.reference.serving import Servers

PATH = "/api/v2/alerts"


@pytest.fixture
def http(monkeypatch):
    monkeypatch.setattr(alerting, "CAPACITY", 3)
    with Servers("alerts") as servers:
        port = servers.serve(alerting.make_app({"Known": "operations"}))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client


def sent(http, name, **labels):
    return http.post(PATH, json=[{"labels": {"alertname": name, **labels}}])


def test_an_alert_is_listed_with_whom_it_is_routed_to(http):
    assert sent(http, "Known").status_code == 200
    sent(http, "Unknown")
    receivers = {one["labels"]["alertname"]: one["receivers"] for one in http.get(PATH).json()}
    assert receivers == {"Known": [{"name": "operations"}], "Unknown": [{"name": "null"}]}


def test_the_same_labels_are_the_same_alert(http):
    sent(http, "Known", feature="a")
    first = http.get(PATH).json()[0]["startsAt"]
    sent(http, "Known", feature="a")
    sent(http, "Known", feature="b")
    assert [one["startsAt"] for one in http.get(PATH).json()].count(first) >= 1
    assert len(http.get(PATH).json()) == 2


def test_old_alerts_make_room(http):
    for number in range(5):
        sent(http, "Known", number=str(number))
    assert [one["labels"]["number"] for one in http.get(PATH).json()] == ["2", "3", "4"]


@pytest.mark.parametrize("body", [b"", b'{"a": 1}', b"[1]", b'[{"no": "labels"}]'], ids=repr)
def test_what_is_no_list_of_alerts_is_refused(http, body):
    assert http.post(PATH, content=body).status_code == 400
    assert http.get(PATH).json() == []


def test_a_body_without_end_is_not_read(http):
    assert http.post(PATH, content=b"[" + b" " * alerting.BODY_BYTES + b"]").status_code == 413
