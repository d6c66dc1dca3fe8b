"""Inner projects: a suite, a profile and the gate's plugins, in a folder of their own."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROFILE = """
format = 1
name = "inner"
description = "a target of the own tests"
{top}

[release]
version = "2.0.0"
commit = "{commit}"

[systems.meta_aggregator]
api_url = "http://127.0.0.1:9"
{system}

[[not_applicable]]
items = {outside}
reason = "not part of this test"
"""

COMMIT = "a" * 40
HONEST = """
import pytest

from contracts.catalogue import load

ENOUGH = {k: v for i in ("MA-POST-01", "MA-POST-02") for k, v in load().items[i].minimum.items()}


def observe(target, evidence):
    target.recorder.write("http", request={"method": "GET", "url": "http://t/"}, response=None)
    evidence.observe(requests=1, **ENOUGH)
"""


@dataclass
class Project:
    """An inner project in which the gate runs."""

    pytester: pytest.Pytester

    def suite(self, body: str, name: str = "test_inner") -> None:
        folder = self.pytester.path / "suites"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(HONEST + body, encoding="utf-8")

    def profile(self, items: list[str], *, top: str = "", system: str = "") -> None:
        """A target on which only these items apply."""
        from contracts.catalogue import load

        names = [item.id for item in load().of_system("meta_aggregator") if item.id not in items]
        text = PROFILE.format(commit=COMMIT, outside=json.dumps(names), top=top, system=system)
        (self.pytester.path / "inner.toml").write_text(text, encoding="utf-8")

    def run(self, *args: str, expression: str = "smoke") -> "Outcome":
        command = [sys.executable, "-m", "pytest", "--target", "inner.toml", *args]
        command += ["-m", expression] if expression else []
        result = self.pytester.run(*command)
        return Outcome(result, self.pytester.path)


@dataclass
class Outcome:
    """What an inner run said and left behind."""

    result: pytest.RunResult
    path: Path

    @property
    def code(self) -> int:
        return int(self.result.ret)

    @property
    def text(self) -> str:
        return self.result.stdout.str() + self.result.stderr.str()

    @property
    def run(self) -> Path:
        return (self.path / "reports" / "latest").resolve()

    @property
    def verdict(self) -> dict:
        return json.loads((self.run / "verdict.json").read_text(encoding="utf-8"))

    def status(self, item: str) -> str:
        return next(entry["status"] for entry in self.verdict["items"] if entry["id"] == item)

    def message(self, item: str) -> str:
        return next(entry["message"] for entry in self.verdict["items"] if entry["id"] == item)


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("GATEHOUSE_TARGET", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    (pytester.path / "conftest.py").write_text((ROOT / "conftest.py").read_text(encoding="utf-8"))
    pytester.path.joinpath("reports").mkdir()
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (pytester.path / "pyproject.toml").write_text(
        settings[settings.index("[tool.pytest]") : settings.index("[tool.ruff]")],
        encoding="utf-8",
    )
    return Project(pytester)
