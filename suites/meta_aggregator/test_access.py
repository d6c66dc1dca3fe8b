"""Who gets in: sessions, roles, other people's data, and the trail that administration leaves."""

import time

import pytest

from contracts import openapi
from fixtures.clients.callers import COOKIE, bad_credentials, bearer
from fixtures.clients.meta_aggregator import error_code
from fixtures.clients.store_copy import StoreCopy
from fixtures.clients.wallets import Wallet
from fixtures.probes.operations import operations
from fixtures.probes.service_report import utc_time

OPERATIONS = operations(openapi.load("meta_aggregator"))
PRIVATE = [operation for operation in OPERATIONS if operation.private]
PRIVILEGED = [operation for operation in OPERATIONS if operation.privileged]
PERSONAL = [
    operation
    for operation in PRIVATE
    if not operation.privileged and any(place.keys == ("account",) for place in operation.places)
]
CLOCK_S = 60  # by how much the target's clock may differ from ours
REVOKE, REVOKED = "/api/admin/sessions/revoke", "sessions_revoked"
AUDIT_LOG = "/api/admin/audit-log"
TAMPERING = {
    "changing it": "UPDATE audit_log SET actor = '0x0' WHERE subject = ?",
    "deleting it": "DELETE FROM audit_log WHERE subject = ?",
    "replacing it": "REPLACE INTO audit_log SELECT id, at, '0x0', action, subject, detail "
    "FROM audit_log WHERE subject = ?",
}


@pytest.mark.item("MA-SEC-15")
@pytest.mark.writes
@pytest.mark.parametrize("operation", PRIVATE, ids=str)
def test_a_private_operation_is_closed_to_everything_but_a_session(
    operation, api, callers, evidence
):
    """Without, with forged and with ended credentials a private operation answers 401.

    Whoever gets in without a session acts in the name of others.
    """
    ended, session = callers.login(operation.roles), callers.login(operation.roles)
    over = api.logout(ended.token)
    assert over.status == 200, over.explain("the end of a session")
    asked = operation.with_sound(account=session.address)
    attempts = bad_credentials(session.token) | {"a session that was ended": bearer(ended.token)}
    replies = {name: _call(api, asked, headers) for name, headers in attempts.items()}
    honest = _call(api, asked, bearer(session.token))
    refused = {name: reply.status for name, reply in replies.items()}
    evidence.observe(
        credentials_refused=sum(one == 401 for one in refused.values()), **_as(refused)
    )
    assert honest.status == 200, honest.explain("status 200 with a valid session")
    for name, reply in replies.items():
        assert reply.status == 401, reply.explain(f"status 401 with {name}")
        assert error_code(reply), reply.explain(f"the documented refusal of {name}")


@pytest.mark.item("MA-SEC-15")
@pytest.mark.writes
@pytest.mark.parametrize("operation", PRIVATE, ids=str)
def test_a_session_that_expired_opens_nothing(operation, api, callers, target, evidence):
    """A token that was valid once is refused after its time, as a header and as a cookie.

    Tokens leak through logs and lost devices; that they end is what limits the damage.
    """
    token = target.require("expired_token")
    session = callers.login(operation.roles)
    asked = operation.with_sound(account=session.address)
    replies = [
        _call(api, asked, headers) for headers in (bearer(token), {"Cookie": f"{COOKIE}={token}"})
    ]
    honest = _call(api, asked, bearer(session.token))
    evidence.observe(expired_refused=sum(reply.status == 401 for reply in replies))
    assert honest.status == 200, honest.explain("status 200 with a valid session")
    for reply in replies:
        assert reply.status == 401, reply.explain("status 401 with an expired token")


@pytest.mark.item("MA-SEC-11")
@pytest.mark.writes
@pytest.mark.parametrize("operation", PRIVILEGED, ids=str)
def test_a_privileged_operation_is_for_administrators_only(operation, api, callers, evidence):
    """A privileged operation asks a stranger to log in, forbids users, and serves administrators.

    A role that only the page knows of stops nobody who can write a request.
    """
    user, administrator = callers.login(), callers.login(operation.roles)
    stranger = _call(api, operation, {})
    as_user = _call(api, operation, bearer(user.token))
    as_administrator = _call(api, operation, bearer(administrator.token))
    evidence.observe(
        privileged_operations=1, without=stranger.status, user=as_user.status,
        administrator=as_administrator.status,
    )  # fmt: skip
    assert as_administrator.status == 200, as_administrator.explain("200 for an administrator")
    assert stranger.status == 401, stranger.explain("401 without a session")
    assert as_user.status == 403, as_user.explain("403 for a user without the role")


@pytest.mark.item("MA-SEC-11")
@pytest.mark.writes
@pytest.mark.parametrize("operation", PERSONAL, ids=str)
def test_a_user_cannot_read_what_belongs_to_another(operation, api, callers, evidence):
    """A user's private data is shown to that user, and forbidden to the next.

    The session is valid in both cases: only a look at whose data it is tells them apart.
    """
    owner, other = callers.login(), callers.login()
    asked = operation.with_sound(account=owner.address)
    own, foreign = (_call(api, asked, bearer(one.token)) for one in (owner, other))
    evidence.observe(personal_operations=1, owner=own.status, other=foreign.status)
    assert own.status == 200, own.explain("status 200 for the owner")
    assert foreign.status == 403, foreign.explain(f"403: {other.address} is not {owner.address}")


@pytest.mark.item("MA-SEC-12")
@pytest.mark.writes
def test_a_privileged_action_leaves_one_entry_in_the_audit_log(api, order_book, callers, evidence):
    """An administrator's action stands in the audit log once: who, when, what, to whom.

    Without the entry nobody can find out who did it, or that it was done.
    """
    user, administrator = callers.login(), callers.login(("admin",))
    before, began = _entries(api, administrator, user.address), time.time()
    action = api.http.post(
        REVOKE, json={"address": user.address}, headers=bearer(administrator.token)
    )
    done = api.session(user.token)
    after, ended = _entries(api, administrator, user.address), time.time()
    stored = order_book.query(
        "SELECT actor FROM audit_log WHERE action = ? AND subject = ?", (REVOKED, user.address)
    )
    evidence.observe(actions_taken=int(action.status == 200), entries_found=len(after))
    assert before == [], f"expected no entry about {user.address} yet; observed {before}"
    assert action.status == 200, action.explain("a revocation by an administrator")
    assert done.status == 401, done.explain("no session any more: the action took effect")
    assert len(after) == 1, f"expected one entry for {action.evidence}; observed {after}"
    entry = after[0]
    assert entry["actor"] == administrator.address, f"another actor: {entry}"
    assert began - CLOCK_S < utc_time(entry["at"]).timestamp() < ended + CLOCK_S, f"when? {entry}"
    assert [row["actor"] for row in stored] == [administrator.address], (
        f"the store holds another trail than the API shows ({stored.evidence})"
    )


@pytest.mark.item("MA-SEC-12")
@pytest.mark.writes
def test_entries_of_the_audit_log_cannot_be_changed(api, order_book, callers, tmp_path, evidence):
    """The service can add to its audit log and nothing else, whatever it is made to do.

    Who takes the service over would otherwise remove the traces first.
    """
    subject, administrator = Wallet.fresh().address, callers.login(("admin",))
    headers = bearer(administrator.token)
    action = api.http.post(REVOKE, json={"address": subject}, headers=headers)
    assert action.status == 200, action.explain("a revocation by an administrator")
    entries = _entries(api, administrator, subject)
    assert len(entries) == 1, f"expected one entry for {action.evidence}; observed {entries}"
    paths = (AUDIT_LOG, f"{AUDIT_LOG}/{entries[0]['id']}")
    routes = [
        api.http.request(method, path, json={"actor": subject}, headers=headers)
        for method in ("POST", "PUT", "PATCH", "DELETE")
        for path in paths
    ]
    copy = StoreCopy(order_book, tmp_path)
    attempts = {name: copy.attempt(sql, (subject,)) for name, sql in TAMPERING.items()}
    kept = _entries(api, administrator, subject)
    evidence.observe(tampering_attempts=len(routes) + len(attempts), entries_found=len(kept))
    for reply in routes:
        assert reply.status in (404, 405), reply.explain("no route that changes the audit log")
    for name, (changed, refused, ref) in attempts.items():
        assert refused, f"{name} in the store succeeded: {changed} rows changed ({ref})"
    assert kept == entries, f"expected {entries}; observed {kept}"


def _call(api, operation, headers):
    """A sound request to an operation with these headers."""
    ask = operation.ask()
    return api.http.request(
        ask.method, ask.target, content=ask.body, headers={**ask.headers, **headers}
    )


def _entries(api, administrator, subject):
    """What the audit log says was done to somebody's sessions."""
    query = {"action": REVOKED, "subject": subject}
    reply = api.http.get(AUDIT_LOG, params=query, headers=bearer(administrator.token))
    assert reply.status == 200, reply.explain("the audit log")
    return reply.json()["entries"]


def _as(refused):
    """Statuses by what was tried, as names of figures."""
    return {name.replace(" ", "_"): status for name, status in refused.items()}
