"""Summing up a token store for a comparison, beside decoding and hashing each document."""

import hashlib
import json
import multiprocessing
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

KEY = b"k" * 32
CHANGEABLE = ("metadata.migrated", "metadata.migration_date", "metadata.version")
MINTS = ("https://mint.example.com", "https://mint.example.org/Bitcoin", "https://m.example")
ALPHABET = "023456789acdefghjklmnpqrstuvwxyz"


def write_dump(path: Path, documents: int, wallets: int = 20_000) -> None:
    """Write tokens of some 900 bytes, as mongodump does; each is like no other."""
    import bson

    with path.open("wb") as file:
        for document in tokens(documents, wallets):
            file.write(bson.encode(document))


def tokens(documents: int, wallets: int = 20_000) -> Iterator[dict[str, Any]]:
    """Tokens with one to eight proofs, in some hundred lengths."""
    import bson

    draw = random.Random(1)
    npubs = ["npub1" + "".join(draw.choices(ALPHABET, k=58)) for _ in range(wallets)]
    for number in range(documents):
        count = 1 + min(7, number * 7 % 11 // 2)
        noise = draw.randbytes(64 * count).hex()
        proofs = [
            {
                "id": "009a1f293253e41e",
                "amount": 1 << draw.randrange(12),
                "secret": noise[at : at + 64],
                "C": "02" + noise[at + 64 : at + 128],
            }
            for at in range(0, 128 * count, 128)
        ]
        yield {
            "_id": bson.ObjectId(f"{number:024x}"),
            "npub": npubs[number % wallets],
            "proofs": proofs,
            "mint_url": MINTS[number % 3],
            "transaction_type": ("received", "change", "sent")[number // 3 % 3],
            "transaction_id": noise[:32],
            "total_amount": sum(proof["amount"] for proof in proofs),
            "status": ("unspent", "spent")[number % 2],
            "metadata": {"source": "lightning", "memo": noise[: number % 7]},
        }


def bare(path: Path) -> None:
    """Read the documents, and do nothing with them."""
    from fixtures.clients.token_stores.bson_dump import BsonDump

    dump = BsonDump(path)
    for part in dump.partitions():
        for batch in dump.batches(part):
            len(batch)


def decoded_sums(path: Path) -> None:
    """The document's own method for all wallets: decode, and add up."""
    import bson

    sums: dict[tuple[str, str], int] = {}
    with path.open("rb") as file:
        for document in bson.decode_file_iter(file):
            name = document["npub"], document["status"]
            sums[name] = sums.get(name, 0) + sum(p["amount"] for p in document["proofs"])


def decoded_hashes(path: Path) -> None:
    """What one would write who wants every change: decode, canonical JSON, SHA-256, add up."""
    import bson

    sums: dict[tuple[str, str], int] = {}
    digests: dict[tuple[str, str], int] = {}
    with path.open("rb") as file:
        for document in bson.decode_file_iter(file):
            document["metadata"].pop("migrated", None)
            text = json.dumps(document, sort_keys=True, default=str).encode()
            name = document["npub"], document["status"]
            sums[name] = sums.get(name, 0) + sum(p["amount"] for p in document["proofs"])
            digests[name] = digests.get(name, 0) ^ int.from_bytes(hashlib.sha256(text).digest())


def summary(path: Path, processes: int = 1) -> None:
    """Everything a snapshot holds."""
    from fixtures.clients.token_stores.bson_dump import BsonDump
    from fixtures.compare_stores.taking import take
    from fixtures.probes.migration.layout import Layout
    from fixtures.workers.executors import executor

    where = executor(f"local:{processes}")
    take(BsonDump(path), Layout(changeable=CHANGEABLE), KEY, where, lambda *_: None)


def summary_twice(path: Path) -> None:
    """The same in two processes."""
    summary(path, 2)


def whole(path: Path, processes: int = 1) -> None:
    """A snapshot from beginning to end, with its file, and a comparison with it."""
    from fixtures.clients.token_stores.bson_dump import BsonDump
    from fixtures.compare_stores.snapshot_file import Snapshot, write
    from fixtures.compare_stores.taking import take
    from fixtures.probes.migration.differences import compare
    from fixtures.probes.migration.layout import Layout
    from fixtures.workers.executors import executor

    with tempfile.TemporaryDirectory() as folder:
        where, layout = executor(f"local:{processes}"), Layout(changeable=CHANGEABLE)
        state, target = Path(folder) / "state", Path(folder) / "taken.zip"
        made, manifest = take(BsonDump(path), layout, KEY, where, lambda *_: None, state)
        write(target, made, manifest)
        if not compare(Snapshot(target, KEY), made).equal:
            raise RuntimeError("a store differs from itself")


def whole_twice(path: Path) -> None:
    """The same in two processes."""
    whole(path, 2)


class Measured(NamedTuple):
    """Wall time and the process's own time in seconds; megabytes that its peak grew by.

    `workers` is by how much the peak of the largest worker process grew.
    """

    wall: float
    cpu: float
    grown: float
    workers: float


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def _measured(work: Callable[[Path], None], path: Path, warm: Path, answer: Any) -> None:
    work(warm)  # imports, and what is made once
    before = [_peak(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    wall, cpu = time.perf_counter(), time.process_time()
    work(path)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    after = [_peak(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    answer.put(Measured(wall, cpu, after[0] - before[0], after[1] - before[1]))


def apart(work: Callable[[Path], None], path: Path, warm: Path) -> Measured:
    """Measure in a process of its own, which uses one core."""
    return _at_once(1, work, path, warm)[0]


def _at_once(number: int, work: Callable[[Path], None], path: Path, warm: Path) -> list[Measured]:
    """Measure the same work in several processes at once that know nothing of one another."""
    from fixtures.workers.executors import one_core_each

    one_core_each()
    spawn = multiprocessing.get_context("spawn")
    answers = [spawn.SimpleQueue() for _ in range(number)]
    processes = [
        spawn.Process(target=_measured, args=(work, path, warm, answer)) for answer in answers
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [answer.get() for answer in answers]


SMALL, LARGE = 200_000, 2_000_000
PEER, ALONE, TWO = "decode, canonical JSON, SHA-256", "summary", "summary, two processes"
ROWS = (
    ("reading alone", bare, SMALL),
    ("decode, sums of every wallet", decoded_sums, SMALL),
    (PEER, decoded_hashes, SMALL),
    (ALONE, summary, SMALL),
    (ALONE, summary, LARGE),
    (TWO, summary_twice, LARGE),
)
MANY = ((20_000, 400_000, 19_998), (120_000, 400_000, 40_000), (1_000_000, 1_000_000, 333_334))
"""Balances, documents, and wallets that make as many balances of them."""


def stores(runs: int = 3) -> str:
    """A snapshot of 2,000,000 tokens, beside what one would write oneself for 200,000."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {number: Path(folder) / f"{number}.bson" for number in (1000, SMALL, LARGE)}
        for number, path in paths.items():
            write_dump(path, number)
        found: dict[tuple[str, int], list[Measured]] = {}
        unrelated = []
        for _ in range(runs):
            for name, work, number in ROWS:
                one = apart(work, paths[number], paths[1000])
                found.setdefault((name, number), []).append(one)
            both = _at_once(2, summary, paths[LARGE], paths[1000])
            alone = found[ALONE, LARGE][-1].wall
            unrelated.append(2 * alone / max(one.wall for one in both))
        bound = (
            f"two that know nothing of one another get {statistics.median(unrelated):.2f} times as "
            f"much done as one alone: more is not in this machine"
        )
        return "\n".join([table(found), bound, *_of_balances(Path(folder), paths[1000])])


def _of_balances(folder: Path, warm: Path) -> Iterator[str]:
    """What many balances cost, at the highest point of a snapshot, its file and a comparison."""
    peer = folder / "peer.bson"
    write_dump(peer, SMALL)
    yield f"\n{'snapshot, file and comparison':<34}{'documents':>10}{'growth':>12}{'a worker':>12}"
    for balances, documents, wallets in MANY:
        path = folder / f"{balances} balances.bson"
        write_dump(path, documents, wallets)
        for processes, work in ((1, whole), (2, whole_twice)):
            one = apart(work, path, warm)
            name = f"{balances:,} balances, {processes} process" + "es" * (processes > 1)
            workers = f"{one.workers:>9.1f} MB" if processes > 1 else ""
            yield f"{name:<34}{documents:>10,}{one.grown:>9.1f} MB{workers}"
        mine, theirs = apart(summary, path, warm).cpu, apart(decoded_hashes, peer, warm).cpu
        speed = theirs / SMALL / (mine / documents)
        name = "  a summary of them"
        yield f"{name:<34}{documents:>10,}   {speed:.2f} times decoding and hashing"
        path.unlink()


def table(found: dict[tuple[str, int], list[Measured]]) -> str:
    """Medians of runs in turn, and of what they are to each other in each turn."""
    lines = [
        f"{'':<34}{'documents':>10}{'wall':>9}{'own time':>10}{'docs/s':>10}{'growth':>10}   speed"
    ]
    peers = [one.cpu / SMALL for one in found[PEER, SMALL]]
    for (name, number), values in found.items():
        wall = statistics.median(one.wall for one in values)
        cpu = statistics.median(one.cpu for one in values)
        ratios = [p / (one.cpu / number) for p, one in zip(peers, values, strict=True)]
        speed = "" if name == TWO else f"{statistics.median(ratios):.2f}"
        lines.append(
            f"{name:<34}{number:>10,}{wall:>8.2f}s{cpu:>9.2f}s{number / wall:>10,.0f}"
            f"{max(one.grown for one in values):>7.1f} MB   {speed}"
        )
    pairs = zip(found[ALONE, LARGE], found[TWO, LARGE], strict=True)
    faster = [one.wall / two.wall for one, two in pairs]
    lines.append(
        f"two processes are {statistics.median(faster):.2f} times as fast as one, by the clock "
        f"({min(faster):.2f} to {max(faster):.2f} in {len(faster)} turns)"
    )
    lines.append(f"speed is beside decoding and hashing, by own time; {os.cpu_count()} cores")
    return "\n".join(lines)


BENCHMARKS = {"stores": stores}
