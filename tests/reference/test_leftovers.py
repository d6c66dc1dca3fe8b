from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixtures.reference.leftovers import removed_at_the_end

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from fixtures.reference.leftovers import removed_at_the_end
with removed_at_the_end(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    """A directory with something in it, and a name that a shell could misread."""
    made = tmp_path / "-a $(folder) 'of' mine"
    (made / "inner").mkdir(parents=True)
    (made / "inner" / "file").write_text("x")
    return made


def test_the_directory_is_there_until_the_end_and_not_after_it(folder):
    with removed_at_the_end(folder):
        assert (folder / "inner" / "file").exists()
    assert not folder.exists()
    assert folder.parent.exists()


def test_an_error_removes_it_too_and_goes_on(folder):
    with pytest.raises(ValueError, match="mine"), removed_at_the_end(folder):
        raise ValueError("mine")
    assert not folder.exists()


@pytest.mark.parametrize("end", [os.kill, os.killpg], ids=["the process", "its group"])
def test_a_killed_holder_leaves_nothing(folder, end):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with holder:
        assert holder.stdout.readline() == b"held\n"
        assert folder.exists()
        end(holder.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while folder.exists():
        assert time.monotonic() < deadline, "the directory is still there"
        time.sleep(0.02)  # between two looks
