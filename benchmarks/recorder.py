"""What recording costs a check that asks over HTTP."""

import json
import statistics
import subprocess
import sys
import tempfile
from operator import sub
from pathlib import Path

from benchmarks.gate import smoke_run
from benchmarks.timing import ROOT, Command, seconds

ARMS = {
    "off": "nothing recorded",
    "exchange": "the exchange recorded",
    "check": "and the check's start, figures and end",
}
CHECKS = """
import pytest

@pytest.mark.parametrize("number", range(CHECKS))
def test_answers(number, arm):
    arm.begin(f"test_answers.py::test_answers[{number}]")
    arm.started()
    assert arm.client.get("/").status == 200
    arm.ended()
    arm.recorder.end(sync_after_s=1)
"""
ARRANGED = """
import json
import os
import time
from pathlib import Path
import pytest
from fixtures.clients.http import HttpClient
from fixtures.clients.recording import Capped, EvidenceRef, Recorder
from fixtures.clients.redaction import Redactor

ARMS = ("off", "exchange", "check")
times = {name: [] for name in ARMS}
synced = dict.fromkeys(ARMS, 0.0)

class Timed(Recorder):
    def sync(self):
        began = time.perf_counter()
        super().sync()
        synced[self.name] += time.perf_counter() - began

class Nothing(Timed):
    def begin(self, nodeid):
        pass

    def write(self, *_, **__):
        return EvidenceRef("none", 0)

    def capped(self, *_, **__):
        return Capped("", 0, "", truncated=False)

class Arm:
    def __init__(self, name, folder):
        made = Nothing if name == "off" else Timed
        redactor = Redactor(["secret-value", "0x" + "5e" * 32])
        self.recorder = made(folder / f"evidence-{name}.jsonl", redactor)
        self.recorder.name = name
        self.begin = self.recorder.begin
        self.whole = name == "check"
        self.client = HttpClient(os.environ["SERVED"], self.recorder)

    def started(self):
        if self.whole:
            self.recorder.write("started", items=["MA-POST-01"], attempt=1)

    def ended(self):
        if self.whole:
            self.recorder.write("observed", values={"requests": 1})
            self.recorder.write(
                "finished", items=["MA-POST-01"], attempt=1, outcome="passed", message="",
                assertions=1, exchanges=1, duration_s=0.001, capability=None,
            )

@pytest.fixture(scope="session")
def arms(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    made = [Arm(name, folder) for name in ARMS]
    for arm in made:  # as the gate begins
        checks = {item.nodeid: ["MA-POST-01"] for item in request.session.items}
        arm.recorder.write("collected", checks=checks)
    yield made
    for arm in made:
        arm.recorder.close()

@pytest.fixture
def arm(arms, number):
    return arms[number % len(ARMS)]

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    began = time.perf_counter()
    result = yield
    name = ARMS[item.callspec.params["number"] % len(ARMS)]
    times[name].append(time.perf_counter() - began)
    return result

def pytest_sessionfinish():
    measured = {"times": times, "synced": synced}
    Path(os.environ["MEASURED"]).write_text(json.dumps(measured))
"""
SERVER = """
import socket
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

answered = 0

async def health(request):
    global answered
    answered += 1
    body = {"status": "healthy", "answered": f"{answered} times", "filler": "x" * 500}
    return JSONResponse(body, headers={"X-Request-Id": f"{answered:032x}"})

bound = socket.socket(proto=socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY on no other
bound.bind(("127.0.0.1", 0))
bound.listen()
print(bound.getsockname()[1], flush=True)
app = Starlette(routes=[Route("/", health)])
uvicorn.Server(uvicorn.Config(app, log_level="error")).run([bound])
"""


WHOLE = 300
RUNS = 7


def recorder(checks: int = 3000) -> str:
    """HTTP checks in turn: without a recorder, with the exchange recorded, and with all lines.

    Then its share of whole runs, start included: of 300 such checks, typed as a user types it, and
    of a smoke run, from the first import to the last line of the report.
    """
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            measured = folder / "measured.json"
            environ = {"SERVED": url, "PYTHONPATH": str(ROOT), "MEASURED": str(measured)}

            def run(number: int, *options: str) -> float:
                body = CHECKS.replace("CHECKS", str(number))
                (folder / "test_answers.py").write_text(body, encoding="utf-8")
                argv = [sys.executable, "-m", "pytest", "-q", *options]
                return seconds(Command("HTTP checks", argv, folder, environ=environ))

            (folder / "conftest.py").write_text(ARRANGED, encoding="utf-8")
            run(checks, "--disable-plugin-autoload")
            found = json.loads(measured.read_text(encoding="utf-8"))
            bare = ARRANGED.replace("arms[number % len(ARMS)]", "arms[0]")
            (folder / "conftest.py").write_text(bare, encoding="utf-8")
            whole = statistics.median(run(WHOLE) for _ in range(RUNS))
    finally:
        server.terminate()
        server.wait()
    more = _more(found["times"], found["synced"])
    exchange, check = (WHOLE * more[name] / whole for name in ("exchange", "check"))
    typed = (
        f"of a run of {whole:.2f} s, {WHOLE} such checks as typed: "
        f"{exchange:.1%} with the exchange recorded, {check:.1%} with all lines"
    )
    return "\n".join([*_rows(found["times"], more), typed, _share_of_smoke()])


def _share_of_smoke() -> str:
    with smoke_run() as (folder, argv):
        metered = folder / "metered.json"
        command = Command(
            "smoke, all checks", [*argv, "-p", "benchmarks.recorder_meter"],
            environ={"METERED": str(metered)},
        )  # fmt: skip
        found = []
        for _ in range(RUNS):
            seconds(command)
            found.append(json.loads(metered.read_text(encoding="utf-8")))
    share = statistics.median(each["recorder"] / each["run"] for each in found)
    lines, run = found[-1]["lines"], statistics.median(each["run"] for each in found)
    return f"of a smoke run of {run:.2f} s, {lines} lines: {share:.1%} in the recorder"


def _more(times: dict[str, list[float]], synced: dict[str, float]) -> dict[str, float]:
    """Seconds that a check of each arm takes more than its neighbour without a recorder.

    Syncs to disk are rare and would not show in a median: their time is shared out.
    """
    return {
        name: statistics.median(map(sub, values, times["off"])) + synced[name] / len(values)
        for name, values in times.items()
    }


def _rows(times: dict[str, list[float]], more: dict[str, float]) -> list[str]:
    base = statistics.median(times["off"])
    rows = [f"{'a check with one HTTP exchange':<44}{'median':>9}   more than without"]
    for name, values in times.items():
        rows.append(
            f"{ARMS[name]:<44}{statistics.median(values) * 1e3:>7.2f}ms"
            f"{more[name] * 1e6:>9.0f} microseconds, {more[name] / base:.1%}"
        )
    return rows


BENCHMARKS = {"recorder": recorder}
