from __future__ import annotations

from dataclasses import dataclass

import pytest

from contracts.catalogue import load as load_catalogue
from fixtures.plugins import index
from fixtures.profiles import Machine, blocking, capabilities, load
from fixtures.profiles.abilities import ITEM_NEEDS, NEEDS
from fixtures.profiles.sample import addresses

BARE = Machine(which=lambda _: None, environ={})
FULL = Machine(which=lambda name: f"/usr/bin/{name}", environ={})
MA = "meta_aggregator"


@dataclass(frozen=True)
class Entry:
    id: str
    needs: tuple[str, ...] = ()
    automatable: str = "full"
    system: str = MA


@pytest.fixture(scope="module")
def local():
    return load("local", embedded=addresses(), environ={})


def test_every_need_of_the_catalogue_and_of_single_items_is_known():
    catalogue = load_catalogue()
    assert set(ITEM_NEEDS) <= set(catalogue.items)
    for system, known in NEEDS.items():
        items = [item for item in catalogue.items.values() if item.system == system]
        assert {word for item in items for word in item.needs} <= set(known)
        extra = {need for item in items for need in ITEM_NEEDS.get(item.id, ())}
        assert {need for need in extra if not need.startswith("command:")} <= set(known)


def test_a_full_machine_has_all_that_the_local_target_needs(local):
    available = {name: capabilities(local, FULL, system=name) for name in local.systems}
    items = [item for item in load_catalogue().items.values() if item.system in local.systems]
    rest = [item for item in items if not local.not_applicable_reason(item.id)]
    assert len(rest) >= 54
    lacking = {item.id: blocking(item, available[item.system]) for item in rest}
    assert {name: found for name, found in lacking.items() if found} == {}


def test_a_tool_that_may_be_absent_makes_an_item_not_applicable(local):
    available = capabilities(local, BARE, system=MA)
    (browser,) = blocking(Entry("MA-POST-11", ("http", "browser")), available)
    assert (browser.name, browser.present, browser.policy) == ("browser", False, "if-present")
    assert "not installed" in browser.detail


def test_a_tool_of_a_command_counts_for_the_item_that_runs_it(local):
    found = blocking(Entry("MA-PRE-01", ("shell",)), capabilities(local, BARE, system=MA))
    assert {each.name for each in found} == {"node", "npm"}
    assert {each.policy for each in found} == {"if-present"}


def test_a_required_tool_leaves_an_item_unverified(local):
    (repo,) = blocking(Entry("MA-PRE-04", ("repo",)), capabilities(local, BARE, system=MA))
    assert (repo.policy, repo.remedy) == ("required", "install git")


def test_what_the_profile_leaves_out_is_required_whatever_it_declares(loaded):
    profile = loaded('[capabilities]\nbrowser = "if-present"\nprometheus = "if-present"\n')
    available = capabilities(profile, BARE)
    assert available["browser"].policy == "required"
    assert "frontend_url is not in the profile" in available["browser"].detail
    assert available["prometheus"].policy == "required"


def test_a_file_that_does_not_exist_is_a_missing_capability(loaded, tmp_path):
    profile = loaded('store = "orders.sqlite"\n')
    assert not capabilities(profile, FULL)["sqlite"].present
    (tmp_path / "orders.sqlite").touch()
    assert capabilities(profile, FULL)["sqlite"].present


def test_writing_needs_permission(loaded):
    (write,) = blocking(Entry("XX-YY-01", ("write",)), capabilities(loaded(), FULL))
    assert write.remedy == 'add "write" to allow'


def test_only_a_manual_item_needs_attestations(loaded):
    available = capabilities(loaded(), FULL)
    (human,) = blocking(Entry("MA-PRE-06", ("human",), "manual-attestation"), available)
    assert "no attestations.toml beside the profile" in human.detail
    assert blocking(Entry("MA-PRE-15", ("human",)), available) == ()


def test_a_moment_of_the_release_may_be_missing_as_well(loaded):
    (moment,) = blocking(Entry("MA-PRE-10"), capabilities(loaded(), FULL))
    assert moment.detail == "release.window_start is not in the profile"
    assert moment.remedy == "set window_start in [release]"


def test_an_absent_command_names_the_table_to_write(loaded):
    found = blocking(Entry("MA-PRE-01"), capabilities(loaded(), FULL))
    assert [each.remedy for each in found] == [
        "set [systems.meta_aggregator.commands.unit_tests] argv"
    ]


def test_the_browser_of_the_profile_or_the_environment_wins(loaded):
    only = Machine(which=lambda name: name if name == "/opt/c" else None, environ={})
    more = 'frontend_url = "https://example.org"\nchromium = "/opt/c"\n'
    assert capabilities(loaded(more), only)["browser"].present
    named = Machine(which=only.which, environ={"CHROMIUM": "/opt/c"})
    more = 'frontend_url = "https://example.org"\n'
    assert not capabilities(loaded(more), only)["browser"].present
    assert capabilities(loaded(more), named)["browser"].present


@pytest.mark.parametrize(("mark", "permission"), [("writes", "write"), ("disrupts", "disrupt")])
def test_the_permissions_of_items_are_those_that_their_checks_declare(mark, permission):
    checks = index.checks(index.ROOT / "suites")
    declared = {item for check in checks if mark in check.marks for item in check.items}
    encoded = {item for check in checks for item in check.items}
    listed = {item for item, needs in ITEM_NEEDS.items() if permission in needs}
    assert listed & encoded == declared
