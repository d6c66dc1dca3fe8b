"""What the gate costs beside bare pytest."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.timing import ROOT, Command, compare, table

PYTEST = [sys.executable, "-m", "pytest"]
LEAN = "--disable-plugin-autoload"
SMOKE_PROFILE = """
format = 1
name = "bench"
description = "the embedded target, started by someone else; only reading is allowed"
allow = ["read"]
[release]
version = "{version}"
commit = "{commit}"
[systems.meta_aggregator]
api_url = "{api_url}"
chain_id = 31337
escrow_address = "{escrow_address}"
tokens = {tokens}
[[not_applicable]]
items = ["MA-POST-11"]
reason = "needs a browser, which takes longer than all the rest"
"""
BOUND_S, YARDSTICK_S = 40.0, 0.565
"""How long the main job may take on a machine that runs 500 trivial tests in so many seconds."""
TEN = "test_health or orders or config or quote or trades or balances"
"""Ten checks of the stage `smoke`, by their names."""


@contextmanager
def running_target() -> Iterator[dict[str, dict[str, str]]]:
    """The embedded target, as if someone else had started it."""
    with tempfile.TemporaryDirectory() as folder:
        announced = Path(folder) / "addresses.json"
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "fixtures.reference"),
                *("--with-parent", "--announce", str(announced)),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        while not announced.exists():
            if process.poll() is not None:
                raise RuntimeError("the embedded target did not come up")
            time.sleep(0.05)
        try:
            yield json.loads(announced.read_text(encoding="utf-8"))
        finally:
            process.stdin.close()
            process.wait()


def trivial(folder: Path, number: int) -> Path:
    """A folder with this many trivial tests and no settings."""
    folder.mkdir()
    body = "".join(f"def test_{n}():\n    assert {n} == {n}\n" for n in range(number))
    (folder / "test_trivial.py").write_text(body, encoding="utf-8")
    return folder


@contextmanager
def smoke_run() -> Iterator[tuple[Path, list[str]]]:
    """A folder, and the command of a smoke run of a target that someone else started."""
    with running_target() as addresses, tempfile.TemporaryDirectory() as name:
        profile = Path(name) / "bench.toml"
        values = {**addresses["release"], **addresses["meta_aggregator"]}
        pair = addresses["meta_aggregator"]["tokens"]
        values["tokens"] = f'{{ base = "{pair["base"]}", quote = "{pair["quote"]}" }}'
        profile.write_text(SMOKE_PROFILE.format(**values), encoding="utf-8")
        runs = Path(name) / "runs"
        yield Path(name), [*PYTEST, "-m", "smoke", f"--target={profile}", f"--runs={runs}"]


def smoke(runs: int = 7) -> str:
    """Ten checks of a running target, with evidence and report, beside ten trivial tests."""
    with smoke_run() as (folder, ours):
        bare = trivial(folder / "bare", 10)
        commands = [
            Command("bare pytest as typed, ten trivial tests", PYTEST, bare),
            Command("the same without plugins", [*PYTEST, LEAN], bare),
            Command("gatehouse: smoke, ten checks", [*ours, "-k", TEN], codes=(0, 10)),
            Command("gatehouse: smoke, all checks", ours, codes=(0,)),
        ]
        return table(compare(commands, runs), commands[0].name, commands[1].name)


SUITE = """
import pytest

@pytest.mark.item("MA-PRE-01")
@pytest.mark.parametrize("n", range(500), ids=str)
def test_trivial(n, target, evidence):
    target.recorder.write("http", request={"url": "http://t/"}, response={"status": 200})
    evidence.observe(executed_tests=1)
    assert n == n
"""
STAND_INS = """
import types
import pytest

@pytest.fixture
def target():
    return types.SimpleNamespace(recorder=types.SimpleNamespace(write=lambda *a, **k: None))

@pytest.fixture
def evidence():
    return types.SimpleNamespace(observe=lambda **k: None)
"""


def checks(runs: int = 7) -> str:
    """The same 500 trivial checks through the gate and through bare pytest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for project in ("bare", "gate"):
            (folder / project / "suites").mkdir(parents=True)
            (folder / project / "suites" / "test_trivial.py").write_text(SUITE, encoding="utf-8")
        (folder / "bare" / "conftest.py").write_text(STAND_INS, encoding="utf-8")
        (folder / "bare" / "pytest.toml").write_text(
            '[pytest]\nmarkers = ["item: the item"]\n', encoding="utf-8"
        )
        gate = folder / "gate"
        (gate / "reports").mkdir()
        settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        begin, end = settings.index("[tool.pytest]"), settings.index("[tool.ruff]")
        (gate / "pyproject.toml").write_text(settings[begin:end], encoding="utf-8")
        (gate / "conftest.py").write_text((ROOT / "conftest.py").read_text(encoding="utf-8"))
        address = f'"0x{"0" * 40}"'
        pair = f"{{ base = {address}, quote = {address} }}"
        values = {"version": "1", "commit": "a" * 40, "api_url": "http://127.0.0.1:9"}
        values |= {"tokens": pair, "escrow_address": f"0x{'0' * 40}"}
        (gate / "bench.toml").write_text(SMOKE_PROFILE.format(**values), encoding="utf-8")
        commands = [
            Command("bare pytest as typed, 500 trivial checks", PYTEST, folder / "bare"),
            Command("the same without plugins", [*PYTEST, LEAN], folder / "bare"),
            Command(
                "gatehouse, the same 500 checks",
                [*PYTEST, "--target=bench.toml", "-m", "readiness and critical"],
                gate,
                codes=(0, 10),
            ),
        ]
        return table(compare(commands, runs), commands[0].name, commands[1].name)


def predeploy(runs: int = 5) -> str:
    """The main job on the embedded target, warm, beside a yardstick for the machine."""
    with tempfile.TemporaryDirectory() as name:
        bare = trivial(Path(name) / "bare", 500)
        yardstick = Command("bare pytest without plugins, 500 tests", [*PYTEST, LEAN], bare)
        command = Command("make predeploy", ["make", "predeploy"])
        times = compare([yardstick, command], runs)
    bound = f"{BOUND_S:.0f} s where the yardstick takes {YARDSTICK_S} s"
    return f"{table(times, yardstick.name)}\nthe bound: {bound}, or {BOUND_S / YARDSTICK_S:.0f}"


BENCHMARKS = {"smoke": smoke, "checks": checks, "predeploy": predeploy}
