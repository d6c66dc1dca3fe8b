"""What the README says is so."""

import json
import re
import tomllib
from pathlib import Path

from contracts.catalogue import load
from fixtures.plugins import coverage, index

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_items_is_the_generated_one():
    assert coverage.replaced(README, coverage.table(load(), index.checks())) == README, (
        "run `python -m fixtures.plugins.coverage`"
    )


def test_both_commands_stand_in_the_readme_and_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for command in re.findall(r"make (\w+)", README):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command
    assert "make predeploy" in README
    assert "make test" in README


def test_every_file_that_the_readme_links_exists():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_lock_pins_every_dependency_by_hash_and_names_no_host():
    lock = (ROOT / ".lock" / "requirements.txt").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        re.match(r"[A-Za-z0-9-]+", line)[0].lower() for line in project["project"]["dependencies"]
    ]

    pinned = {match[1]: match[0] for match in re.finditer(r"^([a-z0-9-]+)==\S+", lock, re.M)}

    assert set(wanted) <= set(pinned)
    assert lock.count("--hash=sha256:") > len(pinned)
    assert "://" not in lock


def test_the_lock_of_anvil_pins_each_build_by_hash_and_names_no_host():
    folder = ROOT / ".lock" / "anvil"
    wanted = json.loads((folder / "package.json").read_text("utf-8"))["optionalDependencies"]
    text = (folder / "package-lock.json").read_text("utf-8")
    locked = json.loads(text)["packages"]

    assert locked.pop("")["optionalDependencies"] == wanted
    assert {name.removeprefix("node_modules/") for name in locked} == set(wanted)
    assert {build["version"] for build in locked.values()} == set(wanted.values())
    assert all(build["integrity"].startswith("sha512-") for build in locked.values())
    assert "://" not in text
