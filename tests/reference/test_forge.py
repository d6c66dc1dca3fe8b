import subprocess
from datetime import datetime

import httpx
import pytest

from fixtures.reference import forge
from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator.facts import Site
from tests.reference.meta_aggregator.release_site import with_checkout

REPOSITORY = "/repos/meta-aggregator/meta-aggregator"


@pytest.fixture(scope="module")
def hosted(tmp_path_factory):
    def host(name, defects):
        root = tmp_path_factory.mktemp(name)
        facts = with_checkout(root, defects)
        app = forge.make_app(facts.forge_repository, Site(root).checkout)
        log = subprocess.run(
            ["git", "-C", str(Site(root).checkout), "log", "--format=%H %ae", "v1.9.0..v2.0.0"],
            capture_output=True,
            text=True,
            check=True,
        )
        return app, dict(line.split() for line in log.stdout.splitlines())

    return {
        "honest": host("honest", NONE),
        "pushed": host("pushed", Defects.for_items(["MA-PRE-07"])),
    }


def client(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://forge.test")


async def unreviewed(app, commits):
    found = []
    async with client(app) as http:
        for commit in commits:
            pulls = (await http.get(f"{REPOSITORY}/commits/{commit}/pulls")).json()
            approved = False
            for pull in pulls:
                assert datetime.fromisoformat(pull["merged_at"])
                path = f"{REPOSITORY}/pulls/{pull['number']}"
                assert (await http.get(path)).json() == pull
                reviews = (await http.get(f"{path}/reviews")).json()
                approved |= any(
                    r["state"] == "APPROVED" and r["user"]["login"] != pull["user"]["login"]
                    for r in reviews
                )
            if not approved:
                found.append(commit)
    return found


def test_every_commit_since_the_previous_release_was_reviewed(hosted, run):
    app, commits = hosted["honest"]
    assert len(commits) > 10
    assert run(unreviewed(app, commits)) == []


def test_fault_leaves_exactly_the_pushed_commit_without_review(hosted, run):
    app, commits = hosted["pushed"]
    assert len(run(unreviewed(app, commits))) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/repos/other/repository/pulls/118",
        f"{REPOSITORY}/pulls/9999",
        f"{REPOSITORY}/pulls/9999/reviews",
    ],
)
def test_unknown_things_are_not_found(hosted, run, path):
    async def status():
        async with client(hosted["honest"][0]) as http:
            return (await http.get(path)).status_code

    assert run(status()) == 404


@pytest.fixture(scope="module")
def run():
    import asyncio

    return asyncio.run
