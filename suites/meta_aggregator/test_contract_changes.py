"""What the release changes on the chain, rehearsed on a fork: upgrades, and moves of funds."""

import pytest

from fixtures.clients.contracts import Contract
from fixtures.clients.deployed_code import deployed_code
from fixtures.clients.multisig import read_batch, refusal_of_batch
from fixtures.clients.rehearsal import (
    accounts_of,
    begins_again,
    changed,
    compiled,
    held,
    upgrades_by,
    views_of,
)
from fixtures.probes.storage_layout import layout_problems


@pytest.mark.item("MA-SC-21")
def test_a_rehearsed_upgrade_keeps_what_the_proxy_knew(fork, checkout, target, evidence):
    """After the upgrade the proxy runs the announced code and tells of everybody what it told.

    A variable that moved by one slot reads somebody else's number as a balance.
    """
    for upgrade in target.require("upgrades"):
        before, after = (compiled(checkout, path) for path in (upgrade.previous, upgrade.next))
        proxy = Contract(fork, upgrade.proxy, before.abi)
        accounts, was = accounts_of(proxy), _hop(fork, upgrade.proxy)
        told = views_of(proxy, accounts, apart_from=upgrade.may_change)
        refusal = refusal_of_batch(fork, _batch(checkout, upgrade.batch, fork))
        runs = _hop(fork, upgrade.proxy)
        differing = changed(told, views_of(proxy, accounts, apart_from=upgrade.may_change))
        moved = layout_problems(before.layout or (), after.layout or (), before.types, after.types)
        evidence.observe(
            accounts_compared=len(accounts), values_compared=len(told), differing=differing,
            layout_problems=moved, implementation=runs.implementation,
        )  # fmt: skip

        assert refusal == "", f"{upgrade.batch}: {refusal}"
        assert accounts, f"no log of {upgrade.proxy} names an account to compare"
        assert differing == [], f"{upgrade.proxy} after the upgrade: {'; '.join(differing)}"
        assert before.layout is not None, f"{upgrade.previous} tells no storage layout"
        assert after.layout is not None, f"{upgrade.next} tells no storage layout"
        assert moved == [], f"storage of {upgrade.next}: {'; '.join(moved)}"
        announced = upgrade.implementation.lower()
        assert runs.implementation.lower() == announced, f"{upgrade.proxy} runs {runs}"
        assert was.implementation.lower() != announced, "the upgrade changed nothing"
        assert runs.admin == was.admin, f"the upgrade replaced the administrator {was.admin}"


@pytest.mark.item("MA-SC-21")
def test_only_the_administrator_upgrades_and_nobody_begins_again(fork, checkout, target, evidence):
    """The signers' batch goes through; a stranger can neither upgrade nor initialise, then or now.

    Whoever may put code behind a proxy owns everything in it.
    """
    for upgrade in target.require("upgrades"):
        stranger, versions = fork.fresh().address, (upgrade.previous, upgrade.next)
        before, after = (compiled(checkout, path).abi for path in versions)
        was = _hop(fork, upgrade.proxy)
        way = (upgrade.proxy, was.admin, upgrade.implementation)
        open_ways = upgrades_by(fork, stranger, *way)
        begun = begins_again(fork, upgrade.proxy, before)
        begun += begins_again(fork, was.implementation, before)
        refusal = refusal_of_batch(fork, _batch(checkout, upgrade.batch, fork))
        open_ways += upgrades_by(fork, stranger, *way)
        begun += begins_again(fork, upgrade.proxy, after)
        begun += begins_again(fork, upgrade.implementation, after)
        evidence.observe(upgrades_rehearsed=1, open_ways=open_ways, initialisers_open=begun)

        assert refusal == "", f"{upgrade.batch}: {refusal}"
        assert open_ways == [], f"a stranger upgrades {upgrade.proxy} by {open_ways}"
        assert begun == [], f"a stranger may call {begun}"


@pytest.mark.item("MA-SC-22")
def test_a_rehearsed_migration_moves_every_claim_to_the_wei(fork, checkout, target, evidence):
    """Everybody is owed by the new contract what the old one owed, and the old one is empty.

    Rounding that keeps a fraction of one user's claim is a loss that nobody can prove later.
    """
    for migration in target.require("migrations"):
        old, new = (
            _ledger(fork, checkout, part) for part in (migration.source, migration.destination)
        )
        accounts = accounts_of(old, new)
        owed, before = _claims(migration, old, new, accounts)
        money = [held(fork, one.address, migration.asset) for one in (old, new)]
        batch = _batch(checkout, migration.batch, fork)
        refusal = refusal_of_batch(fork, batch)
        left, after = _claims(migration, old, new, accounts)
        rest = [held(fork, one.address, migration.asset) for one in (old, new)]
        short = {a: before[a] + owed[a] - after[a] for a in accounts}
        evidence.observe(
            accounts_compared=len(accounts), owed_before=str(sum(owed.values())),
            moved=str(sum(after.values()) - sum(before.values())), left=str(rest[0]),
        )  # fmt: skip

        assert refusal == "", f"{migration.batch}: {refusal}"
        assert any(owed.values()), f"{old.address} owes nobody anything"
        for account, missing in short.items():
            assert missing == 0, f"{account} was owed {owed[account]} and is {missing} wei short"
        assert not any(left.values()), f"{old.address} still owes {left}"
        assert rest[0] == 0, f"{rest[0]} of {money[0]} stayed in {old.address}"
        assert rest[1] - money[1] == money[0], f"{new.address} did not get all of {money[0]}"


@pytest.mark.item("MA-SC-22")
def test_a_migration_that_is_run_again_moves_nothing(fork, checkout, target, evidence):
    """A second run of the migration leaves every claim and every balance as the first did.

    Whoever is not sure whether it ran will run it again.
    """
    for migration in target.require("migrations"):
        old, new = (
            _ledger(fork, checkout, part) for part in (migration.source, migration.destination)
        )
        accounts, batch = accounts_of(old, new), _batch(checkout, migration.batch, fork)
        places = {one.address for one in (old, new)} | {step.to for step in batch.steps}
        first = refusal_of_batch(fork, batch)
        once = _claims(migration, old, new, accounts)
        money = {place: held(fork, place, migration.asset) for place in places}
        second = refusal_of_batch(fork, batch)
        twice = _claims(migration, old, new, accounts)
        evidence.observe(runs=2, accounts_compared=len(accounts), second_run=second or "accepted")

        assert first == "", f"{migration.batch}: {first}"
        assert twice == once, f"the second run changed claims from {once} to {twice}"
        again = {place: held(fork, place, migration.asset) for place in places}
        assert again == money, f"the second run moved money: {money} became {again}"


def _hop(fork, address):
    hops = deployed_code(fork, address).hops
    assert len(hops) == 1, f"{address} is not one proxy before its code: {hops}"
    return hops[0]


def _batch(checkout, path, fork):
    batch = read_batch(checkout.read(path))
    chain_id = fork.chain_id()
    assert batch.chain_id == chain_id, f"{path} is for chain {batch.chain_id}, this is {chain_id}"
    return batch


def _ledger(fork, checkout, part):
    return Contract(fork, part.address, compiled(checkout, part.artifact).abi)


def _claims(migration, old, new, accounts):
    """What the old and the new contract owe each account."""
    return (
        {one: int(old.call(migration.source.claim, one)) for one in accounts},
        {one: int(new.call(migration.destination.claim, one)) for one in accounts},
    )
