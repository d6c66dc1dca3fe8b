"""Facts and a throw-away server for the tests of the release around the back end."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn

from fixtures.reference.meta_aggregator import release_checkout
from fixtures.reference.meta_aggregator.facts import ReleaseFacts, Site

STARTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
ESCROW = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
BASE = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
QUOTE = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"


def make_facts(root: Path, started: datetime = STARTED) -> ReleaseFacts:
    site = Site(root)
    return ReleaseFacts(
        started=started,
        window_start=started - timedelta(minutes=5),
        deployed_at=started - timedelta(minutes=1),
        verified_at=started,
        rpc_urls={
            "local": "http://127.0.0.1:1",
            "staging": "http://127.0.0.1:2",
            "production": "http://127.0.0.1:3",
        },
        escrow_address=ESCROW,
        escrow_transaction="0x" + "ab" * 32,
        tokens={"base": BASE, "quote": QUOTE},
        store=site.store,
        backups=site.backups,
        attestations=site.attestations,
        latest_backup="orders-20261120T110000000Z.sqlite",
    )


def with_checkout(root: Path, defects, **changes) -> ReleaseFacts:
    facts = make_facts(root, **changes)
    commit = release_checkout.build(Site(root).checkout, facts, defects)
    previous = release_checkout.previous_commit(Site(root).checkout, facts)
    return replace(facts, commit=commit, previous_commit=previous)


@contextlib.contextmanager
def served(app, **settings) -> Iterator[str]:
    """Serve an application on a free loopback port; yields host:port."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", proxy_headers=False, **settings
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.005)
    assert server.started, "the server did not start within 10 s"
    try:
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
