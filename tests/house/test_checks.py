"""Every check reads its limits, says what it observed, and declares a minimum."""

import ast
from pathlib import Path

import pytest

from contracts.catalogue import load
from fixtures.plugins import index

ROOT = Path(__file__).parents[2]
CHECKS = [check for check in index.checks() if check.items]
ENCODED = {"PRE", "DEP", "POST", "MIG", "SIG"}


def source(check):
    name, _, function = check.node.partition("::")
    module = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    return next(n for n in module.body if isinstance(n, ast.FunctionDef) and n.name == function)


@pytest.mark.parametrize("item", sorted({item for check in CHECKS for item in check.items}))
def test_every_limit_of_an_encoded_item_is_read(item):
    read = {metric for check in CHECKS if item in check.items for metric in check.limits}

    unread = {limit.metric for limit in load().items[item].limits} - read

    assert not unread, f"no check of {item} reads its limits {sorted(unread)}"


@pytest.mark.parametrize("item", sorted({item for check in CHECKS for item in check.items}))
def test_every_encoded_item_declares_how_much_must_be_observed(item):
    entry = load().items[item]

    assert entry.minimum or entry.manual, f"{item} has no `minimum` in the catalogue"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.node.partition("::")[2])
def test_a_check_asserts_and_says_what_it_observed(check):
    body = source(check)
    asserted = [node for node in ast.walk(body) if isinstance(node, ast.Assert)]
    called = {ast.unparse(node.func) for node in ast.walk(body) if isinstance(node, ast.Call)}

    assert asserted, f"{check.node} asserts nothing"
    assert not [a for a in asserted if isinstance(a.test, ast.Constant)]
    assert "evidence.observe" in called, f"{check.node} does not say what it observed"
    assert ast.get_docstring(body), f"{check.node} has no docstring"


def test_every_item_of_the_encoded_phases_has_a_check():
    covered = {item for check in CHECKS for item in check.items}

    missing = [
        item.id
        for item in load().of_system("meta_aggregator")
        if item.phase in ENCODED and item.id not in covered and not item.manual
    ]

    assert not missing


def test_no_check_knows_which_target_it_runs_on():
    for path in sorted((ROOT / "suites").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for word in ("embedded", "profile.name", "gatehouse.faults"):
            assert word not in text, f"{path.relative_to(ROOT)} speaks of {word}"
