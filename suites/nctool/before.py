"""What is known of a store from before its migration: every document, or what snapshots tell.

Both kinds have `documents` and `compared`, so no check knows which of them it has. Everything is
summed up on both sides first; only what differs is looked at one by one.
"""

import secrets
from dataclasses import dataclass, field

import bson

from fixtures.clients.outcomes import CapabilityMissing, ClientError
from fixtures.probes.migrated_documents import SERVED, Altered, altered, first, may_turn, served

TOKENS = "cashutokens"
BALANCE = ("npub", "mint_url", "unit", "status")
AMOUNTS = ("proofs", "amount")
UNNAMED = "unnamed"


@dataclass
class Difference:
    """What two states of a collection do not have in common.

    `changes` are values that had to stay, each with its `path`, empty where nobody can tell it.
    `doubts` are pairs (kind, text) of what may be the service's or a loss; `unnamed` says that more
    is broken than can be named.
    """

    documents: int
    balances: int
    lost: list = field(default_factory=list)
    changes: list = field(default_factory=list)
    balances_changed: list = field(default_factory=list)
    doubts: list = field(default_factory=list)
    new: int = 0
    served: int = 0
    unnamed: str = ""

    def undecided(self, *kinds):
        """What cannot be told from what the service wrote, of these kinds of change; or ""."""
        found = [text for kind, text in self.doubts if kind in (*kinds, UNNAMED)]
        return f"{len(found)} cannot be told from writes of the service: {first(found)}" * bool(
            found
        )


@dataclass(frozen=True)
class Untold:
    """A document of which a snapshot tells that it changed."""

    text: str
    path: str = ""

    def __str__(self):
        return self.text


class Dumped:
    """A dump: every document as it was."""

    def __init__(self, dump):
        self.dump = dump

    def documents(self, collection):
        """Each document of a collection."""
        return self.dump.documents(collection)

    def compared(self, collection, now, allowed):
        """What differs from a source of documents as they are now."""
        from fixtures.probes.migration.differences import compare
        from fixtures.probes.migration.layout import Layout
        from fixtures.probes.migration.summary import KEY_BYTES

        key = BALANCE if collection == TOKENS else BALANCE[:3]
        layout = Layout(key=key, changeable=allowed)
        secret = secrets.token_bytes(KEY_BYTES)
        old = self.dump.source(collection)
        before, after = (_summed(one, layout, secret) for one in (old, now))
        found = compare(before, after)
        result = Difference(before.documents, found.balances_before)
        if not found.complete:
            result.unnamed = _too_many(found)
            return result
        result.new = sum(one.kind == "new" for one in found.documents)
        named = [one for one in found.documents if one.kind != "new"]
        was, is_now = (_read(one, named) for one in (old, now))
        moved = []
        for change in named:
            one, other = was[change.identity], is_now.get(change.identity)
            if other is None:
                result.lost.append(f"{one['_id']} of {one['npub']}, only before")
            elif collection == TOKENS and served(one, other, allowed):
                result.served += 1
                continue
            else:
                result.changes += altered(one, other, allowed)
            moved.append((one, other))
        result.balances_changed = _balances_changed(moved)
        return result


class Summed:
    """Snapshots of collections, which name what differs when the store before is gone."""

    def __init__(self, snapshots):
        self._snapshots = snapshots

    def documents(self, _):
        """A snapshot has none."""
        raise needs_dump()

    def compared(self, collection, now, allowed):
        """What differs from a source of documents as they are now, judged as the command does."""
        from fixtures.probes.migration.differences import compare
        from fixtures.probes.migration.judging import judged_documents, surely_lost, window_of

        before = self._read(collection)
        _must_fit(before.layout, collection, allowed)
        after = _summed(now, before.layout, before.key)
        found = compare(before, after)
        result = Difference(before.documents, found.balances_before)
        if found.complete:
            judged = judged_documents(found, before, now, window_of(before.manifest))
            _sort(result, found, judged, before.layout, now)
        elif surely_lost(found, before, after):
            result.unnamed = _too_many(found)
        else:
            result.doubts.append((UNNAMED, _too_many(found)))
        return result

    def _read(self, collection):
        from fixtures.compare_stores.snapshot_file import Snapshot
        from fixtures.probes.migration.summary import KEY_BYTES, SnapshotError

        try:
            before = Snapshot(*self._snapshots.taken(collection, KEY_BYTES))
        except SnapshotError as error:
            raise ClientError(f"The snapshot of {collection}: {error}.") from None
        if "finished_at" not in before.manifest:
            raise ClientError(f"The snapshot of {collection} was never finished.")
        return before


def needs_dump():
    """What a check says that has snapshots and looks for documents."""
    return CapabilityMissing(
        "snapshot",
        "it holds snapshots, which tell what changed but not what documents held",
        "name a folder that mongodump wrote before the migration",
    )


def _must_fit(layout, collection, allowed):
    """A snapshot by another layout tells less, or calls an honest migration a loss."""
    keys = [BALANCE] if collection == TOKENS else [BALANCE, BALANCE[:3]]
    writable = {*SERVED, "metadata"} if collection == TOKENS else set()
    strange = [p for p in layout.writable if not {p, p.partition(".")[0]} & writable]
    wrong = []
    if layout.key not in keys or layout.amounts != AMOUNTS:
        wrong.append(f"its balances are by {layout.key}, its amounts are {layout.amounts}")
    if missing := {*allowed} - {*layout.changeable}:
        wrong.append(f"changeable lacks {sorted(missing)}")
    if more := {*layout.changeable} - {*allowed}:
        wrong.append(f"changeable has {sorted(more)}, which the migration may not touch")
    if strange:
        wrong.append(f"writable has {strange}, which the service does not write")
    if wrong:
        raise CapabilityMissing(
            "snapshot",
            f"that of {collection} was taken by a layout that says less: {'; '.join(wrong)}",
            f"take it with changeable = {sorted(allowed)}",
        )


def _sort(result, found, judged, layout, now):
    """Put every document that differs where the checks look for it."""
    from fixtures.probes.migration.traffic import BROKEN, WRITTEN

    sure, touched, moved = set(), set(), set()
    for change, judgement, said in _described(judged, layout, now):
        result.new += change.kind == "new"
        names = {change.before, change.after} - {None}
        forbidden = change.kind == "changed" and not _may_turn(change, layout)
        if judgement.verdict == WRITTEN and not forbidden:
            result.served += change.kind == "changed"
            moved |= names
            continue
        text = f"{said.document} of {said.wallet} ({said.balance}), {said.note}"
        if judgement.verdict != BROKEN and not forbidden:
            result.doubts.append((change.kind, text))
            moved |= names
            continue
        touched |= names
        if len(names) == 2 or change.kind != "changed":
            sure |= names
        if change.kind == "lost":
            result.lost.append(text)
        elif change.kind == "changed":
            result.changes += _known(change, layout, said) or [Untold(text)]
    for one in found.explanation():
        if one.name not in touched or not (one.change.documents or one.change.amount):
            continue
        text = _moved(one.name, *((b.documents, b.amount) for b in (one.before, one.after)))
        if one.name in sure or one.name not in moved:
            result.balances_changed.append(text)
        else:
            result.doubts.append(("changed", text))


def _described(judged, layout, now):
    from fixtures.probes.migration.naming import SHOWN, describe

    for at in range(0, len(judged), SHOWN):
        part = judged[at : at + SHOWN]
        named = describe(part, layout, None, now)
        yield from ((*pair, said) for pair, said in zip(part, named, strict=True))


def _may_turn(change, layout):
    """Whether the service may bring a token from its status before to the one after."""
    old, new = (dict(zip(layout.key, name, strict=True)) for name in (change.before, change.after))
    return old.get("status") == new.get("status") or may_turn(old["status"], new["status"])


def _known(change, layout, said):
    """The fields of a changed document that the names of its balances tell."""
    return [
        Altered(f"{said.document} of {said.wallet}", name, old, new)
        for name, old, new in zip(layout.key, change.before, change.after, strict=True)
        if old != new
    ]


def _too_many(found):
    names = [" / ".join(one.name) for one in found.explanation()[:5]]
    return f"more documents differ than can be named, such as in {names}"


def _summed(source, layout, secret):
    """The summary of a source, as of one moment where it can be read so."""
    from fixtures.compare_stores.shelf import Passing
    from fixtures.probes.migration.summary import Summary

    source = source.planned(source.plan())
    summary = Summary(layout, secret, Passing())
    for partition in source.partitions():
        for batch in source.batches(partition):
            summary.add(batch)
    summary.finish()
    return summary


def _read(source, changes):
    """The documents that differ, from one side, by identity."""
    from fixtures.probes.migration.identities import raw_identity
    from fixtures.probes.migration.naming import identity_of

    wanted = [raw for one in changes if (raw := raw_identity(one.identity)) is not None]
    if not wanted:
        return {}
    return {identity_of(raw): bson.decode(raw) for raw in source.find(wanted)}


def _balances_changed(pairs):
    """Each balance whose number or sum of tokens changed: name, before, after."""
    sums = {}
    for before, after in pairs:
        _count(sums, before, 0)
        if after is not None:
            _count(sums, after, 1)
    return [_moved(name, was, now) for name, (was, now) in sorted(sums.items()) if was != now]


def _moved(name, was, now):
    return f"{' / '.join(name)}: {was[0]} tokens with {was[1]} before, {now[0]} with {now[1]} now"


def _count(sums, document, side):
    name = tuple(str(document.get(part, "")) for part in BALANCE)
    entry = sums.setdefault(name, ([0, 0], [0, 0]))[side]
    entry[0] += 1
    for proof in document.get("proofs") or ():
        amount = proof.get("amount")
        entry[1] += int(amount) if isinstance(amount, int | float) else 0
