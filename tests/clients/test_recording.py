import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.clients.outcomes import NotVerified
from fixtures.clients.recording import BODY_CAP, NullRecorder, Recorder
from fixtures.clients.redaction import Redactor

ROOT = Path(__file__).parents[2]


@pytest.fixture
def recorder(tmp_path):
    recorder = Recorder(
        tmp_path / "evidence-main.jsonl",
        Redactor(["planted-secret"]),
        clock=lambda: datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    )
    yield recorder
    recorder.close()


def lines(recorder):
    return recorder.path.read_bytes().splitlines()


def assert_chained(raw):
    previous = ""
    for number, line in enumerate(raw, 1):
        record = json.loads(line)
        assert (record["n"], record["previous"]) == (number, previous)
        previous = hashlib.sha256(line).hexdigest()


def test_a_line_says_what_when_and_for_which_check(recorder):
    with recorder.check("suites/test_x.py::test_y[planted-secret]"):
        ref = recorder.write("http", request={"url": "http://h/"}, response=None)
    assert str(ref) == "evidence-main.jsonl:1"
    assert json.loads(lines(recorder)[0]) == {
        "n": 1,
        "at": "2026-01-02T03:04:05.678Z",
        "kind": "http",
        "check": "suites/test_x.py::test_y[[redacted]]",
        "previous": "",
        "request": {"url": "http://h/"},
        "response": None,
    }


def test_exchanges_are_counted_per_check_and_judgements_are_not(recorder):
    recorder.write("rpc", method="eth_chainId")
    with recorder.check("a") as first:
        recorder.write("started", items=["MA-POST-01"], attempt=1)
        recorder.write("http", request={})
        recorder.write("sql", query="SELECT 1")
    with recorder.check("b") as second:
        recorder.write("observed", values={"n": 1})
    assert (first.exchanges, second.exchanges) == (2, 0)
    checks = [json.loads(line)["check"] for line in lines(recorder)]
    assert checks == [None, "a", "a", "a", "b"]


def test_threads_of_a_check_belong_to_it_and_the_chain_holds(recorder):
    with recorder.check("a") as tally:
        threads = [
            threading.Thread(target=lambda: [recorder.write("http", i=i) for i in range(50)])
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert tally.exchanges == 400
    assert_chained(lines(recorder))


def test_an_old_file_is_never_continued(recorder):
    recorder.path.write_text("old\n")
    with pytest.raises(FileExistsError):
        recorder.write("http")


def test_evidence_is_for_its_owner_only(recorder):
    recorder.write("http")
    assert recorder.path.stat().st_mode & 0o077 == 0


def test_bodies_are_capped_with_the_digest_of_the_whole(recorder):
    body = b"a" * (BODY_CAP + 5000)
    shown = recorder.capped(body)
    assert (len(shown.text), shown.bytes, shown.truncated) == (BODY_CAP, len(body), True)
    assert shown.sha256 == hashlib.sha256(body).hexdigest()


def test_a_long_body_is_looked_at_again_when_a_secret_is_learnt_before_it_is_written(recorder):
    body = recorder.capped("owner: learnt-later; key: planted-secret; " * 1000).text
    recorder.write("http", request={}, response={"status": 200, "body": body})
    recorder.redactor.learn("learnt-later")
    recorder.write("http", request={"token": "x1y2z3"}, response={"status": 200, "body": body})

    first, second = map(json.loads, lines(recorder))
    assert first["response"]["body"] == body
    assert "planted-secret" not in body
    assert "learnt-later" not in second["response"]["body"]
    assert second["request"]["token"] != "x1y2z3"


def test_beside_a_long_body_everything_else_is_redacted(recorder):
    body = recorder.capped("plain words of no weight, " * 1000).text
    recorder.write("http", request={"url": "/?t=planted-secret"}, response={"body": body})

    assert b"planted-secret" not in lines(recorder)[0]
    assert json.loads(lines(recorder)[0])["response"]["body"] == body


def test_binary_bodies_are_shown_as_base64(recorder):
    assert recorder.capped(b"\xff\xfe\x00").text == "base64://4A"


def test_a_character_cut_by_the_cap_does_not_make_text_binary(recorder):
    shown = recorder.capped("é".encode() * 40_000)
    assert set(shown.text) == {"é"}


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.recursive(
            st.text() | st.floats() | st.integers() | st.binary(max_size=8) | st.none(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(), inner),
            max_leaves=6,
        ),
        max_size=4,
    )
)
@settings(deadline=None, derandomize=True)
def test_whatever_is_recorded_becomes_one_json_line(fields):
    recorder = NullRecorder()
    recorder.write("observed", values=fields)
    assert recorder.lines[0]["kind"] == "observed"


def test_an_effect_that_was_not_granted_is_refused(recorder):
    with recorder.check("a"):
        with pytest.raises(NotVerified, match="POST http://h would write on the target"):
            recorder.demand("write", "POST http://h")
        recorder.grant({"read", "write"})
        recorder.demand("write", "POST http://h")
    with pytest.raises(NotVerified):
        recorder.demand("write", "POST http://h")


KILLED = """
import sys
from pathlib import Path
from fixtures.clients.recording import Recorder
from fixtures.clients.redaction import Redactor
recorder = Recorder(Path(sys.argv[1]), Redactor())
recorder.begin("a")
number = 0
while True:
    recorder.write("http", body="x" * 3000)
    number += 1
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def test_a_killed_run_keeps_every_exchange_that_was_recorded(tmp_path):
    path = tmp_path / "evidence-gw0.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    for line in process.stdout:
        if int(line) >= 200:
            break
    process.send_signal(signal.SIGKILL)
    said = [200, *(int(line) for line in process.stdout if line.endswith("\n"))]
    process.wait()
    process.stdout.close()
    raw = path.read_bytes().split(b"\n")
    assert raw[-1] == b""
    assert len(raw) - 1 >= max(said)
    assert_chained(raw[:-1])


PLANTED = "planted-secret"
KEY = "0x" + "7a" * 32
PLACES = {
    "http": {
        "request": {
            "method": "POST",
            "url": f"https://user:{PLANTED}@h/v2/{PLANTED}?api_key={PLANTED}",
            "headers": {"authorization": f"Bearer {PLANTED}", "cookie": f"s={PLANTED}"},
            "body": json.dumps({"password": PLANTED, "nested": {"key": KEY}}),
        },
        "response": {"status": 200, "headers": {"set-cookie": f"session={PLANTED}; Path=/"}},
        "error": f"could not reach https://u:{PLANTED}@h",
    },
    "rpc": {
        "url": f"https://rpc/v3/{PLANTED}",
        "params": [KEY, {"privateKey": KEY}],
        "result": KEY,
    },
    "sql": {"query": f"SELECT '{PLANTED}'", "parameters": [PLANTED], "rows": [{"token": PLANTED}]},
    "command": {
        "argv": ["deploy", "--key", KEY],
        "stdout": {"text": f"PRIVATE_KEY={KEY}\nDATABASE_URL=postgres://a:{PLANTED}@db/x"},
        "stderr": {"text": f"mnemonic: {'abandon ' * 11}about"},
    },
    "browser": {"action": "go", "detail": f"https://h/#access_token={PLANTED}"},
    "observed": {"values": {PLANTED: 1, "said": KEY.upper()}},
    "finished": {"message": f"AssertionError: assert '{PLANTED}' == '{KEY[2:]}'"},
}


@pytest.mark.parametrize("kind", PLACES)
def test_planted_secrets_are_in_no_line_and_something_was_redacted(tmp_path, kind):
    recorder = Recorder(tmp_path / "evidence-main.jsonl", Redactor([PLANTED, KEY]))
    recorder.write(kind, **PLACES[kind])
    recorder.close()
    written = recorder.path.read_text().lower()
    assert PLANTED not in written
    assert KEY[2:] not in written
    assert "abandon" not in written
    assert "[redacted]" in written
    assert recorder.redactor.count > 0
