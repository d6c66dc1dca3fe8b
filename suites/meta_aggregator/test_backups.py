"""The backup that a rollback would have to rely on."""

from datetime import UTC, datetime, timedelta

import pytest


@pytest.mark.item("MA-PRE-08")
def test_the_newest_backup_is_recent_and_can_be_restored(
    backups, order_book, limits, evidence, tmp_path
):
    """The newest backup is recent, restores into a scratch store, and holds what was there.

    An empty file has a name, a date and a place in the list of backups as well.
    """
    backup = backups.newest()
    age_h = (datetime.now(UTC) - backup.created_at) / timedelta(hours=1)
    evidence.observe(backup=backup.path.name, backup_bytes=backup.size)
    assert backup.is_sqlite, backup.explain("a SQLite file with content, as the store is SQLite")
    restored = backups.restore(backup, tmp_path / "restored.sqlite")
    problems, rows = restored.integrity(), restored.row_counts()
    taken = backup.created_at.strftime("%Y-%m-%dT%H:%M:%S")
    older = "SELECT id FROM orders WHERE created_at < ?"
    lost = {row[0] for row in order_book.query(older, [taken])} - {
        row[0] for row in restored.query("SELECT id FROM orders")
    }

    evidence.observe(
        tables_compared=len(rows), backup_age_hours=round(age_h, 2), rows=sum(rows.values())
    )
    assert not problems, backup.explain("a sound store") + f"\nproblems: {problems[:5]}"
    assert rows == backup.stated_rows, backup.explain(f"{backup.stated_rows}, restored {rows}")
    assert backup.sha256 == backup.stated_sha256, backup.explain("the digest of its manifest")
    assert restored.schema_version(), backup.explain("a store that knows its migrations")
    assert not lost, f"{len(lost)} orders older than the backup are not in it: {sorted(lost)[:3]}"
    limit = limits["backup_age_hours"]
    assert limit.holds(age_h), limit.explain(round(age_h, 2))
