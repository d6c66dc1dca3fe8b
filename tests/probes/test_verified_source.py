"""A source that an explorer shows, against the reviewed one."""

import copy

import pytest

from contracts.evm.build import committed_input
from fixtures.probes.verified_source import differences

REVIEWED = committed_input("TestToken")
SOURCES = {path: entry["content"] for path, entry in REVIEWED["sources"].items()}


def judged(sources=SOURCES, settings=REVIEWED["settings"], compiler="0.8.37+commit.f401782d"):
    return differences(REVIEWED, sources, settings, "solc 0.8.37", compiler)


def test_the_reviewed_source_does_not_differ():
    assert judged() == []


def test_other_paths_and_line_ends_do_not_matter():
    moved = {f"project/{path}": text.replace("\n", "\r\n") for path, text in SOURCES.items()}
    assert judged(sources=moved) == []


def test_a_changed_file_is_named_from_both_sides():
    changed = SOURCES | {"TestToken.sol": SOURCES["TestToken.sol"] + "// more"}
    assert judged(sources=changed) == [
        "TestToken.sol is missing or differs",
        "TestToken.sol is not reviewed",
    ]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("optimizer", "runs"), 1, "setting optimizer.runs: reviewed 200, shown 1"),
        (("optimizer", "enabled"), False, "setting optimizer.enabled: reviewed True, shown False"),
        (("viaIR",), True, "setting viaIR: reviewed False, shown True"),
    ],
    ids=["runs", "optimizer", "pipeline"],
)
def test_a_setting_that_decides_about_the_code_is_compared(path, value, said):
    settings = copy.deepcopy(REVIEWED["settings"])
    place = settings
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    assert judged(settings=settings) == [said]


def test_another_compiler_is_named():
    assert judged(compiler="0.8.30+commit.1") == [
        "compiler: reviewed 0.8.37, shown 0.8.30+commit.1"
    ]
