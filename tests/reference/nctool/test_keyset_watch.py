"""The watch of the mint's keysets says what it saw, and survives a mint that is away."""

import logging
from types import SimpleNamespace

import pytest

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.nctool.service.keyset_watch import KeysetWatch
from tests.clients.stub import stub

KEYSETS = {"keysets": [{"id": "00a1", "active": True}, {"id": "00b2", "active": False}]}


def watch(url, defects=NONE):
    context = SimpleNamespace(settings=SimpleNamespace(mint_url=url), defects=defects)
    return KeysetWatch(context)


def test_the_active_keysets_are_logged_once(caplog):
    with stub({"/v1/keysets": KEYSETS}) as mint, caplog.at_level(logging.INFO):
        one = watch(mint.url)
        one._refresh()
        one._refresh()

    assert caplog.messages == ["the mint signs with 00a1"]


@pytest.mark.parametrize("routes", [{}, {"/v1/keysets": b"<html>"}], ids=["404", "no JSON"])
def test_a_mint_that_says_nothing_usable_is_a_warning(caplog, routes):
    with stub(routes) as mint:
        watch(mint.url)._refresh()

    assert [each.levelname for each in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(
    ("item", "routes", "error"),
    [("NC-DEP-04", {}, OSError), ("NC-POST-04", {"/v1/keysets": KEYSETS}, KeyError)],
)
def test_the_defective_watch_lets_an_error_through(item, routes, error):
    with stub(routes) as mint, pytest.raises(error):
        watch(mint.url, Defects.for_items([item]))._refresh()
