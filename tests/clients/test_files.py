import os
import zipfile
from pathlib import Path

import pytest

from fixtures.clients import advisories, files
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Read nothing that is longer than ten bytes."""
    for module in (files, advisories):
        monkeypatch.setattr(module, "MAX_BYTES", 10)


def pipe(folder):
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def long(folder):
    (folder / "long").write_bytes(b"x" * 11)
    return folder / "long"


def zeros(folder):
    (folder / "zeros").symlink_to("/dev/zero")
    return folder / "zeros"


def missing(folder):
    return folder / "missing"


def folder_itself(folder):
    return folder


UNREADABLE = {
    "pipe": (pipe, "It is not a regular file"),
    "endless device": (zeros, "It is not a regular file"),
    "folder": (folder_itself, "Is a directory"),
    "too large": (long, "It has more than 10 bytes"),
    "missing": (missing, "No such file or directory"),
}


@pytest.mark.parametrize(("made", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_to_its_end_ends_at_once_in_a_sentence(tmp_path, made, why):
    recorder = NullRecorder()

    with pytest.raises(ClientError, match=f"cannot be read: {why}. Evidence"):
        files.read_bytes(made(tmp_path), recorder)

    assert recorder.lines[-1]["text"] == why


def test_a_file_as_long_as_may_be_is_read_and_recorded_by_its_name(tmp_path):
    (tmp_path / "full").write_bytes(b"x" * 10)
    recorder = NullRecorder()

    assert files.read_bytes(tmp_path / "full", recorder, name="shown") == b"x" * 10

    line = recorder.lines[-1]
    assert (line["path"], line["bytes"], line["text"]) == ("shown", 10, "x" * 10)


@pytest.mark.parametrize("made", [pipe, long], ids=["pipe", "too large"])
def test_advisories_are_read_by_the_same_rules(tmp_path, made):
    with pytest.raises(ClientError, match=r"The advisories .* cannot be read"):
        advisories.about(made(tmp_path), ["left-pad"], NullRecorder())


def test_an_archive_does_not_unfold_into_more_than_can_be_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", "[]")
    assert small_export_is_read(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.json", " " * 11)

    with pytest.raises(ClientError, match=r"b\.json has more than 10 bytes"):
        advisories.about(tmp_path / "all.zip", ["left-pad"], NullRecorder())


def small_export_is_read(path: Path) -> bool:
    """Whether an export is read as far as to say that it holds no advisory."""
    with pytest.raises(ClientError, match="holds no advisory"):
        advisories.about(path, ["left-pad"], NullRecorder())
    return True
