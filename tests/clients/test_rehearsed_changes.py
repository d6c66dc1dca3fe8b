"""An upgrade and a migration are carried out as their batch says, and what went wrong is seen."""

from dataclasses import asdict, replace

import pytest

from fixtures.clients.chain import Chain
from fixtures.clients.fork import Fork
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from fixtures.clients.rehearsed_changes import batch_of, rehearse_migration, rehearse_upgrade
from fixtures.profiles.meta_aggregator import Ledger, Migration, Upgrade
from fixtures.reference.chain import deploy_contracts, key_of, start_chain
from fixtures.reference.chain.treasury import REBATES_IN_LEDGER
from fixtures.reference.defects import Defects
from fixtures.reference.meta_aggregator import upgrades
from tests.reference.meta_aggregator.release_site import make_facts


class Folder:
    def __init__(self, files):
        self.files = files

    def read(self, path):
        return self.files[path]


@pytest.fixture(scope="module", params=["sound", "MA-SC-21", "MA-SC-22"])
def rehearsal(request, engine, tmp_path_factory):
    """A fork, the checkout, the upgrade and the migration, sound or with a defect."""
    items = [] if request.param == "sound" else [request.param]
    defects = Defects.for_items(items)
    with start_chain(31337, engine=engine) as running:
        deployed = deploy_contracts(
            running.url,
            key_of("deployer"),
            variant=next(iter(defects.active), None),
            with_uniswap=False,
        )
        facts = replace(
            make_facts(tmp_path_factory.mktemp("site")),
            safe=deployed.safe,
            house=asdict(deployed.house),
        )
        [upgrade], [move] = upgrades.declared_upgrades(facts), upgrades.declared_migrations(facts)
        ledgers = {name: Ledger(**move[name]) for name in ("source", "destination")}
        fork = Fork(Chain(running.url, NullRecorder()), engine)
        yield (
            request.param,
            fork,
            Folder(upgrades.files(facts, defects)),
            Upgrade(**upgrade),
            Migration(move["batch"], **ledgers),
        )
        fork.close()


def test_an_upgrade_is_seen_from_outside(rehearsal):
    name, fork, folder, upgrade, _ = rehearsal
    with fork.apart():
        seen = rehearse_upgrade(fork, folder, upgrade)
    assert (seen.refusal, seen.open_ways, seen.begun) == ("", [], [])
    assert seen.runs.implementation.lower() == upgrade.implementation.lower()
    assert bool(seen.differing) == (name == "MA-SC-21")


def test_a_migration_is_counted_to_the_wei(rehearsal):
    name, fork, folder, _, migration = rehearsal
    with fork.apart():
        seen = rehearse_migration(fork, folder, migration)
    rounded = sum(amount % 10**9 for amount in REBATES_IN_LEDGER)
    assert sum(seen.before.old.values()) == sum(REBATES_IN_LEDGER)
    assert sum(seen.short.values()) == (rounded if name == "MA-SC-22" else 0)
    assert (seen.refusal, seen.second_refusal) == ("", "")
    assert seen.again == seen.after
    assert seen.after.money[seen.source] == 0


def test_what_cannot_be_rehearsed_is_said(rehearsal):
    _, fork, folder, upgrade, _ = rehearsal
    with pytest.raises(ClientError, match="is not one proxy"):
        rehearse_upgrade(fork, folder, replace(upgrade, proxy=upgrade.implementation))
    elsewhere = folder.read(upgrade.batch).replace('"chainId": "31337"', '"chainId": "1"')
    with pytest.raises(ClientError, match="is for chain 1, and this is 31337"):
        batch_of(fork, Folder({"b": elsewhere}), "b")
