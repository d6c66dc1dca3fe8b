"""The documents before the migration hold what a migration may stumble over."""

from collections import Counter

import bson
import pytest
from bson import Int64

from fixtures.reference.nctool.migration.population import (
    BEYOND_DOUBLE,
    TOKENS,
    WALLETS,
    populate,
)
from fixtures.reference.nctool.npubs import npub, npub_of
from fixtures.reference.nctool.service.npubs import is_npub

MINTS = ("https://a.test", "https://b.test", "https://c.test")


@pytest.fixture(scope="module")
def population():
    return populate(MINTS)


def test_it_is_the_same_each_time(population):
    again = populate(MINTS)

    assert list(map(bson.encode, again.tokens)) == list(map(bson.encode, population.tokens))
    assert list(map(bson.encode, again.wallets)) == list(map(bson.encode, population.wallets))


def test_it_has_every_kind_of_token_wallet_and_mint(population):
    tokens, wallets = population.tokens, population.wallets

    assert (len(tokens), len(wallets)) == (TOKENS, WALLETS)
    assert len({token["_id"] for token in tokens}) == TOKENS
    assert len({(w["npub"], w["mint_url"], w["unit"]) for w in wallets}) == WALLETS
    assert {one["mint_url"] for one in tokens} == set(MINTS)
    assert {one["unit"] for one in tokens} == {"sat", "usd"}
    assert {one["status"] for one in tokens} == {"unspent", "pending", "spent"}
    kinds = Counter((one["transaction_type"] == "melted", "metadata" in one) for one in tokens)
    assert len(kinds) == 4
    assert len({one["npub"] for one in wallets}) < WALLETS  # some users have several wallets


def test_sums_add_up_and_amounts_are_of_every_type(population):
    types, secrets = set(), Counter()
    for token in population.tokens:
        amounts = [proof["amount"] for proof in token["proofs"]]
        types |= {type(amount) for amount in amounts}
        secrets.update(proof["secret"] for proof in token["proofs"])
        assert sum(map(int, amounts)) == token["total_amount"]

    assert types == {int, Int64, float}
    assert max(secrets.values()) == 1
    assert int(float(BEYOND_DOUBLE)) != BEYOND_DOUBLE


def test_secrets_of_spent_tokens_are_told_by_mint(population):
    told = [set(population.spent_secrets(mint)) for mint in MINTS]
    spent = sum(len(t["proofs"]) for t in population.tokens if t["status"] == "spent")

    assert sum(map(len, told)) == spent
    assert all(told)


def test_npubs_are_spelt_as_the_standard_does():
    key = bytes.fromhex("7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e")

    assert npub(key) == "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
    assert is_npub(npub_of("somebody"))
