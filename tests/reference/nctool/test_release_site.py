import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pymongo import MongoClient

from contracts.amendments import load_attestations
from contracts.catalogue import load
from contracts.documents import documented
from fixtures.reference.defects import NONE, Defects, table
from fixtures.reference.forge import read_pulls
from fixtures.reference.mongodb.server import MongoServer
from fixtures.reference.nctool import readiness_statements, release_files
from fixtures.reference.nctool.facts import DATABASE, PREPRODUCTION_DATABASE, Facts
from fixtures.reference.nctool.npubs import npub_of
from fixtures.reference.nctool.release_site import ReleaseSite

FACTS = Facts()
STATED = sorted(row["item"] for row in readiness_statements.all_of(FACTS, NONE))
SWITCHED = {fault.switch: item for item, fault in table().items()}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return ReleaseSite(tmp_path_factory.mktemp("release"), FACTS, NONE)


def tool(site, *arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=site.checkout,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_equal_facts_give_equal_commits(site, tmp_path):
    again = ReleaseSite(tmp_path, FACTS, NONE)
    assert again.facts.commit == site.facts.commit != site.facts.previous_commit


def test_everything_that_the_document_names_is_in_the_release():
    files = release_files.release(FACTS, NONE)
    scripts = json.loads(files["package.json"])["scripts"]
    wanted = documented("nctool")
    assert not wanted.npm_scripts - set(scripts)
    assert not wanted.files - set(files)


@pytest.mark.parametrize("path", sorted(release_files.release(FACTS, NONE)))
def test_no_placeholder_is_left_in_a_file_of_the_release(path):
    assert "{{" not in release_files.release(FACTS, NONE)[path]


@pytest.mark.parametrize("switch", sorted(release_files.variants()))
def test_a_variant_changes_one_file_of_the_release(switch):
    honest = release_files.release(FACTS, NONE)
    changed = release_files.release(FACTS, Defects.for_items([SWITCHED[switch]]))
    different = {p for p in {*honest, *changed} if honest.get(p) != changed.get(p)}
    change = release_files.variants()[switch]
    assert different == {change["file"], *([change["to"]] if "to" in change else [])}


def test_every_change_was_approved_by_somebody_else(site):
    pulls = read_pulls(site.checkout).by_number.values()
    assert len(pulls) > 5
    assert all(pull.reviewer and pull.reviewer != pull.author for pull in pulls)


def test_the_tests_of_the_release_that_need_no_service_pass(site):
    for suite in ("unit", "migration", "security"):
        run = tool(site, "tools/run_tests.py", suite)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "\nok 1 - " in run.stdout


def test_the_attestations_are_valid_and_name_the_release(site):
    path = site.addresses()["attestations"]
    found = load_attestations(
        Path(path),
        items=load().items,
        commit=site.facts.commit,
        now=FACTS.started + timedelta(minutes=1),
    )
    assert sorted(each.item for each in found) == STATED
    assert {each.state for each in found} == {"valid"}


@pytest.mark.parametrize("item", STATED)
def test_a_fault_spoils_its_own_statement_only(item):
    faulty = Defects.for_items([item])
    before = {row["item"]: row for row in readiness_statements.all_of(FACTS, NONE)}
    after = {row["item"]: row for row in readiness_statements.all_of(FACTS, faulty)}
    different = {key for key in before if before[key] != after[key]}
    elsewhere = {"NC-PRE-04", "NC-POST-03"}  # their faults sit in a document and in the service
    assert different == ({item} - elsewhere)


def test_preproduction_holds_the_same_amounts_of_nobody_known(site):
    with MongoServer() as server, MongoClient(server.url) as client:
        production = client[DATABASE]
        wallet = {"npub": npub_of("somebody"), "mint_url": "http://mint"}
        production.cashuwallets.insert_one(dict(wallet))
        proof = {"id": "00", "amount": 8, "secret": "s3cret", "C": "02ab"}
        token = {**wallet, "total_amount": 8, "transaction_id": "t-1", "proofs": [proof]}
        production.cashutokens.insert_one(token)
        site.fill(server.url)
        copied = client[PREPRODUCTION_DATABASE].cashutokens.find_one()
        owner = client[PREPRODUCTION_DATABASE].cashuwallets.find_one()["npub"]
        manifests = list(site.backups.glob("*/manifest.json"))
    assert copied["total_amount"] == 8
    assert copied["npub"] == owner != wallet["npub"]
    assert copied["proofs"][0]["secret"] != "s3cret"
    assert copied["transaction_id"] != "t-1"
    assert [
        tool(site, "tools/backup.py", "verify", path.parent).returncode for path in manifests
    ] == [0]


def test_a_backup_that_was_changed_is_noticed(site, tmp_path):
    folder = tmp_path / "backup"
    folder.mkdir()
    (folder / "a.bson").write_bytes(b"\x05\x00\x00\x00\x00")
    file = {"name": "a.bson", "collection": "a", "documents": 1, "sha256": "0" * 64}
    (folder / "manifest.json").write_text(json.dumps({"files": [file]}))
    run = tool(site, "tools/backup.py", "verify", str(folder))
    assert run.returncode == 1
    assert "is not the file that was written" in run.stderr
