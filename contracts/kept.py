"""Keeps what is slow to derive from files, for as long as those files stay the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any


def kept(name: str, sources: Iterable[Path], derive: Callable[[], Any], beside: Path) -> Any:
    """The JSON value that `derive` makes of the source files.

    It is stored in the byte-code folder of `beside` under the digest of the sources, so a changed
    source is always read anew. A folder that cannot be written only costs time.
    """
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source.as_posix()}\0".encode() + source.read_bytes())
    store = beside / "__pycache__" / f"{name}-{digest.hexdigest()[:32]}.json"
    try:
        return json.loads(store.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        value = derive()
    with suppress(OSError):
        store.parent.mkdir(exist_ok=True)
        partial = store.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(value), encoding="utf-8")
        partial.replace(store)
        for old in store.parent.glob(f"{name}-*.json"):
            if old != store:
                old.unlink(missing_ok=True)
    return value
