"""A snapshot before, a comparison after, as somebody types them."""

import gzip
import json
import re
import sqlite3

import pytest

from fixtures.compare_stores.command import main
from tests.probes.migration.stores import encoded, store, token

LAYOUT = 'changeable = ["metadata.migrated"]\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layout.toml").write_text(LAYOUT, encoding="utf-8")
    dump(tmp_path / "before.bson", store(400))
    return tmp_path


def dump(path, documents):
    raw = b"".join(encoded(documents))
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)


def snapshot(source="before.bson", *more):
    return main(["snapshot", source, "taken.zip", "--layout", "layout.toml", *more])


def compare(source, *more):
    return main(["compare", "taken.zip", source, "--json", "found.json", *more])


def migrated(documents):
    return [{**one, "metadata": {"migrated": True}} for one in documents]


@pytest.mark.parametrize("name", ["after.bson", "after.bson.gz"])
def test_an_allowed_migration_passes(folder, name, capsys):
    assert snapshot() == 0
    dump(folder / name, migrated(store(400))[::-1])

    assert compare(name) == 0
    assert "Nothing differs" in capsys.readouterr().out


def test_what_changed_is_named_with_wallet_field_and_both_values(folder, capsys):
    snapshot()
    after = migrated(store(400))
    after[77]["proofs"][0]["amount"] += 1
    lost = after.pop(300)
    dump(folder / "after.bson", after)

    assert compare("after.bson", "--before", "before.bson") == 1

    found = json.loads((folder / "found.json").read_text())
    changed, gone = found["differences"]
    assert changed["wallet"] == token(77)["npub"]
    amount = token(77)["proofs"][0]["amount"]
    assert changed["fields"] == [["proofs.0.amount", f"{amount} (int)", f"{amount + 1} (int)"]]
    assert (gone["document"], gone["kind"], gone["wallet"]) == (
        str(lost["_id"]),
        "lost",
        lost["npub"],
    )
    assert str(lost["_id"]) in capsys.readouterr().out


def test_without_the_old_store_the_documents_are_still_named(folder):
    snapshot()
    after = store(400)
    after[5]["status"] = "pending"
    dump(folder / "after.bson", after)
    (folder / "before.bson").unlink()

    assert compare("after.bson") == 1

    (named,) = json.loads((folder / "found.json").read_text())["differences"]
    assert named["document"] == f"{5:024x}"
    assert "before is gone" in named["note"]


def test_secrets_of_proofs_are_never_shown(folder, capsys):
    snapshot()
    after = store(400)
    secrets = [after[1]["proofs"][0]["secret"], "f" * 64]
    after[1]["proofs"][0]["secret"] = secrets[1]
    dump(folder / "after.bson", after)

    compare("after.bson", "--before", "before.bson")

    shown = capsys.readouterr().out + (folder / "found.json").read_text()
    assert "proofs.0.secret" in shown
    assert not any(secret in shown for secret in secrets)


@pytest.mark.usefixtures("folder")
def test_several_processes_find_the_same():
    snapshot("before.bson", "--executor", "local:2")

    assert compare("before.bson") == 0


def test_a_store_may_move_to_sql(folder):
    documents = [
        {"_id": str(n), "npub": f"npub{n % 9}", "status": "unspent", "proofs": [{"amount": n}]}
        for n in range(50)
    ]
    dump(folder / "before.bson", documents)
    snapshot()
    with sqlite3.connect(folder / "after.sqlite") as database:
        database.execute("CREATE TABLE tokens (id TEXT, npub TEXT, state TEXT, proofs TEXT)")
        database.executemany(
            "INSERT INTO tokens VALUES (?, ?, ?, ?)",
            [(d["_id"], d["npub"], d["status"], json.dumps(d["proofs"])) for d in documents],
        )
    database.close()
    columns = '[columns]\n_id = ["id", "text"]\nnpub = ["npub", "text"]\n'
    columns += 'status = ["state", "text"]\nproofs = ["proofs", "json"]\n'
    (folder / "columns.toml").write_text(columns, encoding="utf-8")

    assert compare("after.sqlite:tokens", "--layout", "columns.toml") == 0


def test_amounts_that_are_no_numbers_never_pass(folder, capsys):
    odd = [token(n, proofs=[{"amount": "5"}]) for n in range(3)]
    dump(folder / "before.bson", odd)
    snapshot()

    assert compare("before.bson") == 1
    assert "no whole numbers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "content", "says"),
    [
        ("gone.bson", None, "cannot be read"),
        ("cut.bson", b"".join(encoded(store(9)))[:-7], "cut off"),
        ("text.bson", b"{'_id': 1}" * 9, "Is it a file of mongodump"),
        ("cut.bson.gz", gzip.compress(b"".join(encoded(store(99))))[:-40], "cannot be read"),
        ("store.csv", b"", "is no source"),
        ("store.sqlite:tokens", None, "\\[columns\\]"),
    ],
    ids=["missing", "truncated", "no BSON", "truncated gzip", "unknown kind", "no columns"],
)
def test_a_source_that_cannot_be_read_is_told_plainly(folder, source, content, says, capsys):
    if content is not None:
        (folder / source).write_bytes(content)

    assert snapshot(source) == 2
    assert not (folder / "taken.zip").exists()
    message = capsys.readouterr().err
    assert len(message.splitlines()) == 1
    assert re.search(says, message), message


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        ('changeable = ["npub"]', "part of what must stay"),
        ('changable = ["a"]', "unknown key 'changable'"),
        ("changeable = [", "no TOML"),
    ],
    ids=["key is changeable", "misspelt", "no TOML"],
)
def test_a_broken_layout_is_told_plainly(folder, layout, says, capsys):
    (folder / "layout.toml").write_text(layout, encoding="utf-8")

    assert snapshot() == 2
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_snapshot_is_not_overwritten(capsys):
    snapshot()

    assert snapshot() == 2
    assert "not overwritten" in capsys.readouterr().err


def test_a_snapshot_and_its_key_belong_together(folder, capsys):
    snapshot()
    (folder / "taken.zip.key").write_text("ab" * 32, encoding="ascii")

    assert compare("before.bson") == 2
    assert "another key" in capsys.readouterr().err
    assert (folder / "taken.zip.key").stat().st_size == 64


def test_a_key_is_for_its_owner_alone(folder):
    snapshot()

    assert (folder / "taken.zip.key").stat().st_mode & 0o077 == 0


def test_an_empty_store_is_no_error(folder):
    (folder / "before.bson").write_bytes(b"")
    snapshot()
    dump(folder / "after.bson", [token(1)])

    assert compare("before.bson") == 0
    assert compare("after.bson") == 1


@pytest.mark.usefixtures("folder")
def test_a_report_that_cannot_be_kept_is_no_difference(capsys):
    snapshot()
    assert main(["compare", "taken.zip", "before.bson", "--json", "none/found.json"]) == 2
    assert "cannot be used: none/found.json" in capsys.readouterr().err


def test_columns_that_are_none_are_told(folder, capsys):
    (folder / "layout.toml").write_text("columns = 5\n", encoding="utf-8")
    assert snapshot() == 2
    assert "layout.toml: 'int' object" in capsys.readouterr().err
