import pytest

from fixtures.clients.callers import Callers, bad_credentials, bearer
from fixtures.clients.http import HttpClient
from fixtures.clients.meta_aggregator import MetaAggregator
from fixtures.clients.outcomes import CapabilityMissing, ClientError
from fixtures.clients.recording import NullRecorder
from fixtures.clients.wallets import Wallet
from tests.clients.stub import stub

TOKEN = "aB3" * 14 + "x"


def missing():
    raise CapabilityMissing("admin_key", "it is not in the profile")


@pytest.fixture
def server():
    with stub({"/api/auth/challenge": {"message": "sign this"}}) as server:
        yield server


@pytest.fixture
def api(server):
    client = HttpClient(server.url, NullRecorder())
    yield MetaAggregator(client)
    client.close()


def test_an_administrator_is_needed_for_roles_only(server, api):
    server.routes["/api/auth/login"] = {"token": TOKEN}
    callers = Callers(api, missing)
    assert callers.headers(None) == {}
    assert callers.headers(()) == bearer(TOKEN)
    with pytest.raises(CapabilityMissing, match="admin_key"):
        callers.headers(("admin",))
    wallet = Wallet.fresh()
    assert Callers(api, lambda: wallet).login(("admin",)).address == wallet.address


def test_a_login_that_is_refused_is_no_caller(server, api):
    server.routes["/api/auth/login"] = (401, {}, {"error": {"code": "invalid_signature"}})
    with pytest.raises(ClientError, match="a session of 0x"):
        Callers(api, missing).login()


def test_no_bad_credential_is_the_valid_one():
    sent = bad_credentials(TOKEN)
    assert bearer(TOKEN) not in sent.values()
    assert all(headers.get("Cookie") != f"session={TOKEN}" for headers in sent.values())
    assert len({str(sorted(headers.items())) for headers in sent.values()}) == len(sent)
    assert all(value == value.strip() for headers in sent.values() for value in headers.values())
