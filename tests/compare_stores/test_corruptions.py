"""Everything that a migration can do wrong is named exactly, in dumps and in a live store."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pymongo import MongoClient

from benchmarks.token_corruptions import Plan, layout_file, migrated, named, write
from benchmarks.token_oddities import OddPlan
from benchmarks.token_stores import tokens
from fixtures.compare_stores.command import main
from fixtures.reference.mongodb.server import MongoServer

ROOT = Path(__file__).parents[2]
PLAN = Plan(1500, 50)


def made():
    return PLAN.before()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layout_file(tmp_path)
    return tmp_path


class Dumps:
    place = ()

    def __init__(self, folder):
        self._folder = folder

    def holding(self, documents):
        path = self._folder / "store.bson"
        write(path, documents)
        return str(path)


class Live:
    place = ("--database", "d", "--collection", "tokens")

    def __init__(self, url):
        self._url = url

    def holding(self, documents):
        with MongoClient(self._url) as client:
            client.d.tokens.delete_many({})
            client.d.tokens.insert_many(documents)
        return self._url


@pytest.fixture(params=["dumps", "live store"])
def store(request, folder):
    if request.param == "dumps":
        yield Dumps(folder)
        return
    with MongoServer() as server:
        yield Live(server.url)


def test_every_corruption_is_named_and_an_allowed_migration_is_none(store, folder):
    def run(*arguments):
        return main([*arguments, *store.place])

    assert run("snapshot", store.holding(made()), "taken.zip", "--layout", "layout.toml") == 0

    corrupted = store.holding(PLAN.after(made()))
    assert run("compare", "taken.zip", corrupted, "--json", "found.json") == 1
    assert named(json.loads((folder / "found.json").read_text()), PLAN) == PLAN.expected()
    assert run("compare", "taken.zip", store.holding(map(migrated, made()))) == 0


def test_changes_that_are_hard_to_see_are_named_with_their_fields(folder):
    plan = OddPlan(500, migrated, tokens)
    write(folder / "before.bson", plan.before())
    write(folder / "after.bson", plan.after())

    assert main(["snapshot", "before.bson", "taken.zip", "--layout", "layout.toml"]) == 0
    compared = ["compare", "taken.zip", "after.bson", "--before", "before.bson"]
    assert main([*compared, "--json", "found.json"]) == 1

    assert plan.wrong(json.loads((folder / "found.json").read_text())) == []


SLOWLY = """
import sys, time
from fixtures.compare_stores import taking, command
taking._KEEP_EVERY_S = 0
taken = taking._summed
def slowly(*arguments):
    for one in taken(*arguments):
        print("done", flush=True)
        time.sleep(0.02)
        yield one
taking._summed = slowly
from fixtures.clients.token_stores import bson_dump
bson_dump._SMALLEST = 20_000
bson_dump._PARTS = 10_000
sys.exit(command.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_moment_it_goes_on_and_names_the_same(folder, seed):
    """Both the snapshot and the comparison, several times each."""
    before, after = folder / "before.bson", folder / "after.bson"
    write(before, made())
    write(after, PLAN.after(made()))
    draw = random.Random(seed)
    kills = 0

    def run(*arguments):
        nonlocal kills
        while True:
            process = subprocess.Popen(
                [sys.executable, "-c", SLOWLY, *arguments],
                cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            if kills % 3 < 2:
                for _ in range(draw.randrange(1, 12)):
                    process.stdout.readline()
                time.sleep(draw.random() * 0.03)
                process.kill()
            process.communicate()
            kills += 1
            if process.returncode >= 0:
                return process.returncode

    snapshot = run("snapshot", str(before), "taken.zip", "--layout", "layout.toml")
    compared = run("compare", "taken.zip", str(after), "--json", "found.json")

    assert (snapshot, compared) == (0, 1)
    assert kills >= 4
    assert named(json.loads((folder / "found.json").read_text()), PLAN) == PLAN.expected()
