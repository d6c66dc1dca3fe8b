import json

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.mint import Mint
from fixtures.clients.nctool import NcTool, administrator
from fixtures.clients.outcomes import ClientError, NotVerified
from fixtures.clients.payer import Payer
from fixtures.clients.recording import NullRecorder
from fixtures.clients.rollout import AT_ONCE, Rollout
from tests.clients.stub import stub

FEATURE = "atomicMeltOperations"
EVALUATIONS = f"/api/flags/{FEATURE}/evaluations"


class Store:
    database = "nctool"

    def __init__(self, *rows):
        self.rows = rows

    def one(self, _, query):
        return next((row for row in self.rows if row["name"] == query["name"]), None)

    def find(self, _):
        return list(self.rows)


def everybody(_, body):
    return {"enabled": [npub is not None for npub in json.loads(body)["npubs"]]}


@pytest.fixture
def recorder():
    return NullRecorder()


@pytest.fixture
def server():
    with stub({EVALUATIONS: everybody}) as server:
        yield server


@pytest.fixture
def api(server, recorder):
    client = HttpClient(server.url, recorder)
    yield NcTool(client, client.with_headers(administrator("a key")))
    client.close()


@pytest.fixture
def rollout(api):
    return Rollout(api, Store({"name": FEATURE, "enabled": True}))


def test_many_users_are_asked_about_in_few_requests(server, rollout):
    answers = rollout.decisions(FEATURE, [*["a"] * AT_ONCE, None])
    assert answers == [*[True] * AT_ONCE, False]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"enabled": [True]}, id="too few"),
        pytest.param({"enabled": "yes"}, id="no list"),
        pytest.param({}, id="nothing"),
        pytest.param((500, {}, {}), id="an error"),
    ],
)
def test_decisions_that_are_not_about_everybody_are_no_answer(server, rollout, answer):
    server.routes[EVALUATIONS] = answer
    with pytest.raises(ClientError, match="2 decisions"):
        rollout.decisions(FEATURE, ["a", "b"])


def test_only_true_is_a_feature_that_somebody_has(server, rollout):
    server.routes[EVALUATIONS] = {"enabled": [1, "true"]}
    assert rollout.decisions(FEATURE, ["a", "b"]) == [False, False]


def test_asking_about_users_needs_no_permission_to_write(rollout, recorder):
    recorder.grant({"read"})
    assert rollout.has(FEATURE, "a")
    with pytest.raises(NotVerified, match="PUT"):
        rollout.set(FEATURE, 5)


def test_a_change_is_made_by_a_named_administrator(server, rollout):
    server.routes[f"/api/admin/flags/{FEATURE}"] = {}
    rollout.set(FEATURE, 5, allowedUsers=[])
    method, _, headers, body = server.requests[-1]
    assert (method, headers["X-Actor"]) == ("PUT", "gatehouse")
    assert json.loads(body) == {"enabled": True, "rolloutPercentage": 5, "allowedUsers": []}


def test_a_change_that_is_refused_ends_the_preparation(server, rollout):
    server.routes[f"/api/admin/flags/{FEATURE}"] = (409, {}, {})
    with pytest.raises(ClientError, match="409"):
        rollout.set(FEATURE, 5)
    with pytest.raises(ClientError, match="active plan"):
        rollout.choose("schedule")


def test_a_row_that_is_not_stored_is_no_row(rollout):
    assert rollout.stored(FEATURE)["enabled"]
    assert set(rollout.all_stored()) == {FEATURE}
    with pytest.raises(ClientError, match="no row of the feature other"):
        rollout.stored("other")


def test_only_declared_plans_are_active(server, rollout):
    plans = [{"name": "phases", "active": False}, {"name": "schedule", "active": True}]
    server.routes["/api/admin/rollout"] = {"plans": plans}
    assert rollout.active_plans() == ["schedule"]


def test_the_dashboard_is_read_by_feature(server, rollout):
    figures = {"usageCount": 1}
    server.routes["/api/admin/dashboard"] = {"features": [{"name": FEATURE, "metrics": figures}]}
    assert rollout.dashboard() == {FEATURE: figures}


def test_a_path_is_that_of_a_paid_melt(server, api):
    control = HttpClient(server.url, api.http.recorder)
    payer = Payer(api, Mint(control, lambda: control))
    server.routes["/invoices"] = (201, {}, {"id": "1", "invoice": "lnbc1", "amount": 5})
    melt = "/api/wallets/npub1/melt"
    server.routes[melt] = {"state": "PAID", "path": "atomic"}
    assert payer.path_of("npub1") == "atomic"
    server.routes[melt] = {"state": "PENDING", "path": "atomic"}
    with pytest.raises(ClientError, match="a paid melt"):
        payer.path_of("npub1")
    control.close()


def test_a_wallet_without_money_ends_the_preparation(server, api):
    payer = Payer(api, None)
    with pytest.raises(ClientError, match="a wallet"):
        payer.funded("npub1")
    server.routes["/api/wallets"] = (201, {}, {})
    with pytest.raises(ClientError, match="256 sat"):
        payer.funded("npub1")
    server.routes["/api/wallets/npub1/mint"] = (201, {}, {})
    assert payer.funded("npub1") == "npub1"
