"""The store before its migration, after it, and in rehearsals."""

import pytest

from suites.nctool.given.addresses import SYSTEM, section_of


@pytest.fixture
def backups(target):
    """The folder of the token store's backups."""
    from fixtures.clients.store_backups import StoreBackups

    return StoreBackups(target.require("backups", SYSTEM), target.recorder)


@pytest.fixture
def preproduction(target, store):
    """The token store of pre-production."""
    from fixtures.clients.token_store import TokenStore

    database = target.require("preproduction_database", SYSTEM)
    url = section_of(target).preproduction_store_url
    if url is None:
        return store.other(database)
    return target.once(
        f"{SYSTEM}.preproduction", lambda: TokenStore(url, database, target.recorder)
    )


@pytest.fixture
def dump(target):
    """The dump of the store from before the migration; not verified where there is none."""
    from fixtures.clients.store_dump import StoreDump
    from suites.nctool.before import needs_dump

    if _snapshots(target).there:
        raise needs_dump()
    return StoreDump(target.require("snapshot", SYSTEM), target.recorder)


def _snapshots(target):
    from fixtures.clients.store_snapshots import StoreSnapshots

    return StoreSnapshots(target.require("snapshot", SYSTEM), target.recorder)


@pytest.fixture
def migrated(request, target, store):
    """The store of the judged instance against what is known of it from before its migration."""
    from fixtures.clients.token_stores.mongo_connection import Address
    from suites.nctool.before import Dumped, Summed
    from suites.nctool.migrated import Migrated

    def make():
        known = _snapshots(target)
        before = Summed(known) if known.there else Dumped(request.getfixturevalue("dump"))
        address = Address(target.require("store_url", SYSTEM))
        return Migrated(before, store, address, target.require("deprecated_fields", SYSTEM))

    return target.once(f"{SYSTEM}.migrated", make)


@pytest.fixture
def rehearsals(target, dump, operations):
    """Copies of the store from before the migration, to migrate and to damage."""
    from fixtures.clients.scratch_databases import ScratchServer
    from suites.nctool.rehearsals import Rehearsals

    def make():
        url = section_of(target).rehearsal_store_url
        url = url or target.require("staging", SYSTEM)[0].store_url
        server = ScratchServer(url, target.recorder)
        return Rehearsals(server, url, dump, operations)

    return target.once(f"{SYSTEM}.rehearsals", make)
