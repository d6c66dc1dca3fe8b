from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures.reference.defects import Defects
from fixtures.reference.meta_aggregator import history, rollout, store_tools
from fixtures.reference.meta_aggregator.backups import Backups
from fixtures.reference.meta_aggregator.facts import ReleaseFacts, Site
from fixtures.reference.meta_aggregator.store_tool_variants import (
    MIGRATIONS,
    store_tools_source,
)

NOW = datetime.now(UTC)
BASE, QUOTE = "0x" + "1" * 40, "0x" + "2" * 40


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.create()
    rollout.prepare(site, facts(site))
    return site


def facts(site: Site) -> ReleaseFacts:
    return ReleaseFacts(
        started=NOW,
        window_start=NOW,
        deployed_at=NOW,
        verified_at=NOW,
        rpc_urls={},
        escrow_address="0x" + "3" * 40,
        escrow_transaction="",
        tokens={"base": BASE, "quote": QUOTE},
        store=site.store,
        backups=site.backups,
        attestations=site.attestations,
    )


def run(*arguments: object, source: Path | None = None) -> tuple[int, dict]:
    done = subprocess.run(
        [sys.executable, str(source or store_tools.__file__), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def variant(tmp_path: Path, item: str) -> Path:
    source = tmp_path / "tool.py"
    source.write_text(store_tools_source(Defects.for_items([item])))
    return source


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_migration_keeps_every_order_and_runs_once(site: Site):
    options = ("migrate", "--store", site.store, "--migrations", MIGRATIONS)
    before = rows(site.store, "orders")
    code, first = run(*options)
    assert code == 0
    assert first["applied"][-1] == f"{rollout.NEWEST:04d}_daily_activity"
    code, second = run(*options)
    assert (code, second["applied"]) == (0, [])
    assert rows(site.store, "orders") == before
    assert run("verify", "--store", site.store, "--snapshot", site.snapshot)[0] == 0


def test_verify_names_a_lost_and_a_changed_row(site: Site):
    store_tools.migrate(site.store, MIGRATIONS)
    history.lose_a_row(site.store)
    with closing(sqlite3.connect(site.store)) as connection, connection:
        connection.execute("UPDATE orders SET sell_amount = '7' WHERE nonce = '3'")
    code, result = run("verify", "--store", site.store, "--snapshot", site.snapshot)
    assert code == 1
    assert sorted(problem.split()[-1] for problem in result["problems"]) == ["changed", "missing"]


def test_the_past_is_the_same_every_time(tmp_path: Path):
    stores = [tmp_path / name for name in ("one.sqlite", "two.sqlite")]
    for store in stores:
        history.write_previous_store(store, facts(Site(tmp_path)))
    dumps = []
    for store in stores:
        with closing(sqlite3.connect(store)) as connection:
            dumps.append(connection.execute("SELECT * FROM orders ORDER BY id").fetchall())
    assert dumps[0] == dumps[1]
    assert len(dumps[0]) > 300


def test_a_backup_can_be_restored_and_its_manifest_is_true(site: Site, tmp_path: Path):
    code, made = run("backup", "--store", site.store, "--to", tmp_path / "copies")
    assert code == 0
    manifest = json.loads(Path(made["backup"]).with_suffix(".json").read_text())
    assert manifest["sha256"] == store_tools.digest(Path(made["backup"]))
    code, restored = run("restore", "--backup", made["backup"], "--store", tmp_path / "new.sqlite")
    assert (code, restored["tables"]) == (0, manifest["tables"])


def test_the_other_commands_find_a_sound_store_sound(site: Site):
    store_tools.migrate(site.store, MIGRATIONS)
    for command in ("test-connection", "check", "performance"):
        code, result = run(command, "--store", site.store)
        assert (code, result["ok"]) == (0, True), command


def test_a_missing_store_and_a_locked_store_are_said(site: Site, tmp_path: Path):
    code, result = run("check", "--store", tmp_path / "none.sqlite")
    assert code == 1
    assert "there is no store" in result["error"]
    with closing(sqlite3.connect(site.store, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        code, result = run("test-connection", "--store", site.store)
        assert (code, result["error"]) == (1, "database is locked")


def test_fault_the_newest_migration_is_applied_again(site: Site, tmp_path: Path):
    source = variant(tmp_path, "MA-MIG-01")
    options = ("migrate", "--store", site.store, "--migrations", MIGRATIONS)
    assert run(*options, source=source)[0] == 0
    once = rows(site.store, "daily_activity")
    assert run(*options, source=source)[1]["applied"]
    assert rows(site.store, "daily_activity") == 2 * once


def test_fault_verify_only_connects(site: Site, tmp_path: Path):
    store_tools.migrate(site.store, MIGRATIONS)
    history.lose_a_row(site.store)
    source = variant(tmp_path, "MA-MIG-03")
    code, _ = run("verify", "--store", site.store, "--snapshot", site.snapshot, source=source)
    assert code == 0


def test_fault_a_backup_is_empty(site: Site):
    target = Backups(site.store, site.backups, Defects.for_items(["MA-PRE-08"])).run_once()
    assert target.stat().st_size == 0
    assert target.with_suffix(".json").is_file()
