"""Programs are found on the PATH first, and then where `make tools` puts them."""

import os

import pytest

from fixtures.profiles import tools


@pytest.fixture
def places(tmp_path, monkeypatch):
    for name in ("machine", "own"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tools, "OWN", tmp_path / "own")
    monkeypatch.setenv("PATH", str(tmp_path / "machine"))
    return tmp_path


def program(folder):
    path = folder / "slither"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_a_program_of_our_own_tools_is_found(places):
    own = program(places / "own")
    assert tools.which("slither") == own


def test_a_program_of_the_machine_comes_first(places):
    program(places / "own")
    machines = program(places / "machine")
    assert tools.which("slither") == machines


@pytest.mark.usefixtures("places")
def test_what_is_nowhere_is_not_found():
    assert tools.which("slither") is None


def test_commands_search_in_the_same_order(places):
    path = tools.search_path(os.environ)
    assert path == f"{places / 'machine'}{os.pathsep}{places / 'own'}"
