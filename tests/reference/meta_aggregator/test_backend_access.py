"""Private and privileged operations: who gets in, what stays in the audit log."""

from __future__ import annotations

import sqlite3

import pytest

from tests.reference.meta_aggregator.backend_rig import Backend, Wallet, refused
from tests.reference.meta_aggregator.test_backend_login import login

REVOKE = "/api/admin/sessions/revoke"
AUDIT_LOG = "/api/admin/audit-log"


class Party:
    """A wallet that is logged in."""

    def __init__(self, backend: Backend, wallet: Wallet | None = None) -> None:
        self.wallet = wallet or Wallet()
        self.address = self.wallet.address
        token = login(backend, self.wallet, self.wallet).json()["token"]
        backend.http.cookies.clear()
        self.headers = {"Authorization": f"Bearer {token}"}


@pytest.fixture
def administered(start):
    wallet = Wallet()

    def make(*items, **settings):
        backend = start(*items, admins=frozenset({wallet.address}), **settings)
        return backend, Party(backend, wallet)

    return make


def test_administrators_only_revoke_sessions_and_read_the_audit_log(administered):
    backend, admin = administered()
    user = Party(backend)
    body = {"address": user.address}
    assert refused(backend.http.get(AUDIT_LOG)) == (401, "no_session")
    assert refused(backend.http.get(AUDIT_LOG, headers=user.headers)) == (403, "forbidden")
    assert refused(backend.http.post(REVOKE, json=body)) == (401, "no_session")
    assert refused(backend.http.post(REVOKE, json=body, headers=user.headers))[0] == 403
    assert backend.http.get("/api/auth/session", headers=user.headers).status_code == 200

    revoked = backend.http.post(REVOKE, json=body, headers=admin.headers)

    assert revoked.json() == {"address": user.address, "revoked": 1}
    assert refused(backend.http.get("/api/auth/session", headers=user.headers))[0] == 401
    query = {"subject": user.address, "action": "sessions_revoked", "actor": admin.address}
    found = backend.http.get(AUDIT_LOG, params=query, headers=admin.headers).json()["entries"]
    assert [(entry["actor"], entry["detail"]) for entry in found] == [(admin.address, "1 ended")]


def test_activity_is_shown_to_its_owner(administered):
    backend, admin = administered()
    owner, other = Party(backend), Party(backend)
    path = f"/api/accounts/{owner.address}/activity"
    assert refused(backend.http.get(path)) == (401, "no_session")
    assert refused(backend.http.get(path, headers=other.headers)) == (403, "forbidden")
    for party in (owner, admin):
        entries = backend.http.get(path, headers=party.headers).json()["entries"]
        assert [entry["action"] for entry in entries] == ["login"]


def test_a_session_that_was_opened_too_long_ago_is_over(backend: Backend, start):
    wallet = Wallet()
    for running, status in ((backend, 401), (start("MA-SEC-15"), 200)):
        bearer = {"Authorization": f"Bearer {running.service.sessions.expired(wallet.address)}"}
        assert running.http.get("/api/auth/session", headers=bearer).status_code == status


def test_entries_of_the_audit_log_stay_as_they_are(backend: Backend):
    Party(backend)
    for statement in (
        "UPDATE audit_log SET actor = ''",
        "DELETE FROM audit_log",
        "REPLACE INTO audit_log SELECT id, at, '', action, subject, detail FROM audit_log",
    ):
        with (
            pytest.raises(sqlite3.IntegrityError, match="append-only"),
            backend.service.store.transaction() as book,
        ):
            book.execute(statement)


def test_fault_a_session_suffices(administered):
    backend, _ = administered("MA-SEC-11")
    headers = Party(backend).headers
    assert backend.http.get(AUDIT_LOG, headers=headers).status_code == 200
    assert backend.http.get(AUDIT_LOG).status_code == 401


def test_fault_a_revocation_is_not_logged(administered):
    backend, admin = administered("MA-SEC-12")
    body = {"address": Wallet().address}
    assert backend.http.post(REVOKE, json=body, headers=admin.headers).status_code == 200
    query = {"action": "sessions_revoked"}
    shown = backend.http.get(AUDIT_LOG, params=query, headers=admin.headers).json()
    assert shown == {"entries": []}


def test_development_settings_show_what_is_behind_a_failure(start):
    backend = start(development=True)
    answer = backend.http.get("/api/orders", params={"maker": "'"}, headers={"origin": "null"})
    assert answer.status_code == 500
    assert "SELECT * FROM orders" in answer.text
    assert answer.headers["access-control-allow-origin"] == "null"
    body = {"content": b"{", "headers": {"content-type": "application/json"}}
    assert "Traceback" in backend.http.post("/api/auth/challenge", **body).text
    shown = backend.http.get("/api/debug/settings").text
    assert backend.deployment.operator_key not in shown


def test_the_description_of_the_api_is_served(backend: Backend, start):
    served = backend.http.get("/api/openapi.json").json()
    assert "/api/debug/settings" not in served["paths"]
    assert backend.http.get("/api/debug/settings").status_code == 404
    developed = start(development=True).http.get("/api/openapi.json").json()
    assert set(developed["paths"]) - set(served["paths"]) == {"/api/debug/settings"}
