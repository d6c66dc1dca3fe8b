"""What the audit of an order book costs: beside bare recovery, and beside what else there is."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.order_books import (
    DOCUMENT,
    DOCUMENT_FIELDS,
    HOME,
    NOW,
    Book,
    Order,
    planted,
    spread,
    write_lines,
    write_store,
)
from benchmarks.timing import ROOT
from contracts import order_books
from fixtures.clients.order_sources.opening import open_source
from fixtures.clients.recording import NullRecorder
from fixtures.probes.order_audit.judging import Judge
from fixtures.probes.order_audit.terms import Terms

LAYOUT = order_books.read()
TERMS = Terms(DOCUMENT["types"], "Order", LAYOUT.roles, HOME, NOW, nonce_key=b"benchmark")
ENGINE = 8192
SLOW = 300
"""Orders per round: for what costs little more than the curve, and for the others."""
VERY_SLOW = 20
MAKERS = 2000
NODE_PACKAGES = ROOT / "contracts" / "typed_data" / "generate"
LIMIT = "bare recovery (secp256k1_ecdsa_recover)"
ETH_ACCOUNT = (
    ("eth-account with coincurve", "CoinCurveECCBackend", SLOW),
    ("eth-account as installed (pure Python)", "NativeECCBackend", VERY_SLOW),
)
TYPES = {"Order": DOCUMENT["types"]["Order"]}
DOMAIN = {
    "name": HOME.name,
    "version": HOME.version,
    "chainId": HOME.chain_id,
    "verifyingContract": HOME.contract,
}
Round = Callable[[], None]


def bare(orders: list[Order]) -> Round:
    """The C call alone, in the tightest loop: signatures parsed and digests known before."""
    from coincurve._libsecp256k1 import ffi, lib
    from coincurve.context import GLOBAL_CONTEXT

    context, key, known = GLOBAL_CONTEXT.ctx, ffi.new("secp256k1_pubkey *"), []
    for order in orders:
        raw = bytes.fromhex(str(order["signature"])[2:])
        parsed = ffi.new("secp256k1_ecdsa_recoverable_signature *")
        lib.secp256k1_ecdsa_recoverable_signature_parse_compact(context, parsed, raw, raw[64] - 27)
        known.append((parsed, bytes.fromhex(str(order["id"])[2:])))

    def run() -> None:
        recover = lib.secp256k1_ecdsa_recover
        for parsed, digest in known:
            recover(context, key, parsed, digest)

    return run


def rows(orders: list[Order]) -> list[tuple]:
    parts = ("id", "signature", "filled", "contract", "chain", *DOCUMENT_FIELDS)
    return [(at, *(order.get(part) for part in parts)) for at, order in enumerate(orders)]


def engine(orders: list[Order]) -> Round:
    """Pack, hash, recover, compare, judge: everything but reading the book."""
    judge, batch = Judge(TERMS), rows(orders)

    def run() -> None:
        assert not judge.judge(batch).findings

    return run


def from_book(path: Path, orders: list[Order], *, makers_known: bool = True) -> Round:
    """Read the book and judge it, in one process, by a judge that met its makers, or a new one."""
    known = Judge(TERMS)
    with tempfile.TemporaryDirectory() as folder:
        source = open_source(str(path), LAYOUT, TERMS.fields, Path(folder), NullRecorder())

    def run() -> None:
        judged, judge = 0, known if makers_known else Judge(TERMS)
        for chunk in source.chunks():
            result = judge.judge(source.read(chunk)[0])
            assert not result.findings
            judged += result.orders
        assert judged == len(orders)

    return run


def eth_account(orders: list[Order], folder: Path, backend: str, rounds: int) -> list[float]:
    """encode_typed_data and recover_message; the back end is chosen when eth-keys is imported."""
    file = folder / "eth_account.json"
    file.write_text(json.dumps({"domain": DOMAIN, "types": TYPES, "orders": told(orders)}))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peer_eth_account", str(file), str(rounds)],
        env={**os.environ, "ECC_BACKEND_CLASS": f"eth_keys.backends.{backend}"},
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def told(orders: list[Order]) -> list[dict]:
    return [
        {
            "message": {name: order[name] for name in DOCUMENT_FIELDS},
            "signature": order["signature"],
        }
        for order in orders
    ]


def node(orders: list[Order], folder: Path, rounds: int) -> dict[str, list[float]] | str:
    """Times of ethers and viem, or why there are none."""
    if not shutil.which("node"):
        return "not measured: node absent"
    if not (NODE_PACKAGES / "node_modules" / "ethers").is_dir():
        return f"not measured: npm ci --prefix {NODE_PACKAGES.relative_to(ROOT)}"
    file = folder / "orders.json"
    file.write_text(json.dumps({"domain": DOMAIN, "types": TYPES, "orders": told(orders)}))
    script = Path(__file__).with_name("peers.mjs")
    done = subprocess.run(
        ["node", str(script), str(file), str(NODE_PACKAGES), str(rounds)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def cpu_us(run: Round, orders: int) -> float:
    began = time.thread_time()
    run()
    return 1e6 * (time.thread_time() - began) / orders


def audit(rounds: int = 5) -> str:
    """One core, CPU time per order, in one run; the curve alone is the limit."""
    book = Book(MAKERS)
    orders = list(book.orders(ENGINE))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_store(folder / "book.sqlite", orders)
        write_lines(folder / "book.jsonl", orders)
        strangers = list(Book(ENGINE).orders(ENGINE))
        write_store(folder / "strangers.sqlite", strangers)
        contenders = {
            LIMIT: (bare(orders), ENGINE),
            "audit: engine": (engine(orders), ENGINE),
            "audit: from SQLite": (from_book(folder / "book.sqlite", orders), ENGINE),
            "audit: from JSON Lines": (from_book(folder / "book.jsonl", orders), ENGINE),
            "audit: from SQLite, no maker twice": (
                from_book(folder / "strangers.sqlite", strangers, makers_known=False),
                ENGINE,
            ),
        }
        for run, _ in contenders.values():
            run()  # twice: the first two orders of a maker are recovered
            run()
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(rounds):
            for name, (run, number) in contenders.items():
                times[name].append(cpu_us(run, number))
        for name, backend, number in ETH_ACCOUNT:
            times[name] = eth_account(orders[:number], folder, backend, rounds)
        peers = node(orders[:SLOW], folder, rounds)
    if not isinstance(peers, str):
        times |= peers
    table = [f"{'':<42}{'us/order':>10}{'orders/s':>10}   x limit"]
    for name, values in times.items():
        pairs = zip(values, times[LIMIT], strict=True)
        ratio = statistics.median(value / limit for value, limit in pairs)
        median = statistics.median(values)
        table.append(f"{name:<42}{median:>10.1f}{1e6 / median:>10,.0f}   {ratio:.2f}")
    if isinstance(peers, str):
        table += [f"{name:<42}{peers}" for name in ("ethers", "viem")]
    return "\n".join(table)


def audit_scale(orders: int = 0) -> str:
    """The whole command: two processes against one, its memory, and exactly 37 bad orders named.

    GATEHOUSE_BENCH_ORDERS sets the size; the issue's is 1,000,000.
    """
    number = orders or int(os.environ.get("GATEHOUSE_BENCH_ORDERS", "100000"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book, bad = Book(MAKERS), spread(number, first=2 * MAKERS)
        write_store(folder / "book.sqlite", planted(book, book.orders(number), bad))
        small = folder / "small.sqlite"
        write_store(small, book.orders(20_000))
        results, limit = {}, bare(list(book.orders(ENGINE)))
        limits = [cpu_us(limit, ENGINE) for _ in range(3)]
        for cores in (1, 2):
            results[cores] = command(folder / "book.sqlite", folder, cores)
            limits += [cpu_us(limit, ENGINE) for _ in range(3)]
        base = command(small, folder, 2)
        with (
            ThreadPoolExecutor() as both
        ):  # what the machine gives two processes that share nothing
            apart = list(both.map(lambda n: command(folder / "book.sqlite", folder / n, 1), "ab"))
    found = {one["position"] - 1 for one in results[2]["findings"]}
    lines = [
        f"{number:,} orders, {len(bad)} bad planted; named: {len(found)}, "
        f"exactly those: {'yes' if found == set(bad) else 'NO'}"
    ]
    for cores, one in results.items():
        rate = number / one["duration_s"]
        lines.append(
            f"{cores} process(es): {one['duration_s']:.1f} s wall, {one['cpu_s']:.1f} s CPU, "
            f"{rate:,.0f} orders/s"
        )
    speedup = results[1]["duration_s"] / results[2]["duration_s"]
    cost = results[2]["cpu_s"] / results[1]["cpu_s"]
    busy = os.getloadavg()[0]
    unrelated = 2 * results[1]["duration_s"] / max(one["duration_s"] for one in apart)
    lines.append(
        f"two against one: {speedup:.2f} x by the clock, at {cost:.2f} x the CPU time; two "
        f"unrelated commands at once: {unrelated:.2f} x; the load was {busy:.1f}, so the clock "
        f"counts only where that is not far above 2"
    )
    each, floor = 1e6 * results[1]["cpu_s"] / number, statistics.median(limits)
    lines.append(
        f"whole command, one process: {each:.1f} us CPU per order, {each / floor:.2f} x bare "
        f"recovery ({floor:.1f} us, measured before, between and after)"
    )
    growth = results[2]["peak_mib"] - base["peak_mib"]
    lines.append(
        f"memory of all processes: {results[2]['peak_mib']:.0f} MiB, of 20,000 orders "
        f"{base['peak_mib']:.0f} MiB, growth {growth:.0f} MiB"
    )
    return "\n".join(lines)


def command(path: Path, folder: Path, cores: int) -> dict:
    """Run the audit as a command; its report, and the highest memory of it and its processes."""
    folder.mkdir(exist_ok=True)
    report = folder / "report.json"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "fixtures.audit_orders", str(path), "--quiet"),
            *("--chain-id", str(HOME.chain_id), "--contract", HOME.contract, "--at", str(NOW)),
            *("--executor", f"local:{cores}", "--json", str(report)),
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    peak = 0.0
    ended = threading.Event()
    used = []

    def wait() -> None:
        _, status, usage = os.wait4(process.pid, 0)  # with the processes that it waited for
        process.returncode = os.waitstatus_to_exitcode(status)
        used.append(usage.ru_utime + usage.ru_stime)
        ended.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    while not ended.wait(0.2):
        peak = max(peak, memory_mib(process.pid))
    waiter.join()
    return {**json.loads(report.read_text(encoding="utf-8")), "peak_mib": peak, "cpu_s": used[0]}


def memory_mib(pid: int) -> float:
    """Private memory of a process and of those that it started."""
    total = 0
    for one in [pid, *children(pid)]:
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if "Private_" in line)
    return total / 1024


def children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(one) for one in listed.split()]


BENCHMARKS = {"audit": audit, "audit-scale": audit_scale}
