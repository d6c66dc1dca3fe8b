"""The checks of a migration with snapshots in place of a dump: nothing is hidden, all is named."""

import datetime as dt
import uuid

import bson
import pytest
from pymongo import MongoClient

from contracts import catalogue
from fixtures.clients.outcomes import CapabilityMissing, ClientError, Inconclusive
from fixtures.clients.recording import NullRecorder
from fixtures.clients.store_dump import StoreDump
from fixtures.clients.store_snapshots import StoreSnapshots
from fixtures.clients.token_store import TokenStore
from fixtures.clients.token_stores.model import SourceError
from fixtures.clients.token_stores.mongo_connection import Address
from fixtures.compare_stores import command
from fixtures.probes.migrated_documents import MARKS
from fixtures.reference.mongodb.server import MongoServer
from suites.nctool import test_migration_result as checks
from suites.nctool.before import TOKENS, Dumped, Summed
from suites.nctool.migrated import WALLETS, Migrated

OLD = "proofs_count"
SPENT = 700
BEFORE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DUMPED = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
SINCE = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
FROZEN = f"changeable = {[*MARKS, OLD]}\n"
LIVE = (
    FROZEN
    + """
writable = ["status", "spent_at"]
created = ["created_at"]
updated = ["spent_at"]
"""
)
WALLET_LAYOUT = 'key = ["npub", "mint_url", "unit"]\n'


def token(number, when=BEFORE):
    return {
        "_id": bson.ObjectId(),
        "number": number,
        "npub": f"npub{number % 7}",
        "wallet_id": number % 7,
        "mint_url": "https://mint.example",
        "unit": "sat",
        "status": "unspent",
        "transaction_type": "received",
        "total_amount": 1 << number % 9,
        "proofs": [{"amount": 1 << number % 9, "secret": f"{number:064x}"}],
        OLD: 1,
        "created_at": when,
        "spent_at": None,
    }


class Evidence:
    def observe(self, **_):
        pass

    def inconclusive(self, reason):
        raise Inconclusive(reason)


@pytest.fixture(scope="module")
def server():
    with MongoServer() as running:
        yield running


class Site:
    """A store, a dump and snapshots of it from before, and the checks."""

    def __init__(self, url, folder, layout):
        self.url, self.folder, self.name = url, folder, f"d{uuid.uuid4().hex}"
        self.client = MongoClient(url, tz_aware=True)
        self.tokens, self.wallets = (self.client[self.name][name] for name in (TOKENS, WALLETS))
        spent = {"status": "spent", "spent_at": BEFORE}
        self.tokens.insert_many([*map(token, range(60)), token(SPENT) | spent])
        owners = [{"npub": f"npub{n}", "mint_url": "m", "unit": "sat"} for n in range(7)]
        self.wallets.insert_many(owners)
        self.recorder = NullRecorder()
        self.store = TokenStore(url, self.name, self.recorder)
        for place in ("dump", "snapshots"):
            (folder / place).mkdir()
        for name, text in ((TOKENS, layout), (WALLETS, WALLET_LAYOUT)):
            dump = folder / "dump" / f"{name}.bson"
            dump.write_bytes(b"".join(map(bson.encode, self.client[self.name][name].find())))
            (folder / "layout.toml").write_text(text, encoding="utf-8")
            taken = ["snapshot", str(dump), str(folder / "snapshots" / f"{name}.zip"), "--layout"]
            as_of = ["--as-of", DUMPED.isoformat()] * ("created" in text)
            assert command.main([*taken, str(folder / "layout.toml"), *as_of]) == 0
        marks = {path: True for path in MARKS}
        self.tokens.update_many({}, {"$set": marks, "$unset": {OLD: ""}})

    def change(self, number, **fields):
        self.tokens.update_one({"number": number}, {"$set": fields})
        return str(self.tokens.find_one({"number": number})["_id"])

    def migrated(self, before=None):
        before = before or Summed(StoreSnapshots(self.folder / "snapshots", self.recorder))
        return Migrated(before, self.store, Address(self.url), [f"{TOKENS}.{OLD}"])

    def close(self):
        self.client.drop_database(self.name)
        self.client.close()
        self.store.close()

    def judge(self, item, migrated=None):
        limits = {one.metric: one for one in catalogue.load().items[item].limits}
        CHECKS[item](migrated or self.migrated(), limits, Evidence())


CHECKS = {
    "NC-MIG-11": checks.test_every_balance_is_what_it_was,
    "NC-MIG-12": checks.test_no_token_of_before_is_gone,
    "NC-MIG-13": checks.test_no_wallet_of_before_is_gone,
    "NC-MIG-15": checks.test_nothing_that_is_final_changed_in_any_token,
}


@pytest.fixture
def site(server, tmp_path, request):
    made = Site(server.url, tmp_path, getattr(request, "param", FROZEN))
    yield made
    made.close()


live = pytest.mark.parametrize("site", [LIVE], ids=["live"], indirect=True)


def refused(site, item, *words):
    with pytest.raises(AssertionError) as raised:
        site.judge(item)
    for word in words:
        assert str(word) in str(raised.value)


@pytest.mark.parametrize("site", [FROZEN, LIVE], ids=["frozen", "live"], indirect=True)
def test_an_honest_migration_passes_with_the_old_store_gone(site):
    for item in CHECKS:
        site.judge(item)
        site.judge(item, site.migrated(Dumped(StoreDump(site.folder / "dump", site.recorder))))


def test_a_lost_token_is_named_with_its_wallet_and_side(site):
    gone = site.tokens.find_one_and_delete({"number": 17})["_id"]
    refused(site, "NC-MIG-12", gone, "npub3", "only before")
    refused(site, "NC-MIG-11", "npub3 / https://mint.example / sat / unspent: 9 tokens with")


def test_a_lost_wallet_is_named(site):
    gone = site.wallets.find_one_and_delete({"npub": "npub6"})["_id"]
    refused(site, "NC-MIG-13", gone, "npub6", "only before")
    site.judge("NC-MIG-12")


def test_a_changed_token_is_named_and_a_field_where_its_balance_tells_it(site):
    moved = site.change(20, npub="npub0")
    refused(site, "NC-MIG-15", moved, "npub was npub6, is npub0")
    refused(site, "NC-MIG-11", "npub0 / ", "npub6 / ")


def test_a_changed_token_is_named_where_only_a_dump_tells_the_field(site):
    changed = site.change(21, **{"proofs.0.secret": "another"})
    refused(site, "NC-MIG-15", changed, "npub0", "not what")
    site.judge("NC-MIG-11")


@live
def test_honest_writes_meanwhile_are_no_alarm(site):
    site.change(3, status="spent", spent_at=SINCE)
    site.tokens.insert_one({**token(99, SINCE), "metadata": {"migrated": True}})
    for item in CHECKS:
        site.judge(item)
    assert site.migrated().compared(TOKENS).served == 1
    assert site.migrated().compared(TOKENS).new == 1


@live
def test_a_loss_does_not_hide_behind_an_honest_write(site):
    site.change(3, status="spent", spent_at=SINCE)
    changed = site.change(4, status="spent", spent_at=SINCE, total_amount=1)
    refused(site, "NC-MIG-15", changed)
    gone = site.tokens.find_one_and_delete({"number": 10})["_id"]
    refused(site, "NC-MIG-12", gone)


@live
def test_what_nobody_can_tell_never_passes(site):
    reserved = site.change(5, status="pending")
    with pytest.raises(Inconclusive, match=f"{reserved}.*does not say when"):
        site.judge("NC-MIG-15")
    site.change(5, status="unspent")
    site.tokens.insert_one({**token(98, DUMPED), "metadata": {"migrated": True}})
    site.judge("NC-MIG-12")
    site.judge("NC-MIG-15")
    with pytest.raises(Inconclusive, match="within 5 s of the snapshot"):
        site.judge("NC-MIG-11")


@live
def test_a_spent_token_is_not_unspent_again_by_the_service(site):
    reverted = site.change(SPENT, status="unspent", spent_at=SINCE)
    refused(site, "NC-MIG-15", reverted, "status was spent, is unspent")
    refused(site, "NC-MIG-11", "npub0 / ")


def test_a_snapshot_by_another_layout_is_not_compared(server, tmp_path):
    for number, layout in enumerate(("", f"{FROZEN}amounts = ['proofs', 'secret']\n")):
        (tmp_path / str(number)).mkdir()
        site = Site(server.url, tmp_path / str(number), layout)
        with pytest.raises(CapabilityMissing, match="by a layout that says less"):
            site.judge("NC-MIG-11")
        site.close()


def test_what_needs_documents_says_so_and_reads_none(site):
    with pytest.raises(CapabilityMissing, match="mongodump"):
        next(site.migrated().pairs(TOKENS))


def test_a_missing_snapshot_or_key_is_said_and_no_key_is_recorded(site):
    folder = site.folder / "snapshots"
    key = (folder / f"{TOKENS}.zip.key").read_text().strip()
    site.judge("NC-MIG-12")
    assert site.recorder.lines
    assert key not in str(site.recorder.lines)
    (folder / f"{TOKENS}.zip.key").unlink()
    with pytest.raises(ClientError, match=r"key .* cannot be read"):
        site.judge("NC-MIG-12")
    (folder / f"{WALLETS}.zip").unlink()
    with pytest.raises(ClientError, match="no snapshot of cashuwallets"):
        site.judge("NC-MIG-13")


def test_a_store_that_cannot_be_read_is_said(site):
    class Away:
        def compared(self, *_):
            raise SourceError("the store is away")

    with pytest.raises(ClientError, match="the store is away"):
        site.judge("NC-MIG-12", site.migrated(Away()))


def test_a_dump_tells_more_than_the_snapshots_beside_it(site):
    assert StoreSnapshots(site.folder / "snapshots", site.recorder).there
    assert not StoreSnapshots(site.folder / "dump", site.recorder).there
    (site.folder / "snapshots" / f"{TOKENS}.bson").touch()
    assert not StoreSnapshots(site.folder / "snapshots", site.recorder).there
