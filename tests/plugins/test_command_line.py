"""A target may be typed as a path that lies anywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.plugins.command_line import joined
from tests.plugins.inner import BOTH, GREEN, workers

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["-m", "smoke", "--target", "/a/b.toml"], ["-m", "smoke", "--target=/a/b.toml"]),
        (["--target=/a", "--runs", "/c", "x"], ["--target=/a", "--runs=/c", "x"]),
        (["--target"], ["--target"]),
    ],
    ids=["target", "both forms", "value missing"],
)
def test_a_path_is_joined_to_its_option(typed, expected):
    assert joined(typed) == expected


def test_a_profile_outside_the_project_is_found_and_its_mistakes_are_shown(tmp_path):
    profile = tmp_path / "mine.toml"
    profile.write_text('format = 1\nname = "mine"\ncolour = "red"\n', encoding="utf-8")
    output = tmp_path / "output.txt"

    with output.open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "smoke", "--target", str(profile)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            check=False,
        )

    assert done.returncode == 11, output.read_text()
    assert "colour" in output.read_text()


@workers
def test_runs_are_kept_in_a_new_folder_outside_the_project(project, parallel, tmp_path_factory):
    project.profile(BOTH)
    project.suite(GREEN)
    kept = tmp_path_factory.mktemp("kept") / "runs"

    outcome = project.run("--runs", str(kept), *parallel)

    assert outcome.code == 0, outcome.text
    assert [path.name for path in kept.glob("*/verdict.json")] == ["verdict.json"]
