import json
import sys
from pathlib import Path

import pytest

from fixtures.clients.commands import run_recorded
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor
from fixtures.clients.waiting import until
from tests.clients.hostile import within


@pytest.fixture
def recorder():
    return NullRecorder(Redactor(["planted-secret"]))


def python(recorder, tmp_path, source, **options):
    return run_recorded(recorder, [sys.executable, "-c", source], cwd=tmp_path, **options)


def test_a_failing_command_is_a_result_that_explains_itself(recorder, tmp_path):
    source = "import sys; print('planted-secret'); sys.exit('no such table: orders')"
    done = python(recorder, tmp_path, source)
    assert (done.ok, done.exit_code) == (False, 1)
    told = done.explain()
    assert "exit code 1" in told
    assert "no such table: orders" in told
    assert "planted-secret" not in told + repr(done) + json.dumps(recorder.lines)


def test_a_deadline_ends_the_command_with_its_children(recorder, tmp_path):
    source = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path('child').write_text(str(child.pid)); time.sleep(60)"
    )
    with within(5):
        done = python(recorder, tmp_path, source, timeout_s=0.7)
    assert done.timed_out
    assert "ended by its deadline" in done.explain()
    assert "still ran after 0.7 s" in recorder.lines[-1]["error"]
    child = int((tmp_path / "child").read_text())
    assert until(lambda: not _alive(child), 5)


def _alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().split()[2]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_endless_output_is_cut(recorder, tmp_path):
    source = "while True: print('x' * 65536)"
    with within(10):
        done = python(recorder, tmp_path, source, timeout_s=8)
    assert not done.ok
    assert "wrote more than" in recorder.lines[-1]["error"]
    assert len(recorder.lines[-1]["stdout"]["text"]) == 16 * 1024


def test_a_daemon_that_keeps_the_output_open_does_not_hold_the_command(recorder, tmp_path):
    source = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)'],"
        " start_new_session=False); print('done')"
    )
    with within(5):
        done = python(recorder, tmp_path, source, timeout_s=20)
    assert done.ok
    assert done.stdout == "done\n"


def test_a_missing_folder_is_not_mistaken_for_a_missing_program(recorder, tmp_path):
    with pytest.raises(ClientError, match="could not be started in"):
        run_recorded(recorder, [sys.executable], cwd=tmp_path / "gone")


def test_a_command_is_killed_midway_when_the_check_says_so(recorder, tmp_path):
    begun = tmp_path / "begun"
    source = f"import time; open({str(begun)!r}, 'w').close(); time.sleep(60)"
    done = python(recorder, tmp_path, source, kill_when=begun.exists)

    assert done.exit_code == -9
    assert not done.ok
    assert not done.timed_out
    assert "killed" in recorder.lines[-1]["error"]


def test_a_command_that_is_done_before_is_not_killed(recorder, tmp_path):
    done = python(recorder, tmp_path, "print(1)", kill_when=lambda: False)

    assert done.ok, done.explain()
