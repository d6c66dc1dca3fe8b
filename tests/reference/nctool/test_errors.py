from __future__ import annotations

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from fixtures.reference.mongodb import start_store
from fixtures.reference.nctool.service import alerts
from fixtures.reference.nctool.service.errors import (
    InvoiceExpired,
    MintUnreachable,
    NotFound,
    ServiceError,
    StoreInconsistent,
)
from fixtures.reference.nctool.service.flag_rules import ERROR_HANDLING
from tests.reference.nctool.flags_rig import rig

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def store():
    with start_store() as running:
        yield running.url


@pytest.fixture(scope="module")
def shared(store):
    with rig(store, "errors") as made:
        yield made


@pytest.fixture
def process(shared):
    return shared.reset()


def fails_with(process, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(process.context.flags, "evaluate", fail)


@pytest.mark.parametrize(
    ("error", "severity", "alerted"),
    [
        pytest.param(NotFound("x"), "LOW", False, id="low"),
        pytest.param(InvoiceExpired("x"), "MEDIUM", False, id="medium"),
        pytest.param(MintUnreachable("x"), "HIGH", True, id="high"),
        pytest.param(StoreInconsistent("x"), "CRITICAL", True, id="critical"),
        pytest.param(ServerSelectionTimeoutError("x"), "CRITICAL", True, id="store"),
        pytest.param(RuntimeError("x"), "HIGH", True, id="unforeseen"),
    ],
)
def test_an_error_is_told_with_its_class_and_alerts_from_high_upward(
    process, monkeypatch, error, severity, alerted
):
    monkeypatch.setattr(process.context.flags, "is_enabled", lambda *_: True)
    fails_with(process, monkeypatch, error)
    reply = process.http.get(f"/api/flags/{ERROR_HANDLING}/evaluate")
    said = reply.json()["error"]
    assert said["severity"] == severity
    assert reply.status_code == getattr(error, "status", reply.status_code) >= 400
    references = [one["labels"]["reference"] for one in process.alerts()]
    assert (said["reference"] in references) == alerted


def test_without_the_feature_an_error_says_code_and_message_only(process, monkeypatch):
    process.put(ERROR_HANDLING, 0)
    monkeypatch.setattr(process.context.flags, "is_enabled", lambda *_: False)
    fails_with(process, monkeypatch, NotFound("there is none"))
    reply = process.http.get("/api/flags/anything/evaluate")
    assert reply.json() == {"error": {"code": "not_found", "message": "there is none"}}


def test_the_text_of_what_nobody_foresaw_stays_inside(process, monkeypatch):
    fails_with(process, monkeypatch, RuntimeError("password=hunter2"))
    assert "hunter2" not in process.http.get("/api/flags/anything/evaluate").text


def test_an_alert_that_is_not_delivered_is_seen_and_fails_nothing(store, monkeypatch):
    monkeypatch.setattr(alerts, "PAUSE_S", 0.0)
    with rig(store, "alerts_lost", alert_url=NOWHERE) as process:
        reply = process.admin.post(
            f"/api/admin/flags/{ERROR_HANDLING}/emergency-disable", json={"reason": "test"}
        )
        assert reply.json()["alerted"] is False
        assert not process.context.flags.is_enabled(ERROR_HANDLING)
        assert process.context.alerts.failed == 1
        assert "FEATURE_EMERGENCY_DISABLED" in process.context.alerts.last_failure


def test_every_class_of_error_has_a_code_of_its_own():
    codes = [each.code for each in ServiceError.__subclasses__()]
    assert len(codes) == len(set(codes))
