"""Summing up a token store for a comparison, beside decoding and hashing each document."""

import hashlib
import json
import multiprocessing
import os
import random
import resource
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


class Measured(NamedTuple):
    """Wall time and the process's own time in seconds, and megabytes that it grew by."""

    wall: float
    cpu: float
    grown: float


def _measured(work: Callable[[Path], None], path: Path, warm: Path, answer: Any) -> None:
    work(warm)  # imports, and what is made once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    work(path)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    answer.put(Measured(wall, cpu, grown / 1024))


def apart(work: Callable[[Path], None], path: Path, warm: Path) -> Measured:
    """Measure in a process of its own, which uses one core."""
    from fixtures.workers.executors import one_core_each

    one_core_each()
    spawn = multiprocessing.get_context("spawn")
    answer = spawn.SimpleQueue()
    process = spawn.Process(target=_measured, args=(work, path, warm, answer))
    process.start()
    process.join()
    found: Measured = answer.get()
    return found


SMALL, LARGE = 200_000, 2_000_000
PEER = "decode, canonical JSON, SHA-256"
ROWS = (
    ("reading alone", bare, SMALL),
    ("decode, sums of every wallet", decoded_sums, SMALL),
    (PEER, decoded_hashes, SMALL),
    ("summary", summary, SMALL),
    ("summary", summary, LARGE),
    ("summary, two processes", summary_twice, LARGE),
)


def stores(runs: int = 2) -> str:
    """A snapshot of 2,000,000 tokens, beside what one would write oneself for 200,000."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {number: Path(folder) / f"{number}.bson" for number in (1000, SMALL, LARGE)}
        for number, path in paths.items():
            write_dump(path, number)
        found: dict[tuple[str, int], list[Measured]] = {}
        for _ in range(runs):
            for name, work, number in ROWS:
                one = apart(work, paths[number], paths[1000])
                found.setdefault((name, number), []).append(one)
    return table(found)


def table(found: dict[tuple[str, int], list[Measured]]) -> str:
    """Fastest runs; the speed of one process by its own time, that of two by the clock."""
    peer = min(one.cpu for one in found[PEER, SMALL]) / SMALL
    lines = [
        f"{'':<34}{'documents':>10}{'wall':>9}{'own time':>10}{'docs/s':>10}{'growth':>10}   speed"
    ]
    for (name, number), values in found.items():
        wall, cpu = min(one.wall for one in values), min(one.cpu for one in values)
        speed = "" if name.endswith("processes") else f"{peer / (cpu / number):.2f}"
        lines.append(
            f"{name:<34}{number:>10,}{wall:>8.2f}s{cpu:>9.2f}s{number / wall:>10,.0f}"
            f"{max(one.grown for one in values):>7.1f} MB   {speed}"
        )
    one, two = (min(m.wall for m in found[name, LARGE]) for name in ("summary", ROWS[-1][0]))
    lines.append(f"two processes take {one / two:.2f} times less than one, by the clock")
    lines.append(f"speed is beside decoding and hashing, by own time; {os.cpu_count()} cores")
    return "\n".join(lines)


BENCHMARKS = {"stores": stores}
