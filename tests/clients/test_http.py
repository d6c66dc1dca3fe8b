import json

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.outcomes import ClientError, NotVerified
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor
from tests.clients.hostile import hostile, within

DEADLINE_S = 0.6


@pytest.fixture(scope="module")
def servers():
    with hostile() as first, hostile() as second:
        first.other = second.url.replace("127.0.0.1", "localhost")
        yield first, second


@pytest.fixture
def server(servers):
    return servers[0]


@pytest.fixture
def recorder():
    return NullRecorder()


@pytest.fixture
def client(server, recorder):
    client = HttpClient(server.url, recorder, deadline_s=DEADLINE_S, max_bytes=1_000_000)
    yield client
    client.close()


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/drip-headers", "gave no complete answer within 0.6 s"),
        ("/drip-body", "gave only part of an answer within 0.6 s"),
        ("/never", "gave no complete answer within 0.6 s"),
        ("/endless", "sent more than 1,000,000 bytes on the wire; reading stopped there"),
        ("/endless-chunks", "sent more than 1,000,000 bytes on the wire"),
        ("/endless-headers", "broke off or broke the protocol"),
        ("/bomb", "sent more than 1,000,000 bytes after decompression"),
        ("/nested-bomb", "cannot be decoded: content encoding 'gzip, gzip'"),
        ("/corrupt-gzip", "cannot be decoded: its gzip data is corrupt"),
        ("/cut-gzip", "cannot be decoded: its gzip data ends early"),
        ("/gzip-twice", "cannot be decoded: its gzip data goes on after its end"),
        ("/truncated", "broke off or broke the protocol: peer closed connection"),
        ("/garbage", "broke off or broke the protocol"),
        ("/closes", "broke off or broke the protocol: Server disconnected"),
    ],
    ids=lambda value: value.strip("/") if value.startswith("/") else "",
)
def test_a_broken_exchange_ends_in_time_with_a_sentence(client, recorder, server, path, sentence):
    with within(DEADLINE_S + 2.0), pytest.raises(ClientError) as caught:
        client.get(path)
    assert sentence in str(caught.value)
    assert f"GET {server.url}{path}" in str(caught.value)
    assert recorder.lines[-1]["error"] in str(caught.value)
    assert str(caught.value).endswith(f"Evidence: evidence-none.jsonl:{recorder.lines[-1]['n']}.")


def test_an_unreachable_target_is_named():
    client = HttpClient("http://127.0.0.1:1", NullRecorder(), deadline_s=1)
    with within(2), pytest.raises(ClientError, match=r"could not be reached: .*refused"):
        client.get("/health")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/html", "content type 'text/html' where JSON was expected; it begins '<html>"),
        ("/html-called-json", "a body that is not JSON"),
        ("/nan", "NaN is not a JSON value"),
        ("/twice", "the key 'ok' stands in one object twice"),
        ("/beyond", "1e999 is beyond every number"),
        ("/digits", "Exceeds the limit"),
        ("/latin", "not UTF-8 (byte 13 is 0xe9)"),
        ("/deep", "nested deeper than 200 levels"),
    ],
    ids=lambda value: value.strip("/") if value.startswith("/") else "",
)
def test_an_answer_that_is_no_json_says_what_came_instead(client, path, sentence):
    reply = client.get(path)
    assert reply.status == 200
    with within(5), pytest.raises(ClientError) as caught:
        reply.json()
    assert sentence in str(caught.value)


@pytest.mark.parametrize("path", ["/ok", "/gzip"])
def test_a_good_answer_is_read_and_recorded(client, recorder, path):
    reply = client.get(path, params={"page": 1})
    assert reply.json() == {"ok": True}
    assert reply.url.endswith(f"{path}?page=1")
    line = recorder.lines[-1]
    assert (line["kind"], line["response"]["body"]) == ("http", '{"ok": true}')
    assert line["response"]["body_bytes"] == 12
    assert line["response"]["truncated"] is False


def test_a_large_body_is_capped_in_the_evidence_only(client, recorder):
    reply = client.get("/big")
    shown = recorder.lines[-1]["response"]
    assert len(reply.body) == shown["body_bytes"] == 100_000
    assert len(shown["body"]) == 16 * 1024
    assert shown["truncated"] is True


def test_redirects_are_answers_unless_asked_to_follow(client):
    assert client.get("/to-ok").status == 302
    followed = client.get("/to-ok", follow=True)
    assert followed.json() == {"ok": True}
    assert followed.redirects[0].endswith("/to-ok")
    assert "redirected from" in followed.explain()


def test_endless_redirects_end(client):
    with within(3), pytest.raises(ClientError, match="redirected more than 5 times"):
        client.get("/loop", follow=True)


def test_a_redirect_to_another_scheme_is_refused(client):
    with pytest.raises(ClientError, match="redirected to the scheme 'file'"):
        client.get("/to-file", follow=True)


def test_credentials_stay_with_their_origin(servers, recorder):
    first, second = servers
    headers = {"Authorization": "Bearer abc.def.12345", "X-Api-Key": "k-12345", "Cookie": "s=1"}
    client = HttpClient(first.url, recorder, headers=headers)
    reply = client.get("/to-other-host", follow=True, headers={"0x-api-key": "k-67890"})
    assert reply.json() == {"landed": True}
    path, head, _ = second.requests[-1]
    assert path == "/landing"
    assert not {"authorization", "x-api-key", "cookie", "0x-api-key"} & {
        line.partition(":")[0].lower() for line in head.split("\r\n")
    }
    assert reply.url.startswith(first.other)


def test_absolute_urls_elsewhere_get_no_default_headers(servers, recorder):
    first, second = servers
    client = HttpClient(first.url, recorder, headers={"Authorization": "Bearer abc.def.1"})
    client.get(f"{second.url}/ok")
    assert "authorization" not in second.requests[-1][1].lower()


def test_a_request_body_is_not_carried_to_another_host(servers, client):
    before = len(servers[1].requests)
    with pytest.raises(ClientError, match="redirected a request body to localhost"):
        client.post("/keep-body", json={"secret": "x"}, follow=True)
    assert len(servers[1].requests) == before


def test_environment_proxies_are_ignored(client, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert client.get("/ok").status == 200


def test_a_write_that_nobody_granted_is_not_sent(server, recorder):
    recorder.grant({"read"})
    client = HttpClient(server.url, recorder)
    before = len(server.requests)
    with pytest.raises(NotVerified):
        client.post("/ok", json={})
    assert len(server.requests) == before


def test_explain_is_for_a_tired_reader(server):
    recorder = NullRecorder(Redactor(["hunter2-hunter2"]))
    client = HttpClient(server.url, recorder, headers={"Authorization": "Bearer hunter2-hunter2"})
    told = client.post("/ok", json={"password": "hunter2-hunter2"}).explain("status 400")
    assert told.splitlines()[0] == "expected: status 400"
    assert f"observed: POST {server.url}/ok answered 200" in told
    assert "evidence: evidence-none.jsonl:1" in told
    assert "reproduce: curl -sS -i -X POST" in told
    assert "hunter2" not in told
    assert "[redacted]" in told


def test_secrets_in_headers_and_bodies_never_reach_the_evidence(server):
    recorder = NullRecorder()
    client = HttpClient(server.url, recorder)
    client.post(
        "/ok?api_key=planted-1",
        json={"password": "planted-2", "token": "planted-3"},
        headers={"Cookie": "session=planted-4; theme=dark", "X-Api-Key": "planted-5"},
    )
    written = json.dumps(recorder.lines)
    assert "planted" not in written
    assert recorder.redactor.count >= 5
