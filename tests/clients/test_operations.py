import json
import os
import sys
from pathlib import Path

import pytest

from fixtures.clients.operations import Command, Operations
from fixtures.clients.outcomes import CapabilityMissing, ClientError
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor
from fixtures.clients.waiting import until
from tests.clients.hostile import within

PYTHON = ("{python}", "-c")


@pytest.fixture
def recorder():
    return NullRecorder(Redactor(["planted-secret"]))


def operations(recorder, tmp_path, source, **options):
    command = Command([*PYTHON, source, "{word}"], **options)
    return Operations({"job": command}, recorder, placeholders={"word": "hello"}, cwd=tmp_path)


def test_a_command_runs_as_an_argument_list_without_a_shell(recorder, tmp_path):
    done = operations(recorder, tmp_path, "import sys; print(sys.argv[1])").run(
        "job", word="$(id); `id` > x"
    )
    assert done.ok, done.explain()
    assert done.stdout == "$(id); `id` > x\n"
    line = recorder.lines[-1]
    assert (line["kind"], line["exit_code"], line["cwd"]) == ("command", 0, str(tmp_path))
    assert line["stdout"]["text"] == done.stdout


def test_the_environment_holds_the_allow_list_and_what_is_declared(recorder, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted")
    source = "import os, json; print(json.dumps(dict(os.environ)))"
    done = operations(recorder, tmp_path, source, env={"API_URL": "http://{word}"}).run("job")
    seen = json.loads(done.stdout)
    assert seen["API_URL"] == "http://hello"
    assert "AWS_SECRET_ACCESS_KEY" not in seen


def test_a_failing_command_is_a_result_that_explains_itself(recorder, tmp_path):
    source = "import sys; print('planted-secret'); sys.exit('no such table: orders')"
    done = operations(recorder, tmp_path, source).run("job")
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
        done = operations(recorder, tmp_path, source, timeout_s=0.7).run("job")
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
        done = operations(recorder, tmp_path, source, timeout_s=8).run("job")
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
        done = operations(recorder, tmp_path, source, timeout_s=20).run("job")
    assert done.ok
    assert done.stdout == "done\n"


def test_what_is_not_declared_or_not_installed_is_a_missing_capability(recorder):
    jobs = Operations({"job": Command(["no-such-program-here"])}, recorder)
    with pytest.raises(CapabilityMissing, match="names no command 'other'"):
        jobs.run("other")
    with pytest.raises(CapabilityMissing, match="not installed here") as caught:
        jobs.run("job")
    assert caught.value.capability == "no-such-program-here"
    assert recorder.lines[-1]["error"]


def test_a_missing_folder_is_not_mistaken_for_a_missing_program(recorder, tmp_path):
    with pytest.raises(ClientError, match="could not be started in"):
        Operations({}, recorder).run_argv([sys.executable], cwd=tmp_path / "gone")


def test_an_unknown_placeholder_is_named(recorder):
    jobs = Operations({"job": Command(["x", "{snapsot}"])}, recorder, placeholders={"snapshot": ""})
    with pytest.raises(
        ClientError, match=r"\{snapsot\}, which has no value here. Known: python, snap"
    ):
        jobs.run("job")


def test_a_command_names_its_folder_by_a_placeholder(recorder, tmp_path):
    (tmp_path / "src").mkdir()
    source = "import os; print(os.getcwd())"
    command = Command([*PYTHON, source], cwd="checkout")
    jobs = Operations({"job": command}, recorder, placeholders={"checkout": str(tmp_path / "src")})
    assert os.path.samefile(jobs.run("job").stdout.strip(), tmp_path / "src")


def test_a_command_whose_tool_is_not_installed_is_not_run(recorder, tmp_path):
    lack = CapabilityMissing("slither", "slither is not installed.", "install slither")
    command = Command([*PYTHON, "open('ran', 'w')"])
    made = Operations({"job": command}, recorder, cwd=tmp_path, lacking=lambda _: lack)
    with pytest.raises(CapabilityMissing, match="slither is not installed"):
        made.run("job")
    assert not (tmp_path / "ran").exists()


def test_a_command_is_killed_midway_when_the_check_says_so(recorder, tmp_path):
    begun = tmp_path / "begun"
    source = f"import time; open({str(begun)!r}, 'w').close(); time.sleep(60)"
    done = operations(recorder, tmp_path, source).run("job", kill_when=begun.exists)

    assert done.exit_code == -9
    assert not done.ok
    assert not done.timed_out
    assert "killed" in recorder.lines[-1]["error"]


def test_a_command_that_is_done_before_is_not_killed(recorder, tmp_path):
    done = operations(recorder, tmp_path, "print(1)").run("job", kill_when=lambda: False)

    assert done.ok, done.explain()
