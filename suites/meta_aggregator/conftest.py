"""The clients of Meta Aggregator, each made of the profile keys that it needs.

A client is imported by its fixture, so that a run loads only what its checks use.
"""

import os
from contextlib import closing

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.later import Later
from fixtures.clients.meta_aggregator import Domain, MetaAggregator


def _http(target, key, headers=None):
    def make():
        ca = target.profile.meta_aggregator.tls_ca
        url = target.require(key)
        return HttpClient(url, target.recorder, headers=headers, ca_file=str(ca) if ca else None)

    return target.once(key, make)


@pytest.fixture
def release(target):
    """The release under judgement."""
    return target.release


@pytest.fixture
def http(target):
    """HTTP on the public API host."""
    return _http(target, "api_url")


@pytest.fixture
def api(target):
    """The public API. What is signed is bound to the chain and escrow that the profile names."""
    section = target.profile.meta_aggregator
    domain = None
    if section.chain_id and section.escrow_address:
        domain = Domain(section.chain_id, section.escrow_address)
    return MetaAggregator(Later(lambda: _http(target, "api_url")), domain=domain)


@pytest.fixture
def desk(target, api):
    """Where orders are signed and submitted; those that were accepted are taken back."""
    from suites.meta_aggregator.desk import Desk

    tokens = target.require("tokens")
    made = Desk(api, tokens.base, tokens.quote)
    yield made
    made.clear()


@pytest.fixture
def stranger(target):
    """HTTP on the public API from a client address that no other check uses, where there is one."""
    from fixtures.clients.own_address import own_address

    ca, url = target.profile.meta_aggregator.tls_ca, target.require("api_url")
    client = HttpClient(
        url, target.recorder, ca_file=str(ca) if ca else None, local_address=own_address(url)
    )
    with closing(client):
        yield client


@pytest.fixture
def wire(target):
    """Bytes on a connection to the public API, from a client address of its own."""
    from fixtures.clients.own_address import own_address
    from fixtures.clients.raw_http import RawHttp

    ca, url = target.profile.meta_aggregator.tls_ca, target.require("api_url")
    return RawHttp(
        url, target.recorder, ca_file=str(ca) if ca else None, local_address=own_address(url)
    )


@pytest.fixture
def callers(target, api):
    """Sessions of users and, with the profile's key, of an administrator."""
    from fixtures.clients.callers import Callers
    from fixtures.clients.wallets import Wallet

    return Callers(api, lambda: Wallet(target.require("admin_key")))


@pytest.fixture
def frontend(target):
    """HTTP on the public site."""
    return _http(target, "frontend_url")


@pytest.fixture
def site(frontend):
    """The public site's pages with all their assets, loaded without a browser."""
    from fixtures.clients.site import Site

    return Site(frontend)


@pytest.fixture
def browser(target):
    """An installed Chromium that reaches the target's own hosts only."""
    from fixtures.clients.browser import Browser

    def make():
        recorder = target.recorder
        folder = recorder.path.parent / "screenshots"
        chromium = target.profile.meta_aggregator.chromium
        return Browser(recorder, executable=chromium, evidence_dir=folder)

    return target.once("browser", make)


@pytest.fixture
def metrics(target):
    """The target's Prometheus metrics."""
    from fixtures.clients.metrics import Metrics

    return Metrics(_http(target, "metrics_url"))


@pytest.fixture
def resolvers(target):
    """The DNS servers that the profile names, to be asked one by one."""
    from fixtures.clients.dns import Resolver

    return [Resolver(address, target.recorder) for address in target.require("dns_resolvers")]


@pytest.fixture
def baseline(target):
    """The figures that the release before reached."""
    from fixtures.clients.files import read_json

    return read_json(target.require("baseline"), target.recorder)


@pytest.fixture
def staging(target):
    """HTTP on the staging API host."""
    return _http(target, "staging_url")


@pytest.fixture
def staging_chain(target):
    """JSON-RPC on staging's chain."""
    from fixtures.clients.chain import Chain

    url = target.require("staging_rpc_url")
    return target.once("staging_chain", lambda: Chain(url, target.recorder))


@pytest.fixture
def upstream(target):
    """HTTP on the price API that the target depends on, with the target's key."""
    key = target.require("upstream_key")
    return _http(target, "upstream_url", {"0x-api-key": key, "0x-version": "v2"})


@pytest.fixture
def chain(target):
    """JSON-RPC on the target's chain."""
    from fixtures.clients.chain import Chain

    return target.once("chain", lambda: Chain(target.require("rpc_url"), target.recorder))


@pytest.fixture
def escrow(target, chain):
    """The Escrow contract at the address that the profile names."""
    from fixtures.clients.escrow import Escrow

    return target.once("escrow", lambda: Escrow(chain, target.require("escrow_address")))


@pytest.fixture
def fork(target, chain):
    """A fork of the target's chain, as it was when first used; what a check does on it is undone.

    Whatever happens there, the target is only read.
    """
    from fixtures.clients.fork import Fork

    shared = target.once("fork", lambda: Fork(chain))
    with shared.apart():
        yield shared


@pytest.fixture
def scene(target, chain):
    """People of every role, payments and balances of the target's escrow, on a fork of their own.

    The scene is made once; what a check does in it is undone.
    """
    from fixtures.clients.escrow_scene import Scene
    from fixtures.clients.fork import Fork

    address = target.require("escrow_address")
    shared = target.once("scene", lambda: Scene.on(Fork(chain), address))
    with shared.apart() as own:
        yield own


@pytest.fixture
def forked_escrow(target, fork):
    """The Escrow contract on the fork, with tokens to trade there."""
    from fixtures.clients.settlement import ForkedEscrow
    from fixtures.clients.wallets import Wallet

    def holder():
        return Wallet(target.require("funder_keys")[0]).address

    return ForkedEscrow(fork, target.require("escrow_address"), holder)


@pytest.fixture
def wallets(target, chain):
    """Fresh test wallets, paid from a key of the profile; parallel workers use different keys."""
    from fixtures.clients.wallets import Funder

    def make():
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        return Funder(chain, target.require("funder_keys"), int(worker))

    return target.once("wallets", make)


@pytest.fixture
def order_book(target):
    """The SQLite order book, read-only."""
    from fixtures.clients.order_book import OrderBook

    return target.once("store", lambda: OrderBook(target.require("store"), target.recorder))


@pytest.fixture
def checkout(target):
    """The checkout of the release, a git repository."""
    from fixtures.clients.checkout import Checkout

    def make():
        return Checkout(target.require("checkout"), target.recorder)

    return Later(lambda: target.once("checkout", make))


@pytest.fixture
def operations(target):
    """The commands that the profile names."""
    from fixtures.clients.operations import Operations

    def make():
        section = target.profile.meta_aggregator
        places = {
            name: getattr(section, name)
            for name in ("store", "checkout", "snapshot")
            if getattr(section, name)
        }
        return Operations(
            section.commands,
            target.recorder,
            placeholders={name: str(value) for name, value in places.items()},
            cwd=section.checkout,
            lacking=target.lacking,
            turns=target.turns,
        )

    return target.once("operations", make)


@pytest.fixture
def backups(target):
    """The folder of the store's backups."""
    from fixtures.clients.backups import Backups

    return Backups(target.require("backups"), target.recorder)


@pytest.fixture
def alerts(target):
    """The alert manager."""
    from fixtures.clients.alerts import Alerts

    return Alerts(_http(target, "alerts_url"))


@pytest.fixture
def explorer(target):
    """The block explorer on which the contract's source is verified."""
    from fixtures.clients.explorer import Explorer

    section = target.profile.meta_aggregator
    http = _http(target, "explorer_url")
    return Explorer(http, section.explorer_kind, section.explorer_key)


@pytest.fixture
def forge(target):
    """The forge's pull requests and reviews of the release's repository."""
    from fixtures.clients.forge import Forge

    token = target.profile.meta_aggregator.forge_token
    http = _http(target, "forge_url", {"Authorization": f"Bearer {token}"} if token else None)
    return Forge(http, target.require("forge_repository"))
