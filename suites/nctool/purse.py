"""A fresh user of an instance with a wallet of its own: checks cannot disturb each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fixtures.clients.melting import Melting
from fixtures.clients.mint import Mint
from fixtures.clients.nctool import NcTool, fresh_npub
from fixtures.clients.outcomes import ClientError
from fixtures.clients.reply import Reply
from fixtures.clients.token_store import TokenStore
from fixtures.clients.waiting import until
from fixtures.probes.cashu import double_counted, held, point_of, secrets_of
from fixtures.probes.melt_operations import Melt, assembled

ATOMIC, RECONCILIATION = "atomicMeltOperations", "preFlightReconciliation"
TOKENS, OPERATIONS = "cashutokens", "meltoperations"
SETTLED_S = 15.0
FLAGS_S = 5.0


@dataclass(frozen=True)
class Balance:
    """What the API says a wallet holds, in sat."""

    unspent: int
    pending: int
    spent: int
    reply: Reply


class Purse:
    """A user with a wallet at an instance, seen by the API, the store and the mint."""

    def __init__(self, api: NcTool, store: TokenStore, mint: Mint) -> None:
        self.api, self.store, self.mint = api, store, mint
        self.npub = fresh_npub()

    @classmethod
    def of(cls, staging: Any, *amounts: int) -> Purse:
        """A new user of a staging instance, with a token of each amount."""
        return cls(staging.api, staging.store, staging.mint).funded(*amounts)

    def funded(self, *amounts: int) -> Purse:
        """Open the wallet and have a token of each amount issued; raises ClientError."""
        _made(self.api.create_wallet(self.npub), "a wallet")
        for amount in amounts:
            _made(self.api.mint(self.npub, amount), f"{amount} sat issued")
        return self

    def gets(self, staging: Any, feature: str, **settings: Any) -> Purse:
        """Give this user alone a feature with these settings; raises ClientError.

        `staging` puts its flags back when the check is over.
        """
        flag = {"enabled": True, "rolloutPercentage": 0, "allowedUsers": [self.npub], **settings}
        changed = staging.api.put_flag(feature, flag)
        if changed.status != 200:
            raise ClientError(changed.explain(f"{feature} for one user"))
        until(lambda: self._has(feature), FLAGS_S)
        return self

    def melt(self, invoice: str, key: str | None = None) -> Reply:
        """Pay an invoice."""
        return self.api.melt(self.npub, invoice, key=key)

    def melting(self, invoice: str, key: str | None = None) -> Melting:
        """Pay an invoice beside the check."""
        return Melting(self.api, self.npub, invoice, key)

    def balance(self) -> Balance:
        """What the API says; raises ClientError where it says nothing usable."""
        reply = self.api.balance(self.npub)
        body = reply.json() if reply.status == 200 else {}
        names = ("unspent_balance", "pending_balance", "spent_balance")
        figures = [body.get(name) for name in names]
        if not all(type(figure) is int for figure in figures):
            raise ClientError(reply.explain("three balances in whole sat"))
        return Balance(*figures, reply)

    def tokens(self) -> list[dict[str, Any]]:
        """The tokens that the store has of this user."""
        return self.store.find(TOKENS, {"npub": self.npub})

    def melts(self) -> list[Melt]:
        """The melts that the store has of this user, with their tokens."""
        return assembled(self.store.find(OPERATIONS, {"npub": self.npub}), self.tokens())

    def settled(self, deadline_s: float = SETTLED_S) -> list[Melt]:
        """The melts once none is pending any more, or as they are at the deadline."""
        until(self._is_settled, deadline_s)
        return self.melts()

    def total(self, *statuses: str) -> int:
        """What the stored proofs of tokens with these statuses are worth, in sat."""
        return held(self.tokens(), *statuses)

    def at_the_mint(self, *statuses: str) -> dict[str, str]:
        """Secret -> state at the mint, for the proofs of tokens with these statuses."""
        secrets = secrets_of(self.tokens(), *statuses)
        states = self.mint.states([point_of(secret) for secret in secrets])
        return {secret: states[point_of(secret)] for secret in secrets}

    def problems(self, unspent: int) -> list[str]:
        """What is wrong with a wallet in which nothing is pending and this much is to be unspent.

        Each melt must fit its tokens, no proof may count twice, and the mint must agree.
        """
        found = [problem for one in self.melts() for problem in one.problems()]
        balance, tokens = self.balance(), self.tokens()
        if (balance.unspent, balance.pending) != (unspent, 0):
            found.append(balance.reply.explain(f"{unspent} sat unspent and nothing pending"))
        found += [f"a proof is {what}" for what in double_counted(tokens).values()]
        for status, expected in (("unspent", "UNSPENT"), ("spent", "SPENT")):
            others = [state for state in self.at_the_mint(status).values() if state != expected]
            if others:
                found.append(f"{len(others)} proofs are {status} here and {others[0]} at the mint")
        return found

    def _has(self, feature: str) -> bool:
        reply = self.api.evaluate(feature, self.npub)
        return reply.status == 200 and reply.json().get("enabled") is True

    def _is_settled(self) -> bool:
        melts = self.melts()
        return bool(melts) and all(one.operation["state"] != "PENDING" for one in melts)


def switched_off(staging: Any, *features: str) -> None:
    """Take features from everybody; raises ClientError. `staging` puts its flags back."""
    for feature in features:
        off = staging.api.put_flag(feature, {"enabled": False, "rolloutPercentage": 0})
        if off.status != 200:
            raise ClientError(off.explain(f"{feature} switched off"))


def _made(reply: Reply, what: str) -> Mapping[str, Any]:
    if reply.status != 201:
        raise ClientError(reply.explain(f"{what}, with status 201"))
    body: Mapping[str, Any] = reply.json()
    return body
