"""The backups that a way back would have to rely on."""

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.clients.deployment_rehearsal import Rehearsal
from fixtures.probes.raw_documents import contents

TOKENS = "cashutokens"
SETTLED = timedelta(hours=1)
"""What was written so long before a backup has been in the store when it was made."""


@pytest.mark.item("NC-PRE-10")
@pytest.mark.writes
def test_the_newest_backup_restores_what_was_backed_up(backups, store, scratch, limits, evidence):
    """The newest backup, restored into a scratch database, holds what its manifest says.

    A job that finished, and a file that has a name and a date, bring no wallet back.
    """
    backup = backups.newest()
    age_h = (datetime.now(UTC) - backup.created_at) / timedelta(hours=1)
    written = {
        file.collection: contents(raw for batch in file.documents() for raw in batch)
        for file in backup.files
    }
    with scratch.database() as copy:
        backup.restore(copy)
        found = {name: contents(copy.raw(name).values()) for name in written}
        tokens = {row["_id"] for row in copy.store.find(TOKENS, fields=["_id"])}
    older = {"created_at": {"$lt": backup.created_at - SETTLED}}
    lost = {row["_id"] for row in store.find(TOKENS, older, fields=["_id"])} - tokens

    stated = {file.collection: file.stated_documents for file in backup.files}
    counted = {name: content.documents for name, content in found.items()}
    evidence.observe(documents_restored=sum(counted.values()), backup_age_hours=round(age_h, 2))
    assert counted == stated, backup.explain(f"{stated} documents; restored were {counted}")
    assert found == written, backup.explain("the documents of the files, byte by byte")
    for file in backup.files:
        assert file.sha256 == file.stated_sha256, backup.explain(f"{file.path.name} as it was made")
    assert tokens, backup.explain("tokens")
    assert not lost, f"{len(lost)} tokens older than the backup are not in it: {sorted(lost)[:3]}"
    assert limits["backup_age_hours"].holds(age_h), limits["backup_age_hours"].explain(age_h)


@pytest.mark.item("NC-DEP-06")
@pytest.mark.writes
def test_the_backup_step_of_the_deployment_makes_a_backup(
    checkout, operations, backups, release, evidence, tmp_path
):
    """After the step there is one backup more, of this moment and with content; else it fails.

    The documented subcommand does not exist: a script that goes on then migrates without a net.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    rehearsal = Rehearsal(operations, "backup_step", clean.path, tmp_path / "rehearsal")
    failing = rehearsal.run(fail_at=1)
    before, started = set(backups.names()), datetime.now(UTC)

    run = operations.run("backup_step", cwd=clean.path)
    made = [backups.read(name) for name in backups.names() if name not in before]
    ended = datetime.now(UTC)

    evidence.observe(backups_made=len(made), bytes=[backup.size for backup in made])
    assert failing.calls, failing.ended.explain("a step that calls a tool")
    assert not failing.ok, failing.ended.explain("another exit code than 0 when its tool fails")
    assert run.ok, run.explain()
    assert made, run.explain(f"a backup in {backups.folder}, besides {sorted(before)}")
    for backup in made:
        second = timedelta(seconds=1)  # a manifest may state whole seconds
        assert started - second <= backup.created_at <= ended, backup.explain("one of this moment")
        assert backup.size > 0, backup.explain("a backup with content")
