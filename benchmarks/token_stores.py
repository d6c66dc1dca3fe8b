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
from collections.abc import Callable
from pathlib import Path

KEY = b"k" * 32
CHANGEABLE = ("metadata.migrated", "metadata.migration_date", "metadata.version")
ALPHABET = "023456789acdefghjklmnpqrstuvwxyz"


def write_dump(path: Path, documents: int, wallets: int = 20_000) -> None:
    """Tokens of some 900 bytes, as mongodump writes them; each is like no other."""
    import bson

    draw = random.Random(1)
    npubs = ["npub1" + "".join(draw.choices(ALPHABET, k=58)) for _ in range(wallets)]
    with path.open("wb") as file:
        for number in range(documents):
            noise = draw.randbytes(200).hex()
            proofs = [
                {
                    "id": "009a1f293253e41e",
                    "amount": 1 << draw.randrange(12),
                    "secret": noise[at * 64 : at * 64 + 64],
                    "C": "02" + noise[at * 64 + 32 : at * 64 + 96],
                }
                for at in range(3)
            ]
            document = {
                "_id": bson.ObjectId(f"{number:024x}"),
                "npub": npubs[number % wallets],
                "proofs": proofs,
                "mint_url": "https://mint.example.com",
                "transaction_type": ("received", "change", "sent")[number % 3],
                "transaction_id": noise[-32:],
                "total_amount": sum(proof["amount"] for proof in proofs),
                "status": ("unspent", "spent")[number % 2],
                "metadata": {"source": "lightning", "memo": noise[:12]},
            }
            file.write(bson.encode(document))


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
    from fixtures.compare_stores.running import Processes
    from fixtures.compare_stores.taking import take
    from fixtures.probes.migration.layout import Layout

    runner = Processes(processes) if processes > 1 else None
    size = path.stat().st_size // (4 * processes) + 1
    take(BsonDump(path, size), Layout(changeable=CHANGEABLE), KEY, runner, lambda *_: None)


def summary_twice(path: Path) -> None:
    """The same in two processes."""
    summary(path, 2)


def _measured(work: Callable[[Path], None], path: Path, warm: Path, answer: object) -> None:
    work(warm)  # imports, and what is made once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    work(path)
    took = time.perf_counter() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    answer.put((took, grown / 1024))


def _apart(work: Callable[[Path], None], path: Path, warm: Path) -> tuple[float, float]:
    """Seconds and megabytes of growth, in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    answer = spawn.SimpleQueue()
    process = spawn.Process(target=_measured, args=(work, path, warm, answer))
    process.start()
    process.join()
    return answer.get()


ROWS = {
    "reading alone": bare,
    "decode, sums of every wallet": decoded_sums,
    "decode, canonical JSON, SHA-256": decoded_hashes,
    "summary": summary,
    "summary, two processes": summary_twice,
}


def stores(runs: int = 3) -> str:
    """A snapshot of 200,000 tokens, and of twice as many."""
    small, large = 200_000, 400_000
    with tempfile.TemporaryDirectory() as folder:
        paths = {number: Path(folder) / f"{number}.bson" for number in (1000, small, large)}
        for number, path in paths.items():
            write_dump(path, number)
        found: dict[tuple[str, int], list[tuple[float, float]]] = {}
        for _ in range(runs):
            for name, work in ROWS.items():
                for number in (small, large) if work is summary else (small,):
                    one = _apart(work, paths[number], paths[1000])
                    found.setdefault((name, number), []).append(one)
    base = statistics.median(took for took, _ in found["decode, canonical JSON, SHA-256", small])
    lines = [f"{'':<36}{'documents':>10}{'median':>9}{'docs/s':>10}{'growth':>10}   speed"]
    for (name, number), values in found.items():
        took = statistics.median(one for one, _ in values)
        grown = max(growth for _, growth in values)
        speed = (number / took) / (small / base)
        lines.append(
            f"{name:<36}{number:>10,}{took:>8.2f}s{number / took:>10,.0f}{grown:>7.1f} MB   "
            f"{speed:.2f}"
        )
    return "\n".join([*lines, f"speed is beside decoding and hashing; {os.cpu_count()} cores"])


BENCHMARKS = {"stores": stores}
