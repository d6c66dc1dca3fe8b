"""The release's migration: it does what the plan says, and each of its defects does harm."""

from datetime import UTC, datetime
from itertools import count

import pytest
from pymongo import MongoClient

from fixtures.reference.defects import NONE, Defects, table
from fixtures.reference.mongodb import start_store
from fixtures.reference.nctool.migration import tool
from fixtures.reference.nctool.migration.population import populate
from fixtures.reference.nctool.migration.tool_variants import VARIANTS

MINTS = ("https://a.test", "https://b.test", "https://c.test")
EVERY = 9
"""One document in so many is enough here."""
NUMBERS = count()


@pytest.fixture(scope="module")
def client():
    with start_store() as running, MongoClient(running.url, tz_aware=True) as client:
        yield client


@pytest.fixture
def db(client):
    population = populate(MINTS)
    made = client[f"migration_{next(NUMBERS)}"]
    made.cashuwallets.insert_many(population.wallets)
    made.cashutokens.insert_many(population.tokens[::EVERY])
    return made


@pytest.fixture
def run(tmp_path, db):
    """Runs a direction of the tool, as it is with these defects on."""
    loaded = {}

    def go(direction="up", item=None, **settings):
        if item not in loaded:
            defects = Defects.for_items([item]) if item else NONE
            folder = tmp_path / str(item)
            loaded[item] = tool.load(tool.write_files(tool.release_files(defects), folder))
        modules = loaded[item]
        chosen = modules["settings"].Settings("mongodb://unused", db.name, batch=50, **settings)
        return getattr(modules["runner"], direction)(db, chosen)

    go.problems = lambda: loaded[None]["validator"].problems(db)
    return go


def contents(db):
    return {
        name: {one["_id"]: one for one in db[name].find({})}
        for name in ("cashutokens", "cashuwallets")
    }


def indexes(db):
    return {name: one["key"] for name, one in db.cashutokens.index_information().items()}


def test_up_marks_every_token_and_keeps_what_it_held(run, db):
    before = contents(db)["cashutokens"]
    run()
    after = contents(db)["cashutokens"]

    assert run.problems() == []
    assert before.keys() == after.keys()
    for identity, token in after.items():
        own = before[identity].get("metadata", {})
        assert token["metadata"].items() >= own.items()
        assert ("metadata" not in before[identity]) == bool(token["metadata"].get("migrated"))
        assert token.get("proofs_count") is None
    statuses = [one["status"] for one in db.migrationlogs.find({"migration": {"$regex": "^002"}})]
    assert statuses == ["COMPLETED"] * 3


def test_down_is_the_inverse_and_keeps_what_came_later(run, db):
    before, known = contents(db), indexes(db)
    run()
    marked = db.cashutokens.find_one({"metadata.migrated": True})["_id"]
    db.cashutokens.update_one({"_id": marked}, {"$set": {"metadata.later": 1}})
    run("down")

    after = contents(db)
    assert after["cashutokens"].pop(marked)["metadata"] == {"later": 1}
    del before["cashutokens"][marked]
    assert after == before
    assert indexes(db).keys() == known.keys() | {"wallet_id_1_status_1"}


def test_a_second_run_changes_nothing(run, db):
    run()
    before = contents(db)
    run()

    assert contents(db) == before
    assert run.problems() == []


@pytest.mark.parametrize("step", ["index", "tokens", "sweep", "cleanup cashuwallets"])
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next(run, db, step):
    class Killed(BaseException):
        pass

    def reached(at):
        if at == step:
            raise Killed

    with pytest.raises(Killed):
        run(reached=reached)
    assert db.schemaversions.find_one()["version"] == 1
    assert db.migrationlogs.find_one({"status": "STARTED"})
    run()

    assert run.problems() == []
    assert db.schemaversions.find_one()["version"] == 2
    assert not db.migrationlogs.find_one({"status": "STARTED"})


@pytest.mark.parametrize("step", ["tokens", "cleanup cashuwallets"])
def test_a_run_that_is_killed_can_be_taken_back(run, db, step):
    class Killed(BaseException):
        pass

    def reached(at):
        if at == step:
            raise Killed

    before = contents(db)
    with pytest.raises(Killed):
        run(reached=reached)
    run("down")

    assert contents(db) == before


def test_a_failed_validation_is_undone_logged_and_told(run, db):
    victim = db.cashutokens.find_one({"proofs.0": {"$exists": True}})["_id"]
    db.cashutokens.update_one({"_id": victim}, {"$inc": {"total_amount": 1}})
    before = contents(db)
    with pytest.raises(Exception, match=str(victim)):
        run()

    assert contents(db) == before
    failed = db.migrationlogs.find_one({"error": {"$exists": True}})
    assert (failed["status"], failed["phase"]) == ("ROLLED_BACK", "data")
    assert str(victim) in failed["error"]
    assert db.migrationcounters.find_one()["value"] == 1
    assert db.schemaversions.find_one()["version"] == 1


def test_a_failure_of_a_later_run_leaves_the_migration_in_place(run, db):
    run()
    before = contents(db)
    victim = db.cashutokens.find_one({"proofs.0": {"$exists": True}})["_id"]
    db.cashutokens.update_one({"_id": victim}, {"$inc": {"total_amount": 1}})
    with pytest.raises(Exception, match=str(victim)):
        run()
    db.cashutokens.update_one({"_id": victim}, {"$inc": {"total_amount": -1}})

    assert contents(db) == before
    assert db.schemaversions.find_one()["version"] == 2


def test_tokens_that_old_code_writes_meanwhile_are_marked(run, db):
    written = []

    def reached(step):
        if step == "sweep" and not written:
            token = dict(db.cashutokens.find_one({}), created_at=datetime.now(UTC))
            for name in ("_id", "metadata"):
                token.pop(name, None)
            written.append(db.cashutokens.insert_one(token).inserted_id)

    run(reached=reached)

    assert db.cashutokens.find_one({"_id": written[0]})["metadata"]["migrated"] is True


@pytest.mark.parametrize(
    "damage",
    [
        lambda db: db.cashutokens.drop_index("npub_1_status_1_transaction_type_1"),
        lambda db: db.cashutokens.update_one({}, {"$unset": {"metadata": ""}}),
        lambda db: db.cashutokens.update_one({}, {"$inc": {"total_amount": 1}}),
        lambda db: db.cashutokens.update_one(
            {"proofs.0": {"$exists": True}}, {"$inc": {"proofs.0.amount": 1, "total_amount": 1}}
        ),
        lambda db: db.cashutokens.delete_one({}),
        lambda db: db.cashuwallets.delete_one({}),
        lambda db: db.cashutokens.update_one(
            {"metadata.legacy": True}, {"$unset": {"metadata.legacy": ""}}
        ),
        lambda db: db.migrationexports.delete_one({}),
    ],
    ids=["index", "metadata", "total", "amount", "token", "wallet", "mark", "export"],
)
def test_the_validator_notices_each_damage(run, db, damage):
    run()
    assert run.problems() == []
    damage(db)

    assert run.problems()


@pytest.mark.parametrize("switch", sorted(VARIANTS))
def test_every_variant_fits_the_tool_and_changes_it(switch):
    item = next(fault.item for fault in table().values() if fault.switch == switch)
    honest, defective = tool.release_files(), tool.release_files(Defects.for_items([item]))

    changed = {name for name in honest if honest[name] != defective[name]}
    assert changed == {f"tools/migration/{change.file}" for change in VARIANTS[switch]}
    for name in changed:
        compile(defective[name], name, "exec")


def test_the_tool_leaves_no_module_behind(tmp_path):
    import sys

    modules = tool.load(tool.write_files(tool.release_files(), tmp_path))

    assert modules.keys() >= {"runner", "settings", "validator"}
    assert not [name for name in sys.modules if name.partition(".")[0] == "migration"]
    assert str(tmp_path / "tools") not in sys.path
