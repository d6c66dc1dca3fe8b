"""The command against a store that serves."""

import json
import uuid
import zipfile

import bson
import pytest
from pymongo import MongoClient

from fixtures.compare_stores.command import main
from fixtures.reference.mongodb.server import MongoServer
from tests.probes.migration.stores import store


@pytest.fixture(scope="session")
def server():
    with MongoServer() as running:
        yield running


@pytest.fixture
def tokens(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = f"d{uuid.uuid4().hex}"
    with MongoClient(server.url) as client:
        client[name].tokens.insert_many(store(300))
        yield client[name].tokens
        client.drop_database(name)


@pytest.fixture
def run(server, tokens):
    def command(*arguments, source=server.url):
        place = ["--database", tokens.database.name, "--collection", "tokens"]
        names = {"SOURCE": source}
        return main([*(names.get(one, one) for one in arguments), *place])

    return command


def test_what_changed_in_a_live_store_is_named(run, tokens, capsys):
    assert run("snapshot", "SOURCE", "taken.zip") == 0
    assert run("compare", "taken.zip", "SOURCE") == 0
    tokens.update_one({"_id": store(8)[7]["_id"]}, {"$set": {"proofs.0.amount": 77}})

    assert run("compare", "taken.zip", "SOURCE") == 1
    assert f"changed: {7:024x}" in capsys.readouterr().out


def test_several_processes_read_it_as_of_one_moment(run):
    run("snapshot", "SOURCE", "taken.zip", "--executor", "local:2")

    assert run("compare", "taken.zip", "SOURCE") == 0


def test_a_password_in_a_command_line_is_refused(run, server, capsys):
    with_password = server.url.replace("://", "://reader:hunter2@")

    assert run("snapshot", "SOURCE", "taken.zip", source=with_password) == 2
    told = capsys.readouterr().err
    assert "env:NAME" in told
    assert "hunter2" not in told


def test_an_address_may_come_from_the_environment(run, server, monkeypatch):
    monkeypatch.setenv("STORE", server.url)

    assert run("snapshot", "SOURCE", "taken.zip", source="env:STORE") == 0


def test_a_store_without_documents_is_no_snapshot(run, tokens, capsys):
    tokens.delete_many({})

    assert run("snapshot", "SOURCE", "taken.zip") == 2
    assert "no documents" in capsys.readouterr().err


def test_a_live_store_has_to_be_named_whole(server, tmp_path, capsys):
    assert main(["snapshot", server.url, str(tmp_path / "taken.zip")]) == 2
    assert "--database and --collection" in capsys.readouterr().err


def manifest():
    with zipfile.ZipFile("taken.zip") as archive:
        return json.loads(archive.read("manifest.json"))


def test_the_server_sums_up_too_and_the_manifest_says_so(run, tokens):
    tokens.insert_one({"npub": "a", "proofs": [{"amount": 5.0}, {"b": 1}, 7]})
    tokens.insert_one({"npub": "a", "proofs": [{"amount": bson.Int64(2**40)}]})

    assert run("snapshot", "SOURCE", "taken.zip") == 0
    assert manifest()["cross_check"]["made"]


def test_a_document_that_never_arrived_is_noticed(run, monkeypatch, capsys):
    from fixtures.clients.token_stores import mongo_wire

    array = mongo_wire._array

    def shortened(*given):
        found = array(*given)
        return found[:-1] if len(found) > 50 else found

    monkeypatch.setattr(mongo_wire, "_array", shortened)

    assert run("snapshot", "SOURCE", "taken.zip") == 2
    assert "the server counts and sums" in capsys.readouterr().err


@pytest.mark.parametrize("unit", [5, None], ids=repr)
def test_keys_that_are_no_text_are_told(run, tokens, unit):
    tokens.insert_one({"npub": "a", "unit": unit})

    assert run("snapshot", "SOURCE", "taken.zip") == 0
    assert "no text" in manifest()["cross_check"]["why"]
