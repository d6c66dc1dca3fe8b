from __future__ import annotations

import pytest

from fixtures.profiles import load, read

COMMIT = "a" * 40
MINIMAL = f"""\
format = 1
name = "staging"
[release]
version = "2.0.0"
commit = "{COMMIT}"
[systems.meta_aggregator]
api_url = "https://api.example.org"
"""


@pytest.fixture
def write(tmp_path):
    """Writes a profile: the minimal one with more lines at its end or other text."""

    def writes(more: str = "", *, text: str = MINIMAL):
        path = tmp_path / "staging.toml"
        path.write_text(text + more, "utf-8")
        return path

    return writes


@pytest.fixture
def loaded(write):
    def loads(more: str = "", *, environ=None, text: str = MINIMAL, embedded=None):
        return load(write(more, text=text), environ=environ or {}, embedded=embedded)

    return loads


@pytest.fixture
def drafted(write):
    def drafts(more: str = "", *, environ=None, text: str = MINIMAL):
        return read(write(more, text=text), environ=environ or {})

    return drafts
