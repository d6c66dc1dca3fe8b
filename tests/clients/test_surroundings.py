"""Resolvers, certificates and the forge."""

import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from fixtures.clients import tls
from fixtures.clients.dns import Resolver, split_address
from fixtures.clients.forge import Forge
from fixtures.clients.http import HttpClient
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from fixtures.reference.defects import Defects
from fixtures.reference.meta_aggregator import resolvers
from tests.clients.hostile import hostile, within
from tests.clients.stub import stub

NOW = datetime.now(UTC)


@pytest.fixture
def recorder():
    return NullRecorder()


@pytest.fixture(scope="module")
def resolver_address():
    running = resolvers.start(
        {"api.example.test": ["127.0.0.9", "127.0.0.1"]}, Defects.for_items([])
    )
    yield running.addresses[0]
    running.close()


def test_a_resolver_is_asked_for_itself(resolver_address, recorder):
    answers = Resolver(resolver_address, recorder).lookup("api.example.test")
    assert answers.addresses == ("127.0.0.1", "127.0.0.9")
    assert answers.error is None
    line = recorder.lines[-1]
    assert (line["kind"], line["answers"]) == ("dns", ["127.0.0.1", "127.0.0.9"])
    assert "reproduce: dig @" in answers.explain("127.0.0.1")


def test_an_unknown_name_and_a_silent_resolver_are_results(resolver_address, recorder):
    answers = Resolver(resolver_address, recorder).lookup("gone.example.test")
    assert (answers.addresses, answers.error) in {((), "NXDOMAIN"), ((), "REFUSED")}
    with within(3):
        silent = Resolver("127.0.0.1:1", recorder, deadline_s=0.5).lookup("api.example.test")
    assert "no " in silent.error
    assert Resolver("127.0.0.1:1", recorder).lookup("a..b").error.startswith("the question is")


@pytest.mark.parametrize(
    ("address", "expected"),
    [("h", ("h", 53)), ("h:5", ("h", 5)), ("[::1]:5", ("::1", 5)), ("::1", ("::1", 53))],
)
def test_addresses_are_split(address, expected):
    assert split_address(address, 53) == expected


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return ca, str(path)


def serve_tls(certificate):
    import socket

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with connection:
                    connection.settimeout(5)
                    context.wrap_socket(connection, server_side=True).close()
            except OSError:
                continue

    threading.Thread(target=run, daemon=True).start()
    return listener


@pytest.fixture
def good(authority):
    listener = serve_tls(authority[0].issue_cert("api.example.test", "*.cdn.example.test"))
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


@pytest.fixture
def expired(authority):
    past = NOW - timedelta(days=2)
    certificate = authority[0].issue_cert(
        "api.example.test", not_before=past - timedelta(days=90), not_after=past
    )
    listener = serve_tls(certificate)
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


def test_a_good_certificate_is_trusted_and_read(good, authority, recorder):
    seen = tls.inspect(recorder, "api.example.test", good, ca_file=authority[1])
    assert seen.trusted, seen.explain()
    assert seen.covers("api.example.test")
    assert seen.covers("a.cdn.example.test")
    assert not seen.covers("a.b.cdn.example.test")
    assert seen.days_left(NOW) > 14
    assert recorder.lines[-1]["certificate"]["names"] == list(seen.names)


@pytest.mark.parametrize(
    ("where", "name", "with_authority", "reason"),
    [
        ("expired", "api.example.test", True, "certificate has expired"),
        ("good", "other.example.test", True, "Hostname mismatch"),
        ("good", "api.example.test", False, "issuer certificate"),
    ],
    ids=["expired", "other-name", "unknown-authority"],
)
def test_what_cannot_be_trusted_is_data(
    request, authority, recorder, where, name, with_authority, reason
):
    ca_file = authority[1] if with_authority else None
    seen = tls.inspect(recorder, name, request.getfixturevalue(where), ca_file=ca_file)
    assert not seen.trusted
    assert reason in seen.error
    assert "api.example.test" in seen.names
    assert reason in seen.explain("a trusted certificate")
    assert (seen.days_left(NOW) < 0) == (where == "expired")


class Altered:
    """A certificate in which some bytes are others, so that its signature does not fit either."""

    def __init__(self, issued, folder, old, new):
        der = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
        assert old in der
        self.chain, self.key = folder / "chain.pem", folder / "key.pem"
        self.chain.write_text(ssl.DER_cert_to_PEM_cert(der.replace(old, new)))
        issued.private_key_pem.write_to_path(str(self.key))

    def configure_cert(self, context):
        context.load_cert_chain(self.chain, self.key)


def test_a_certificate_that_cannot_be_read_is_not_trusted(authority, recorder, tmp_path):
    issued = authority[0].issue_cert("bad.example.test")
    altered = Altered(issued, tmp_path, b"bad.example.test", b"bad.example\xfftest")
    with serve_tls(altered) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        seen = tls.inspect(recorder, "bad.example.test", address, ca_file=authority[1])
    assert not seen.trusted
    assert "the certificate cannot be read" in seen.error
    assert seen.days_left(NOW) < 0
    assert recorder.lines[-1]["certificate"]["names"] == []


def test_hundreds_of_names_are_not_all_told(authority, recorder):
    names = [f"{number}.{'x' * 50}.example.test" for number in range(300)]
    with serve_tls(authority[0].issue_cert(*names)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        seen = tls.inspect(recorder, names[0], address, ca_file=authority[1])
    assert seen.trusted
    assert "and 290 more; valid until" in seen.explain()


def test_no_tls_and_nobody_there_end_in_time(recorder):
    with hostile() as server, within(8):
        address = server.url.removeprefix("http://")
        with pytest.raises(ClientError, match="could not be reached for TLS: timed out"):
            tls.inspect(recorder, "x.test", address, deadline_s=0.5)
    with pytest.raises(ClientError, match="could not be reached for TLS"):
        tls.inspect(recorder, "x.test", "127.0.0.1:1")


def test_the_http_client_verifies_certificates(good, recorder):
    client = HttpClient(f"https://localhost:{good.rpartition(':')[2]}", recorder, deadline_s=3)
    with pytest.raises(ClientError, match="shows a certificate that cannot be trusted"):
        client.get("/")


def user(name):
    return {"login": name}


PULL = {
    "number": 7,
    "title": "fix",
    "user": user("ann"),
    "merged_at": "2026-01-01T00:00:00Z",
    "merge_commit_sha": "abc",
    "base": {"ref": "main"},
}


def review(who, state):
    return {"user": user(who), "state": state, "commit_id": "abc"}


@pytest.fixture
def forge(recorder):
    routes = {
        "/repos/o/r/commits/abc/pulls": [PULL],
        "/repos/o/r/pulls/7": PULL,
        "/repos/o/r/commits/bad/pulls": (500, {}, {"message": "oops"}),
    }
    with stub(routes) as server:
        link = {"Link": f'<{server.url}/more>; rel="next"'}
        first = [review("ann", "APPROVED"), review("bob", "APPROVED"), review("eve", "APPROVED")]
        routes["/repos/o/r/pulls/7/reviews"] = (200, link, first)
        routes["/more"] = [review("bob", "COMMENTED"), review("eve", "CHANGES_REQUESTED")]
        yield Forge(HttpClient(server.url, recorder), "o/r")


def test_approval_counts_the_last_decision_of_others(forge):
    (pull,) = forge.pulls_of("abc")
    assert pull == forge.pull(7)
    assert pull.merged
    assert forge.approvers(pull) == {"bob"}


def test_an_unknown_commit_has_no_pull_and_a_broken_forge_is_told(forge):
    assert forge.pulls_of("fff") == []
    with pytest.raises(ClientError, match="answered 500"):
        forge.pulls_of("bad")
