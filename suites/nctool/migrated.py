"""The store after its migration against the dump from before it, document by document.

Everything is summed up on both sides first; only what differs is read again and told apart: what
the migration did, and what the service did to tokens that people have spent since.
"""

import secrets
from dataclasses import dataclass, field

import bson

from fixtures.clients.outcomes import Inconclusive
from fixtures.probes.migrated_documents import MARKS, altered, served

TOKENS = "cashutokens"
WALLETS = "cashuwallets"
BALANCE = ("npub", "mint_url", "unit", "status")
_AT_ONCE = 500


@dataclass
class Difference:
    """What two states of a collection do not have in common; documents are decoded."""

    documents: int
    balances: int
    lost: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    new: int = 0
    served: int = 0
    unnamed: str = ""

    def balances_changed(self):
        """Each balance whose number or sum of tokens changed: name, before, after."""
        sums = {}
        for before in self.lost:
            _count(sums, before, 0)
        for before, after in self.changed:
            _count(sums, before, 0)
            _count(sums, after, 1)
        return [
            f"{' / '.join(name)}: {was[0]} tokens with {was[1]} before, {now[0]} with {now[1]} now"
            for name, (was, now) in sorted(sums.items())
            if was != now
        ]


class Migrated:
    """A database as it is now, and the dump of it from before the migration."""

    def __init__(self, dump, store, address, deprecated):
        self.dump = dump
        self.store = store
        self._address = address
        self._deprecated = [name.partition(".")[::2] for name in deprecated]
        self._compared = {}

    def allowed(self, collection):
        """Paths that the migration may add, change or remove in a collection."""
        marks = MARKS if collection == TOKENS else ()
        return (*marks, *(path for name, path in self._deprecated if name == collection))

    def compared(self, collection):
        """What differs in a collection; found out once, as of one moment."""
        if collection not in self._compared:
            self._compared[collection] = self._compare(collection)
        found = self._compared[collection]
        if self.store.count(collection) < found.documents - len(found.lost):
            raise Inconclusive(f"{collection} lost documents after it was compared")
        return found

    def pairs(self, collection):
        """Each document of the dump with what it is now, or None where it is gone."""
        before = self.dump.documents(collection)
        for at in range(0, len(before), _AT_ONCE):
            part = before[at : at + _AT_ONCE]
            wanted = {"_id": {"$in": [one["_id"] for one in part]}}
            now = {one["_id"]: one for one in self.store.find(collection, wanted)}
            yield from ((one, now.get(one["_id"])) for one in part)

    def _compare(self, collection):
        # here and below: what sums stores up is large, and few checks need it
        from fixtures.clients.token_stores.mongo_collection import MongoCollection
        from fixtures.probes.migration.differences import compare
        from fixtures.probes.migration.layout import Layout
        from fixtures.probes.migration.summary import KEY_BYTES

        key = BALANCE if collection == TOKENS else BALANCE[:3]
        allowed = self.allowed(collection)
        layout = Layout(key=key, changeable=allowed)
        secret = secrets.token_bytes(KEY_BYTES)
        old = self.dump.source(collection)
        new = MongoCollection(self._address, self.store.database, collection)
        before, after = (_summed(one, layout, secret) for one in (old, new))
        found = compare(before, after)
        result = Difference(before.documents, len(before.balances()))
        if not found.complete:
            names = [" / ".join(one.name) for one in found.explanation()[:5]]
            result.unnamed = f"more documents differ than can be named, such as in {names}"
            return result
        result.new = sum(one.kind == "new" for one in found.documents)
        named = [one for one in found.documents if one.kind != "new"]
        was, now = (_read(one, named) for one in (old, new))
        for change in named:
            one, other = was[change.identity], now.get(change.identity)
            if other is None:
                result.lost.append(one)
            elif collection == TOKENS and served(one, other, allowed):
                result.served += 1
            elif altered(one, other, allowed):
                result.changed.append((one, other))
        return result


def _summed(source, layout, secret):
    """The summary of a source, as of one moment where it can be read so."""
    from fixtures.probes.migration.summary import Summary

    source = source.planned(source.plan())
    summary = Summary(layout, secret)
    for partition in source.partitions():
        for batch in source.batches(partition):
            summary.add(batch)
    summary.finish()
    return summary


def _read(source, changes):
    """The documents that differ, from one side, by identity."""
    from fixtures.probes.migration.identities import raw_identity

    wanted = [raw for one in changes if (raw := raw_identity(one.identity)) is not None]
    if not wanted:
        return {}
    return {_words(raw): bson.decode(raw) for raw in source.find(wanted)}


def _words(raw):
    from fixtures.probes.migration.identities import identity_words
    from fixtures.probes.migration.raw_bson import elements

    return identity_words(next(raw[e.start : e.end] for e in elements(raw) if e.name == b"_id"))


def _count(sums, document, side):
    name = tuple(str(document.get(part, "")) for part in BALANCE)
    entry = sums.setdefault(name, ([0, 0], [0, 0]))[side]
    entry[0] += 1
    for proof in document.get("proofs") or ():
        amount = proof.get("amount")
        entry[1] += int(amount) if isinstance(amount, int | float) else 0
