import pytest

from fixtures.clients.deployment_rehearsal import Rehearsal
from fixtures.clients.operations import Command, Operations
from fixtures.clients.outcomes import CapabilityMissing
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor

STOPS = "#!/bin/sh\nset -e\nnpm run gate\nkubectl apply -f x\nnpm run migrate\n"


@pytest.fixture
def rehearse(tmp_path):
    def make(script):
        (tmp_path / "deploy.sh").write_text(script)
        commands = {"deploy": Command(["sh", "deploy.sh"], env={"PYTHON": "/bin/false"})}
        operations = Operations(commands, NullRecorder(Redactor()), cwd=tmp_path)
        return Rehearsal(operations, "deploy", tmp_path, tmp_path / "rehearsal")

    return make


def test_stand_ins_write_down_how_they_were_called(rehearse):
    run = rehearse(STOPS).run()
    assert run.ok, run.ended.explain()
    assert run.calls == ("npm run gate", "kubectl apply -f x", "npm run migrate")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_chosen_call_fails(rehearse, number):
    run = rehearse(STOPS).run(fail_at=number)
    assert not run.ok
    assert len(run.calls) == number


def test_a_script_that_goes_on_is_seen_going_on(rehearse):
    run = rehearse(STOPS.replace("set -e\n", "") + "echo done\n").run(fail_at=1)
    assert run.ok
    assert len(run.calls) == 3


def test_what_the_profile_sets_for_the_real_run_is_not_used(rehearse):
    run = rehearse('"${PYTHON:-python3}" tools/backup.py\n').run()
    assert run.calls == ("python3 tools/backup.py",)


def test_other_programs_of_the_machine_are_not_found(rehearse):
    run = rehearse("gcc --version\n").run()
    assert not run.ok
    assert "not found" in run.ended.stderr


def test_utilities_that_change_nothing_outside_are_there(rehearse):
    run = rehearse("date +%Y | grep -c . && npm run x\n").run()
    assert run.ok, run.ended.explain()


def test_a_command_that_the_profile_lacks_is_a_missing_capability(tmp_path):
    operations = Operations({}, NullRecorder(Redactor()), cwd=tmp_path)
    with pytest.raises(CapabilityMissing, match="deploy"):
        Rehearsal(operations, "deploy", tmp_path, tmp_path / "rehearsal")
