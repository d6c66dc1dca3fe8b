"""Ports, alerts, advisories, histories and sites, as checks of security read them."""

import base64
import hashlib
import json
import socket
import subprocess
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.clients.advisories import about
from fixtures.clients.alerts import Alerts
from fixtures.clients.git_objects import Objects
from fixtures.clients.http import HttpClient
from fixtures.clients.outcomes import ClientError, Inconclusive
from fixtures.clients.ports import scan
from fixtures.clients.recording import NullRecorder
from fixtures.clients.shipped import shipped
from fixtures.probes import secret_scan
from tests.clients.hostile import within
from tests.clients.stub import stub

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def recorder():
    return NullRecorder()


@pytest.fixture
def listening():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def test_open_and_closed_ports_are_told_apart(listening, recorder):
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        closed = gone.getsockname()[1]
    found = scan("127.0.0.1", [listening, closed], recorder)
    assert found.states == {listening: "open", closed: "closed"}
    assert recorder.lines[-1]["kind"] == "port"
    assert f"closed: [{closed}]" in found.explain("both open")


def test_what_is_open_at_one_address_of_a_name_is_open(listening, recorder, monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 0)) for ip in ("127.0.0.2",
             "127.0.0.1", "127.0.0.3")]  # fmt: skip
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert scan("api.example.test", [listening], recorder).states == {listening: "open"}
    assert recorder.lines[-1]["address"] == "127.0.0.2, 127.0.0.1, 127.0.0.3"


def test_a_name_with_more_addresses_than_can_be_looked_at_is_told(recorder, monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", 0)) for n in range(99)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ClientError, match="has 99 addresses"):
        scan("api.example.test", [1], recorder)


def test_a_port_that_never_answers_is_filtered(recorder):
    with closing(socket.socket()) as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = []
        for _ in range(4):  # they fill the queue, so that the kernel drops what comes next
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        with within(3):
            found = scan("127.0.0.1", [port], recorder, deadline_s=0.3)
        for one in waiting:
            one.close()
    assert found.states == {port: "filtered"}


def test_a_host_without_an_address_is_an_error(recorder):
    with pytest.raises(ClientError, match="no address"):
        scan("nowhere.invalid", [1], recorder)


ALERT = {
    "labels": {"alertname": "Bad", "account": "0xABC"},
    "annotations": {"summary": "bad"},
    "receivers": [{"name": "security"}],
    "startsAt": "2026-11-20T12:00:00Z",
}


def test_alerts_are_found_by_what_they_mention(recorder):
    with stub({"/api/v2/alerts": [ALERT]}) as server:
        alerts = Alerts(HttpClient(server.url, recorder))
        (found,) = alerts.about("0xabc")
        assert (found.name, found.receivers) == ("Bad", ("security",))
        assert alerts.about("0xdef") == []


@pytest.mark.parametrize("answer", [[{"labels": {}}], {"alerts": []}, (500, {}, b"no")])
def test_an_alert_manager_that_lists_nothing_readable_is_an_error(recorder, answer):
    with stub({"/api/v2/alerts": answer}) as server, pytest.raises(ClientError):
        Alerts(HttpClient(server.url, recorder)).about("0xabc")


def advisory(name, modified="2026-11-19T12:00:00Z"):
    return {"id": name, "modified": modified, "affected": [{"package": {"name": name}}]}


def test_an_export_is_read_from_folder_file_and_archive(tmp_path, recorder):
    folder = tmp_path / "osv" / "2026"
    folder.mkdir(parents=True)
    for name in ("left", "right"):
        (folder / f"{name}.json").write_text(json.dumps(advisory(name)))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in folder.glob("*.json"):
            archive.write(path, path.name)
    (tmp_path / "list.json").write_text(json.dumps([advisory("left"), advisory("right")]))
    for source in (tmp_path / "osv", tmp_path / "all.zip", tmp_path / "list.json"):
        export = about(source, {"left"}, recorder)
        assert export.total == 2
        assert "left" in {record["id"] for record in export.records}
        assert export.age_days(NOW) == 1.0


def test_an_export_says_itself_of_when_it_is(tmp_path, recorder):
    (tmp_path / "a.json").write_text(json.dumps(advisory("left")))
    fetched = (NOW - timedelta(hours=6)).isoformat()
    (tmp_path / "export.json").write_text(json.dumps({"exported_at": fetched}))
    assert about(tmp_path, {"left"}, recorder).age_days(NOW) == 0.25


@pytest.mark.parametrize("content", [None, "{", '["text"]'], ids=["empty", "broken", "no record"])
def test_an_export_that_cannot_be_read_whole_is_an_error(tmp_path, recorder, content):
    if content is not None:
        (tmp_path / "a.json").write_text(content + ' "name": "left"' if content == "{" else content)
    with pytest.raises(ClientError):
        about(tmp_path, {"left"}, recorder)


def git(folder, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@a.example", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "--quiet", "--template=")
    (tmp_path / "a file.txt").write_text("first version")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\0\0")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "said in a message")
    (tmp_path / "a file.txt").unlink()
    git(tmp_path, "commit", "--quiet", "-a", "-m", "removed")
    return tmp_path


def test_what_was_deleted_and_what_was_said_are_read_too(repository, recorder):
    history = Objects(repository, recorder)
    texts = {place.partition(" @ ")[0]: text for place, text in history.texts()}
    assert texts["a file.txt"] == "first version"
    assert "removed" in texts["message"] or "said in a message" in texts["message"]
    assert (history.texts_read, history.binary, history.too_large) == (3, 1, [])
    assert recorder.lines[-1]["kind"] == "command"
    assert "first version" not in json.dumps(recorder.lines)


def test_a_history_that_is_not_read_in_time_is_inconclusive(repository, recorder):
    with pytest.raises(Inconclusive, match="was not read"):
        list(Objects(repository, recorder, deadline_s=0).texts())


def test_a_folder_without_history_is_an_error(tmp_path, recorder):
    with pytest.raises(ClientError, match="rev-list"):
        list(Objects(tmp_path, recorder).texts())


def test_a_site_is_read_with_its_source_maps_and_nothing_is_kept(recorder):
    inline = base64.b64encode(b'{"sources": ["inline.ts"]}').decode()
    html = b'<script src="/app.js"></script><script src="/more.js"></script>'
    with stub(
        {
            "/": (200, {"Content-Type": "text/html"}, html),
            "/app.js": (200, {}, b"secret()\n//# sourceMappingURL=named.map"),
            "/named.map": {"sources": ["named.ts"]},
            "/more.js": (
                200,
                {},
                f"//# sourceMappingURL=data:application/json;base64,{inline}".encode(),
            ),
            "/more.js.map": {"sources": ["beside.ts"]},
        }
    ) as server:
        texts = dict(shipped(HttpClient(server.url, recorder)))
    found = "".join(texts.values())
    assert all(name in found for name in ("secret()", "named.ts", "inline.ts", "beside.ts"))
    assert "secret()" not in json.dumps(recorder.lines)
    assert {line["kind"] for line in recorder.lines} == {"file"}


def test_a_key_that_was_removed_again_is_still_found(repository, recorder):
    key = hashlib.sha256(b"a key of this test").hexdigest()
    (repository / "deploy.js").write_text(f'const operatorKey = "0x{key}";\n')
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "deploy")
    git(repository, "rm", "--quiet", "deploy.js")
    git(repository, "commit", "--quiet", "-m", "clean up")
    hits = [
        hit
        for place, text in Objects(repository, recorder).texts()
        for hit in secret_scan.scan(text, place)
    ]
    assert [(hit.path, hit.kind) for hit in hits] == [("deploy.js", "private key of an account")]
