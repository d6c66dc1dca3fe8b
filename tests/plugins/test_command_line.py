"""A target may be typed as a path that lies anywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.plugins.command_line import joined

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
