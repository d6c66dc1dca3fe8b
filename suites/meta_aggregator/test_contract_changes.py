"""What the release changes on the chain, rehearsed on a fork: upgrades, and moves of funds."""

import pytest

from fixtures.clients.rehearsed_changes import rehearse_migration, rehearse_upgrade
from fixtures.probes.storage_layout import layout_problems


@pytest.mark.item("MA-SC-21")
def test_a_rehearsed_upgrade_keeps_what_the_proxy_knew(fork, checkout, target, evidence):
    """After the signers' upgrade the proxy runs the announced code and tells what it told before.

    A variable that moved by one slot reads somebody else's number as a balance; and whoever else
    may put code behind the proxy, or initialise it again, owns everything in it.
    """
    for upgrade in target.require("upgrades"):
        seen = rehearse_upgrade(fork, checkout, upgrade)
        before, after = seen.before, seen.after
        moved = layout_problems(before.layout or (), after.layout or (), before.types, after.types)
        evidence.observe(
            upgrades_rehearsed=1, accounts_compared=len(seen.accounts), values_compared=seen.told,
            differing=seen.differing, layout_problems=moved, open_ways=seen.open_ways,
            initialisers_open=seen.begun, implementation=seen.runs.implementation,
        )  # fmt: skip

        assert seen.refusal == "", f"{upgrade.batch}: {seen.refusal}"
        assert seen.accounts, f"no log of {upgrade.proxy} names an account to compare"
        told = "; ".join(seen.differing)
        assert seen.differing == [], f"{upgrade.proxy} after the upgrade: {told}"
        assert before.layout is not None, f"{upgrade.previous} tells no storage layout"
        assert after.layout is not None, f"{upgrade.next} tells no storage layout"
        assert moved == [], f"storage of {upgrade.next}: {'; '.join(moved)}"
        announced, runs = upgrade.implementation.lower(), seen.runs.implementation.lower()
        assert runs == announced, f"{upgrade.proxy} runs {runs}, announced was {announced}"
        assert seen.was.implementation.lower() != announced, "the upgrade changed nothing"
        assert seen.runs.admin == seen.was.admin, f"it replaced the administrator {seen.was.admin}"
        assert seen.open_ways == [], f"a stranger upgrades {upgrade.proxy} by {seen.open_ways}"
        assert seen.begun == [], f"a stranger may call {seen.begun}"


@pytest.mark.item("MA-SC-22")
def test_a_rehearsed_migration_moves_every_claim_to_the_wei(fork, checkout, target, evidence):
    """The new contract owes everybody what the old one owed, the old is empty, a rerun is harmless.

    Rounding that keeps a fraction of one user's claim is a loss that nobody can prove later.
    """
    for migration in target.require("migrations"):
        seen = rehearse_migration(fork, checkout, migration)
        owed, old, new = seen.before.old, seen.source, seen.destination
        money, after = seen.before.money, seen.after.money
        evidence.observe(
            accounts_compared=len(owed), runs=2, owed_before=str(sum(owed.values())),
            short=str(sum(seen.short.values())), left=str(after[old]),
            second_run=seen.second_refusal or "accepted",
        )  # fmt: skip

        assert seen.refusal == "", f"{migration.batch}: {seen.refusal}"
        assert any(owed.values()), f"{old} owes nobody anything"
        for account, missing in seen.short.items():
            assert missing == 0, f"{account} was owed {owed[account]} and is {missing} wei short"
        assert not any(seen.after.old.values()), f"{old} still owes {seen.after.old}"
        assert after[old] == 0, f"{after[old]} of {money[old]} stayed in {old}"
        assert after[new] - money[new] == money[old], f"{new} did not get all of {money[old]}"
        for place in money.keys() - {old, new}:
            assert after[place] == money[place], f"{after[place] - money[place]} stuck in {place}"
        assert seen.again == seen.after, f"a second run changed {seen.after} to {seen.again}"
