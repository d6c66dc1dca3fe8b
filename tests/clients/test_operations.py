import json
import os

import pytest

from fixtures.clients.operations import Command, Operations
from fixtures.clients.outcomes import CapabilityMissing, ClientError
from fixtures.clients.recording import NullRecorder

PYTHON = ("{python}", "-c")


@pytest.fixture
def recorder():
    return NullRecorder()


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


def test_what_is_not_declared_or_not_installed_is_a_missing_capability(recorder):
    jobs = Operations({"job": Command(["no-such-program-here"])}, recorder)
    with pytest.raises(CapabilityMissing, match="names no command 'other'"):
        jobs.run("other")
    with pytest.raises(CapabilityMissing, match="not installed here") as caught:
        jobs.run("job")
    assert caught.value.capability == "no-such-program-here"
    assert recorder.lines[-1]["error"]


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
