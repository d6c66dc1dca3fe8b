"""Where checks sign and submit: nothing is sent before two encoders agree on what was signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from fixtures.clients.http import HttpClient
from fixtures.clients.meta_aggregator import (
    NOBODY,
    Domain,
    MetaAggregator,
    Signed,
    Submission,
    signing_types,
)
from fixtures.clients.outcomes import ClientError
from fixtures.clients.wallets import Wallet
from fixtures.probes.eip712.domain import domain_separator
from fixtures.probes.eip712.encode import digest_of, struct_hash

SELL, BUY = 3 * 10**15, 7 * 10**15
_SUBMITTED = {"Order": MetaAggregator.submit, "Withdrawal": MetaAggregator.withdraw}


def desk_at(http: HttpClient) -> Desk:
    """Return a desk at another environment, which signs for the domain that it announces."""
    config = MetaAggregator(http).config()
    assert config.status == 200, config.explain("its configuration")
    said = config.json()
    domain = Domain(said["typedData"]["chainId"], said["typedData"]["verifyingContract"])
    base, quote = (token["address"] for token in said["tokens"][:2])
    return Desk(MetaAggregator(http, domain=domain), base, quote)


class Desk:
    """Signs small orders and takes back at the end those that were accepted.

    The orders sell what their makers have not deposited: nobody can trade against them.
    """

    def __init__(self, api: MetaAggregator, base: str, quote: str) -> None:
        self.api = api
        self._pair = {"sell_token": base, "buy_token": quote}
        self._open: list[Signed] = []

    @property
    def domain(self) -> Domain:
        """What signatures must be bound to."""
        return self.api.domain

    def order(self, maker: object = None, **terms: object) -> Signed:
        """Return a signed order of a wallet, of a fresh one by default."""
        amounts = {"sell_amount": SELL, "buy_amount": BUY}
        return self.api.signed_order(maker or Wallet.fresh(), **{**self._pair, **amounts, **terms})

    def withdrawal(self, account: object = None, **terms: object) -> Signed:
        """Return a signed withdrawal of one wei, from an account that has nothing."""
        return self.api.signed_withdrawal(account or Wallet.fresh(), NOBODY, 1, **terms)

    def submit(self, signed: Signed) -> Submission:
        """Send an order or a withdrawal as it is."""
        digest(signed)
        submission = _SUBMITTED[signed.struct](self.api, signed)
        if submission.accepted and signed.struct == "Order":
            self._open.append(signed)
        return submission

    def submit_at_once(self, orders: list[Signed]) -> list[Submission]:
        """Send several at the same time, each by a thread of its own."""
        with ThreadPoolExecutor(len(orders)) as pool:
            return list(pool.map(self.submit, orders))

    def clear(self) -> None:
        """Take back what was accepted; what cannot be taken back ends within an hour."""
        for order in self._open:
            try:
                self.api.cancel(order.id, order.wallet)
            except ClientError:
                continue
        self._open.clear()


def digest(signed: Signed) -> str:
    """Return what is signed, as both encoders compute it."""
    by_library, by_probe = signed.id, own_digest(signed)
    assert by_library == by_probe, (
        f"expected one digest of the {signed.struct}; observed: eth-account {by_library}, "
        f"the probe {by_probe}"
    )
    return by_library


def own_digest(signed: Signed) -> str:
    """Return what is signed, computed without the library that signs."""
    types = signing_types()["types"]
    hashed = struct_hash(types, signed.struct, signed.message)
    return "0x" + digest_of(domain_separator(signed.domain.as_json()), hashed).hex()


FOREIGN_DOMAINS: Mapping[str, Callable[[Domain], Domain]] = {
    "other-name": lambda own: replace(own, name="Meta Aggregator 2"),
    "other-version": lambda own: replace(own, version="1"),
    "without-name": lambda own: replace(own, without=("name",)),
    "without-version": lambda own: replace(own, without=("version",)),
    "without-chain": lambda own: replace(own, without=("chainId",)),
    "without-contract": lambda own: replace(own, without=("verifyingContract",)),
    "without-anything": lambda own: replace(own, without=tuple(own.as_json())),
}
"""Domains that are not the right one, by what is wrong with them."""
