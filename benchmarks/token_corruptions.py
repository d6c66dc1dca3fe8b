"""Corruptions of a migrated token store, each to be named exactly, among millions of documents.

`python -m benchmarks corruptions` plants them in a dump of 2,000,000 documents, and in 10,000 of
the embedded store, and prints what was found and how long it took.
"""

import contextlib
import io
import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.token_oddities import OddPlan, oddities
from benchmarks.token_stores import CHANGEABLE, tokens

Document = dict[str, Any]
Found = set[tuple[str, int]]
"""Kind of difference and number of the document."""


def migrated(document: Document) -> Document:
    """What the honest migration makes of a token."""
    metadata = {**document["metadata"], "migrated": True, "version": "2.0.0"}
    return {**document, "metadata": metadata}


@dataclass(frozen=True)
class Plan:
    """Which documents are corrupted, by their numbers, in a store of `size` and `wallets`.

    The two that are swapped belong to two wallets that have nothing else, and the same balance: no
    count and no sum tells.
    """

    size: int
    wallets: int

    @property
    def _at(self) -> int:
        return self.size // 3

    def expected(self) -> Found:
        """What a comparison has to name, and nothing else."""
        at = self._at
        changed = [*range(at, at + 6), at + 8, self.size - 1]
        return {*(("changed", one) for one in changed), ("lost", at + 6), ("new", at + 7)}

    def before(self) -> Iterator[Document]:
        """The store before its migration."""
        for number, one in enumerate(tokens(self.size, self.wallets)):
            if number - self._at in (0, 1):
                proof = {**one["proofs"][0], "amount": 64}
                same = {"status": "unspent", "mint_url": "https://mint.example.com"}
                owner = "npub1" + "ef"[number - self._at] * 58
                yield {**one, **same, "npub": owner, "proofs": [proof], "total_amount": 64}
            else:
                yield one

    def after(self, documents: Iterable[Document]) -> Iterator[Document]:
        """The migrated store, with everything that went wrong."""
        import bson

        at = self._at
        held: Document = {}
        for number, one in enumerate(map(migrated, documents)):
            if number == at:  # two tokens swapped between wallets of equal balance
                held = one
                continue
            if number == at + 1:
                yield {**held, "npub": one["npub"]}
                yield {**one, "npub": held["npub"]}
            elif number == at + 2:  # a proof's secret changed
                yield _with_proof(one, secret="0" * 64)
            elif number == at + 3:  # an amount moved between mints
                yield {**one, "mint_url": "https://mint.elsewhere.example"}
            elif number == at + 4:  # int turned to double
                yield _with_proof(one, amount=float(one["proofs"][0]["amount"]))
            elif number == at + 5:  # a wallet renamed
                yield {**one, "npub": "npub1" + "q" * 58}
            elif number == at + 6:  # one document lost …
                continue
            elif number == at + 7:  # … and another doubled
                yield one
                yield {**one, "_id": bson.ObjectId("f" * 24)}
            elif number == at + 8:  # a key of the metadata dropped
                yield {**one, "metadata": {k: v for k, v in one["metadata"].items() if k != "memo"}}
            elif number == self.size - 1:  # the last document of the last partition
                yield _with_proof(one, C="02" + "0" * 64)
            else:
                yield one


def _with_proof(document: Document, **changes: Any) -> Document:
    first, *rest = document["proofs"]
    return {**document, "proofs": [{**first, **changes}, *rest]}


def named(record: dict[str, Any], plan: Plan) -> Found:
    """What a comparison's record names, by the numbers of documents."""
    doubled = f"{'f' * 24}"
    return {
        (
            one["kind"],
            plan.size // 3 + 7 if one["document"] == doubled else int(one["document"], 16),
        )
        for one in record["differences"]
    }


def write(path: Path, documents: Iterable[Document]) -> None:
    """Write a dump."""
    import bson

    with path.open("wb") as file:
        for document in documents:
            file.write(bson.encode(document))


def layout_file(folder: Path) -> Path:
    """The layout of these tokens."""
    path = folder / "layout.toml"
    path.write_text(f"changeable = {list(CHANGEABLE)}\n".replace("'", '"'), encoding="utf-8")
    return path


def corruptions(size: int = 2_000_000, stored: int = 10_000) -> str:
    """Everything that went wrong in a migration is named, and nothing else."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [
            *_of_dumps(folder, size),
            *_of_store(folder, stored),
            *_of_oddities(folder, stored),
        ]
        return "\n".join(lines)


def _of_dumps(folder: Path, size: int) -> Iterator[str]:
    plan = Plan(size, 20_000)
    before, after, honest = (folder / f"{name}.bson" for name in ("before", "after", "honest"))
    write(before, plan.before())
    write(after, plan.after(plan.before()))
    write(honest, map(migrated, plan.before()))
    yield f"{size:,} documents in dumps of {before.stat().st_size / 1e6:,.0f} MB"
    yield from _compared(folder, plan, str(before), str(after), str(honest), [])


def _of_store(folder: Path, size: int) -> Iterator[str]:
    from pymongo import MongoClient

    from fixtures.reference.mongodb import start_store

    plan = Plan(size, 20_000)
    with start_store() as store, MongoClient(store.url) as client:
        tokens_there = client.nctool.tokens
        tokens_there.insert_many(plan.before())
        place = ["--database", "nctool", "--collection", "tokens"]
        yield f"{size:,} documents in the embedded store"

        def become(documents: Iterable[Document]) -> str:
            tokens_there.delete_many({})
            tokens_there.insert_many(documents)
            return store.url

        where = store.url
        yield from _compared(
            folder,
            plan,
            where,
            lambda: become(plan.after(plan.before())),
            lambda: become(map(migrated, plan.before())),
            place,
        )


def _of_oddities(folder: Path, size: int) -> Iterator[str]:
    plan = OddPlan(size, migrated, tokens)
    before, after = folder / "even.bson", folder / "odd.bson"
    write(before, plan.before())
    write(after, plan.after())
    snapshot, found = str(folder / "odd.zip"), folder / "odd.json"
    codes = (
        _run("snapshot", str(before), snapshot, "--layout", str(layout_file(folder)))[0],
        _run("compare", snapshot, str(after), "--before", str(before), "--json", str(found))[0],
    )
    wrong = plan.wrong(json.loads(found.read_text(encoding="utf-8")))
    verdict = f"WRONG: {wrong}" if wrong else "each named exactly, with its field"
    yield f"{len(oddities())} further ones in dumps of {size:,}: exit codes {codes}, {verdict}"


def _run(*arguments: str) -> tuple[int, float]:
    """Exit code of the command, and how long it took in seconds."""
    from fixtures.compare_stores.command import main

    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = main(arguments)
    return code, time.perf_counter() - began


def _compared(
    folder: Path, plan: Plan, before: str, after: Any, honest: Any, place: list[str]
) -> Iterator[str]:
    snapshot, found = folder / f"{plan.size}.zip", folder / "found.json"
    layout = str(layout_file(folder))

    def run(*arguments: str) -> tuple[int, float]:
        return _run(*arguments, *place)

    code, took = run("snapshot", before, str(snapshot), "--layout", layout)
    size = snapshot.stat().st_size / 1e6
    yield f"  snapshot: exit code {code}, {took:.1f} s, {size:.1f} MB"
    later = after() if callable(after) else after
    code, took = run("compare", str(snapshot), later, "--json", str(found))
    seen = named(json.loads(found.read_text(encoding="utf-8")), plan)
    verdict = "exactly what was planted" if seen == plan.expected() else f"WRONG: {seen}"
    yield f"  corrupted: exit code {code}, {took:.1f} s, named {len(seen)} documents: {verdict}"
    later = honest() if callable(honest) else honest
    code, took = run("compare", str(snapshot), later)
    yield f"  allowed migration alone: exit code {code}, {took:.1f} s"


BENCHMARKS = {"corruptions": corruptions}
