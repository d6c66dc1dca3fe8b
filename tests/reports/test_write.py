"""Files appear whole or not at all."""

import json
import os
from pathlib import Path

import pytest

from reports.write import point_latest, resolve_run, write_json, write_text


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = write_json(tmp_path / "verdict.json", {"verdict": "go"})
    before = path.read_text()
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"figure": float("nan")})
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text() == before
    assert os.listdir(tmp_path) == ["verdict.json"]


def test_json_keeps_halves_of_surrogate_pairs_readable(tmp_path):
    assert "\\ud800" in write_json(tmp_path / "x.json", {"text": "\ud800"}).read_text()


def test_latest_points_to_the_newest_run(tmp_path):
    for name in ("one", "two"):
        run = tmp_path / "runs" / name
        run.mkdir(parents=True)
        latest = point_latest(run)
        assert latest.resolve() == run.resolve()
        assert resolve_run(latest) == latest


def test_latest_is_a_text_file_where_links_fail(tmp_path, monkeypatch):
    run = tmp_path / "runs" / "one"
    run.mkdir(parents=True)

    def refuse(*_args, **_kwargs):
        raise OSError

    monkeypatch.setattr(Path, "symlink_to", refuse)
    latest = point_latest(run)
    assert not latest.is_symlink()
    assert resolve_run(latest).resolve() == run.resolve()


def test_json_is_written_as_it_was_given(tmp_path):
    document = {"a": [], "b": [{"c": 1}, {"d": [1, {"e": None}]}], "f": {"g": "\n"}, "h": [1, 2]}
    path = write_json(tmp_path / "x.json", document)
    assert json.loads(path.read_text()) == document
    assert len(path.read_text().splitlines()) == 9
