"""The order book before, during and after its migration, and against the chain."""

import hashlib

import pytest

from fixtures.clients.order_book import OrderBook, quoted
from fixtures.clients.scratch import ScratchStore
from fixtures.clients.waiting import until
from fixtures.probes.stores import Holding, altered, content, losses

ETHER = "0x0000000000000000000000000000000000000000"
BALANCE_OF = "0x70a08231"
AMOUNTS = ("sell_amount", "buy_amount")
KEPT = {  # what no migration and no operation may change, key first
    "orders": (
        "id", "maker", "taker", "sell_token", "buy_token", *AMOUNTS, "nonce", "valid_from",
        "expiry", "salt", "signature", "created_at",
    ),
    "fills": ("id", "order_id", "counter_order_id", *AMOUNTS, "transaction_hash", "created_at"),
    "audit_log": ("id", "at", "actor", "action", "subject", "detail"),
}  # fmt: skip


def _kept(store, table):
    """The rows of a table by key, with the values that must never change."""
    columns = ", ".join(KEPT[table])
    return {row[0]: tuple(row) for row in store.query(f"SELECT {columns} FROM {table}")}  # noqa: S608


def _must_take_a_store(target, command, evidence):
    """Without a place for the store, a command meant for a copy would work on the live store."""
    declared = target.require("commands").get(command)
    if declared and "{store}" not in " ".join([*declared.argv, *declared.env.values()]):
        evidence.not_verified(f"the profile's command {command} has no place for {{store}}")


def _contents(store):
    """Every table of a store, each as number and checksum of its rows."""
    with store.read() as book:
        return {
            table: content(book.query(f"SELECT * FROM {quoted(table)}"))  # noqa: S608
            for table in book.tables()
        }


def _losses(before, after):
    """What the kept tables lost between two stores, and how many rows were compared."""
    found, compared = [], 0
    with after.read() as book:
        for table, columns in KEPT.items():
            old, new = _kept(before, table), _kept(book, table)
            compared += len(old)
            amounts = [column for column in AMOUNTS if column in columns]
            found += losses(table, columns, old, new, amounts=amounts)
    return found, compared


@pytest.mark.item("MA-MIG-01")
def test_the_migration_changes_a_copy_of_production_once(
    target, checkout, operations, release, evidence, tmp_path
):
    """On a copy of the store the migration runs, loses nothing, and does nothing the second time.

    A migration that was interrupted is run again: it must not apply anything twice.
    """
    _must_take_a_store(target, "db_migrate", evidence)
    tool = checkout.clone_at(release.commit, tmp_path / "release").path
    before = OrderBook(str(target.require("snapshot")), target.recorder)
    copy = before.copy(tmp_path / "rehearsal.sqlite")
    given = {"cwd": tool, "store": copy.path, "migrations": tool / "migrations"}

    first = operations.run("db_migrate", **given)
    once, applied = _contents(copy), len(copy.applied_migrations())
    second = operations.run("db_migrate", **given)
    lost, _ = _losses(before, copy)
    repeated = altered(once, _contents(copy))

    evidence.observe(
        orders_compared=before.row_counts()["orders"],
        migrations_applied=applied - len(before.applied_migrations()),
    )
    assert first.ok, first.explain()
    assert second.ok, second.explain("a second run that has nothing to do")
    assert not repeated, second.explain("no change by a second run") + f"\nchanged: {repeated}"
    assert not lost, f"the migration lost or changed what it must keep: {lost}"
    assert not copy.integrity(), f"the migrated copy is damaged: {copy.integrity()[:5]}"


@pytest.mark.item("MA-MIG-02")
def test_the_store_has_every_migration_of_the_release(
    checkout, order_book, release, limits, evidence
):
    """The migrations that the store says were applied are those of the release, no more, no less.

    Code that meets yesterday's tables fails on its first query, or worse, does not.
    """
    paths = [p for p in checkout.files(release.commit, "migrations/") if p.endswith(".sql")]
    shipped = {
        path.rpartition("/")[2].removesuffix(".sql"): hashlib.sha256(
            checkout.show(release.commit, path).encode()
        ).hexdigest()
        for path in paths
    }
    applied = {f"{int(m.version):04d}_{m.name}": m.sha256 for m in order_book.applied_migrations()}
    pending = sorted(set(shipped) - set(applied))
    unknown = sorted(set(applied) - set(shipped))
    edited = [name for name in shipped if applied.get(name) not in {None, shipped[name]}]

    evidence.observe(migrations_compared=len(shipped), pending_migrations=len(pending))
    limit = limits["pending_migrations"]
    assert limit.holds(len(pending)), f"{limit.explain(len(pending))}: {', '.join(pending)}"
    assert not unknown, f"applied, but not part of the release: {', '.join(unknown)}"
    assert not edited, f"applied in another wording than the release ships: {', '.join(edited)}"


@pytest.mark.item("MA-MIG-03")
def test_nothing_was_lost_and_the_verification_would_notice(
    target, order_book, operations, limits, evidence, tmp_path
):
    """Every row of before the migration is there, and the release's own tool notices if one is not.

    A verification that only connects says "all well" about any store.
    """
    _must_take_a_store(target, "db_verify", evidence)
    snapshot = OrderBook(str(target.require("snapshot")), target.recorder)
    verified = operations.run("db_verify")
    lost, compared = _losses(snapshot, order_book)
    damaged = ScratchStore.of(order_book, tmp_path / "damaged.sqlite")
    victim = snapshot.query("SELECT min(id) FROM orders").scalar
    removed = damaged.change("DELETE FROM orders WHERE id = ?", [victim])
    noticed = operations.run("db_verify", store=damaged.path)

    evidence.observe(rows_compared=compared, checksum_mismatches=len(lost), rows_removed=removed)
    assert verified.ok, verified.explain("a verification without findings")
    limit = limits["checksum_mismatches"]
    assert limit.holds(len(lost)), f"{limit.explain(len(lost))}: {'; '.join(lost)}"
    assert removed == 1, f"the order {victim} of the snapshot is not in the store"
    assert not noticed.ok, noticed.explain(f"a finding: order {victim} was removed from this copy")


@pytest.mark.item("MA-MIG-04")
def test_the_order_book_and_the_escrow_contract_agree(
    target, http, order_book, chain, limits, evidence
):
    """What the order book says the contract holds is what the contract held at that very block.

    A store restored from an older backup forgets deposits that the contract still owes.
    """
    lag = limits["indexer_lag_blocks"]

    def read():
        with order_book.read() as book:
            block = book.query("SELECT indexed_block FROM indexer_state").scalar
            rows = book.query(
                "SELECT token, amount FROM escrows WHERE state IN ('held', 'disputed') "
                "UNION ALL SELECT token, amount FROM balances"
            )
        return block, chain.block_number() - block, rows

    until(lambda: lag.holds(read()[1]), deadline_s=15)
    block, behind, rows = read()
    config = http.get("/api/config")
    assert config.status == 200, config.explain("the address of the escrow contract")
    escrow = target.profile.meta_aggregator.escrow_address or config.json()["contracts"]["escrow"]
    tokens = target.require("tokens")
    recorded = {ETHER: 0, tokens.base: 0, tokens.quote: 0}
    for token, amount in rows:
        recorded[token] = recorded.get(token, 0) + int(amount)
    holdings = [Holding(t, r, _held(chain, escrow, t, block)) for t, r in recorded.items()]
    worst = max(holdings, key=lambda holding: holding.deviation_pct)

    evidence.observe(
        holdings_compared=sum(1 for h in holdings if h.recorded or h.held),
        at_block=block,
        indexer_lag_blocks=behind,
        escrow_deviation_pct=worst.deviation_pct,
        unexplained={h.asset: str(h.unexplained) for h in holdings},
    )
    assert lag.holds(behind), lag.explain(behind)
    limit = limits["escrow_deviation_pct"]
    assert limit.holds(worst.deviation_pct), f"{limit.explain(worst.deviation_pct)}: {worst}"


def _held(chain, escrow, token, block):
    """What a contract held of a token, or of ether, after a block."""
    if token == ETHER:
        return chain.balance(escrow, block)
    data = BALANCE_OF + escrow.removeprefix("0x").lower().rjust(64, "0")
    return int.from_bytes(chain.eth_call(token, data, block=block))
