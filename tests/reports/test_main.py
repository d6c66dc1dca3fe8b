"""`python -m reports`: the verdict of an old run, computed again."""

import json

import pytest

from reports.__main__ import main
from reports.judge import judge
from reports.publish import publish
from tests.reports.sample_items import realistic_run
from tests.reports.sample_run import NOW, smoke_run


def published(run):
    publish(run, judge(run, now=NOW))
    return run


def test_the_computed_verdict_agrees_with_the_stored_one(tmp_path, capsys):
    assert main(["judge", str(published(smoke_run(tmp_path)))]) == 0
    assert "agrees with plan and evidence" in capsys.readouterr().out


def test_a_blocked_run_exits_as_it_did(tmp_path, capsys):
    assert main(["judge", str(published(realistic_run(tmp_path)))]) == 1
    assert "agrees" in capsys.readouterr().out


def test_an_incomplete_run_exits_10(tmp_path, capsys):
    run = smoke_run(tmp_path)
    (run / "evidence-main.jsonl").unlink()
    assert main(["judge", str(published(run))]) == 10
    assert "INCOMPLETE" in capsys.readouterr().out


def _forge_verdict(run):
    path = run / "verdict.json"
    stored = json.loads(path.read_text())
    stored["verdict"] = "go"
    for entry in stored["items"]:
        entry["status"] = "passed"
    path.write_text(json.dumps(stored))


def _forge_use(run):
    path = run / "verdict.json"
    stored = json.loads(path.read_text())
    stored["release_evidence"] = {"usable": not stored["release_evidence"]["usable"], "reasons": []}
    path.write_text(json.dumps(stored))


def _add_an_item(run):
    path = run / "verdict.json"
    stored = json.loads(path.read_text())
    stored["items"].append({**stored["items"][0], "id": "MA-POST-99", "status": "passed"})
    path.write_text(json.dumps(stored))


def _truncate_evidence(run):
    path = run / "evidence-gw0.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:10]))


def _drop_worker(run):
    (run / "evidence-gw1.jsonl").unlink()


def _loosen_plan(run):
    path = run / "plan.json"
    path.write_text(path.read_text().replace('"requests_observed": 200', '"requests_observed": 2'))


@pytest.mark.parametrize(
    "tamper",
    [
        _forge_verdict,
        _forge_use,
        _add_an_item,
        _truncate_evidence,
        _drop_worker,
        _loosen_plan,
    ],
)
def test_tampering_is_said_loudly(tmp_path, capsys, tamper):
    run = published(realistic_run(tmp_path))
    tamper(run)
    assert main(["judge", str(run)]) == 1
    assert "DISAGREEMENT" in capsys.readouterr().out


def test_a_killed_run_has_no_verdict_and_gets_one_on_request(tmp_path, capsys):
    assert main(["judge", str(smoke_run(tmp_path))]) == 0
    assert "No verdict is stored" in capsys.readouterr().out
    assert not (tmp_path / "verdict.json").exists()


def test_unusable_files_exit_11(tmp_path, capsys):
    assert main(["judge", str(tmp_path / "nowhere")]) == 11
    assert main(["show", str(tmp_path)]) == 11
    run = smoke_run(tmp_path)
    (run / "verdict.json").write_text("{")
    assert main(["judge", str(run)]) == 11
    assert "verdict.json" in capsys.readouterr().err


def test_render_and_show_follow_the_evidence(tmp_path, capsys):
    run = published(smoke_run(tmp_path))
    (run / "report.html").unlink()
    assert main(["render", str(run)]) == 0
    assert (run / "report.html").exists()
    assert main(["show", str(run)]) == 0
    assert "GO  Nothing stands in the way" in capsys.readouterr().out
