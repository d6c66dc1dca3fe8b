"""Clients of the judged instance of nctool: its API, its store, its pods, its mint, its people."""

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.nctool import NcTool, administrator
from suites.nctool.given.addresses import SYSTEM, http_of, section_of


@pytest.fixture
def http(target):
    """HTTP on the API, as clients reach it."""
    return http_of(target, "api_url")


@pytest.fixture
def api(target, http):
    """The API of the judged instance, with the administrator's key where the profile has one."""
    key = section_of(target).admin_key
    admin = http.with_headers(administrator(key)) if key else None
    return NcTool(http, admin)


@pytest.fixture
def pods(target):
    """HTTP on each process behind the API, by its address."""
    urls = target.require("pods", SYSTEM)
    return [
        target.once(f"{SYSTEM}.{url}", lambda url=url: HttpClient(url, target.recorder))
        for url in urls
    ]


@pytest.fixture
def store(target):
    """The token store of the judged instance."""
    from fixtures.clients.token_store import TokenStore

    def make():
        url, database = (target.require(key, SYSTEM) for key in ("store_url", "database"))
        return TokenStore(url, database, target.recorder)

    return target.once(f"{SYSTEM}.store", make)


@pytest.fixture
def cluster(target):
    """The namespace of the Kubernetes cluster in which the judged instance runs."""
    from fixtures.clients.cluster import Cluster

    def make():
        token = section_of(target).cluster_token  # a kubectl proxy wants none
        headers = {"Authorization": f"Bearer {token}"} if token else None
        http = http_of(target, "cluster_url", headers)
        return Cluster(http, target.require("namespace", SYSTEM), section_of(target).deployment)

    return target.once(f"{SYSTEM}.cluster", make)


@pytest.fixture
def mint(target):
    """The mint of the judged instance."""
    from fixtures.clients.mint import Mint

    return Mint(http_of(target, "mint_url"), lambda: http_of(target, "mint_control_url"))


@pytest.fixture
def purse(target, api, store):
    """A new user of the judged instance, with the mint of that instance."""
    from fixtures.clients.mint import Mint
    from suites.nctool.purse import Purse

    mint = Mint(http_of(target, "mint_url"), lambda: http_of(target, "mint_control_url"))
    return Purse(api, store, mint)


@pytest.fixture
def live_payer(target, api):
    """Users with money at the judged instance."""
    from fixtures.clients.mint import Mint
    from fixtures.clients.payer import Payer

    mint = Mint(http_of(target, "mint_url"), lambda: http_of(target, "mint_control_url"))
    return Payer(api, mint)


@pytest.fixture
def live_rollout(api, store):
    """The features of the judged instance, which are only read."""
    from fixtures.clients.rollout import Rollout

    return Rollout(api, store)


@pytest.fixture
def early_users(target):
    """The npubs of the people who get a feature first."""
    return target.require("early_users", SYSTEM)


@pytest.fixture
def scratch(target):
    """A server on which databases of a check's own may be made, away from the judged one."""
    from fixtures.clients.scratch_databases import ScratchServer

    def make():
        url = section_of(target).rehearsal_store_url
        return ScratchServer(url or target.require("staging", SYSTEM)[0].store_url, target.recorder)

    return target.once(f"{SYSTEM}.scratch", make)
