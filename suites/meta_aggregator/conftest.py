"""The clients of Meta Aggregator, each made of the profile keys that it needs."""

import pytest

from fixtures.clients.chain import Chain
from fixtures.clients.checkout import Checkout
from fixtures.clients.http import HttpClient
from fixtures.clients.operations import Operations
from fixtures.clients.order_book import OrderBook


def _http(target, key):
    def make():
        ca_file = target.profile.meta_aggregator.tls_ca
        url = target.require(key)
        return HttpClient(url, target.recorder, ca_file=str(ca_file) if ca_file else None)

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
def frontend(target):
    """HTTP on the public site."""
    return _http(target, "frontend_url")


@pytest.fixture
def staging(target):
    """HTTP on the staging API host."""
    return _http(target, "staging_url")


@pytest.fixture
def upstream(target):
    """HTTP on the price API that the target depends on, with the target's key."""
    key = target.require("upstream_key")
    return _http(target, "upstream_url").with_headers({"0x-api-key": key, "0x-version": "v2"})


@pytest.fixture
def chain(target):
    """JSON-RPC on the target's chain."""
    return target.once("chain", lambda: Chain(target.require("rpc_url"), target.recorder))


@pytest.fixture
def order_book(target):
    """The SQLite order book, read-only."""
    return target.once("store", lambda: OrderBook(target.require("store"), target.recorder))


@pytest.fixture
def checkout(target):
    """The checkout of the release, a git repository."""
    return target.once("checkout", lambda: Checkout(target.require("checkout"), target.recorder))


@pytest.fixture
def operations(target):
    """The commands that the profile names."""

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
        )

    return target.once("operations", make)
