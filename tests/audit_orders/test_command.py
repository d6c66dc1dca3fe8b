import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.order_books import HOME, NOW, PREVIOUS, STAGING, Book, write_lines
from fixtures.audit_orders.command import main
from fixtures.clients.order_sources.model import CHUNK
from fixtures.clients.waiting import until
from tests.audit_orders.conftest import NUMBER

ROOT = Path(__file__).parents[2]
DOMAIN = ["--chain-id", str(HOME.chain_id), "--contract", HOME.contract, "--at", str(NOW)]
KNOWN = [
    f"--known={one.label}={one.chain_id}:{one.contract}" for one in (PREVIOUS, STAGING)
]  # fmt: skip


def test_bad_orders_are_printed_and_written(store, planted, tmp_path, capsys):
    report = tmp_path / "report.json"

    code = main([str(store), *DOMAIN, *KNOWN, "--json", str(report), "--executor", "local:1"])

    printed = capsys.readouterr().out
    written = json.loads(report.read_text())
    assert code == 1
    assert {one["position"] for one in written["findings"]} == set(planted)
    assert (written["orders"], written["bad"], written["unverified"]) == (NUMBER, 37, 0)
    assert printed.count("BAD row ") == 37
    assert "other_domain: signed for staging (chain 11155111" in printed
    assert f"{NUMBER} open orders judged" in printed


def test_a_sound_book_ends_with_0(book, tmp_path, capsys):
    write_lines(tmp_path / "book.jsonl", book.orders(20))

    assert main([str(tmp_path / "book.jsonl"), *DOMAIN, "--quiet"]) == 0
    assert "0 bad, 0 unverified" in capsys.readouterr().out


WRONG = {
    "no such book": (["nowhere.sqlite", *DOMAIN], "cannot be opened"),
    "no domain": (["{lines}"], "--chain-id and --contract"),
    "no book": (DOMAIN, "which book"),
    "no address": (["{lines}", "--chain-id", "1", "--contract", "0x12"], "is no deployment"),
    "bad known": (["{lines}", *DOMAIN, "--known", "x"], "LABEL=CHAIN:CONTRACT"),
    "bad executor": (["{lines}", *DOMAIN, "--executor", "x"], "is no executor"),
    "bad layout": (["{lines}", *DOMAIN, "--layout", "{lines}"], "layout"),
    "bad types": (["{lines}", *DOMAIN, "--types", "{lines}"], "types"),
    "no variable": (["{lines}", *DOMAIN, "--rpc-url", "env:NOT_THERE"], "has no NOT_THERE"),
    "no such profile": (["{lines}", "--target", "nowhere"], "no such profile"),
    "not running": (["{lines}", "--target", "local"], "runs only during a run"),
}


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.values(), ids=WRONG)
def test_a_command_that_cannot_work_is_told_in_a_sentence(lines, capsys, arguments, sentence):
    code = main([one.format(lines=lines) for one in arguments])

    told = capsys.readouterr()
    assert code == 2
    assert sentence in told.err
    assert told.out == ""


def test_domain_and_book_come_from_a_profile(store, tmp_path, capsys):
    profile = tmp_path / "profile.toml"
    profile.write_text(
        f"""
        format = 1
        name = "books"
        description = "a book"
        allow = ["read"]
        [release]
        version = "1.0.0"
        commit = "{"ab" * 20}"
        [systems.meta_aggregator]
        store = "{store}"
        chain_id = {HOME.chain_id}
        escrow_address = "{HOME.contract}"
        """
    )

    assert main(["--target", str(profile), "--at", str(NOW), "--quiet"]) == 1
    assert "37 bad" in capsys.readouterr().out


def run(*arguments):
    command = [sys.executable, "-m", "fixtures.audit_orders", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def done_chunks(state):
    try:
        with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as store:
            return store.execute("SELECT count(*) FROM chunks").fetchone()[0]
    except sqlite3.Error:
        return 0


def test_a_killed_audit_goes_on_where_it_was_and_leaves_nobody_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where the killed one leaves its empty folders
    path, state = tmp_path / "book.jsonl", tmp_path / "state"
    write_lines(path, Book(makers=50).orders(40_000))
    arguments = [path, *DOMAIN, "--executor", "local:2", "--state", state]
    first = run(*arguments)
    until(lambda: done_chunks(state) or first.poll() is not None, deadline_s=60)
    first.kill()
    first.communicate()  # returns when no worker holds the other end any more

    kept = done_chunks(state)
    second = run(*arguments, "--json", tmp_path / "report.json")
    second.communicate()

    report = json.loads((tmp_path / "report.json").read_text())
    assert 0 < kept < 5
    assert second.returncode == 0
    assert (report["orders"], report["resumed_orders"]) == (40_000, CHUNK * kept)
