"""A smoke run pays for what it uses: heavy libraries load inside the functions that need them."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"web3", "eth_account", "eth_abi", "eth_utils", "playwright", "dns", "cryptography",
         "prometheus_client", "pytest", "rich", "click", "hypothesis"}  # fmt: skip
STORES = {"rollout", "scratch_databases", "staging", "store_backups", "store_dump",
          "store_snapshots", "token_store"}  # fmt: skip
"""Clients of a MongoDB load its driver, which brings cryptography; only their checks do."""
SOURCE = """
import json, pathlib, sys, importlib
for path in sorted(pathlib.Path("fixtures/clients").glob("*.py")):
    if path.stem in {stores}:
        continue
    importlib.import_module("fixtures.clients." + path.stem)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded(source):
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_importing_every_client_loads_nothing_heavy():
    others = SOURCE.replace("{stores}", repr(STORES))
    assert loaded(others) & (HEAVY | {"pymongo", "bson", "numpy"}) == set()


def test_our_httpx_is_the_whole_one_where_it_was_imported_before():
    source = (
        "import httpx, json, sys; from fixtures.clients.lean_httpx import httpx as ours\n"
        "assert ours is httpx; print(json.dumps(sorted(sys.modules)))"
    )
    assert "httpx._main" in loaded(source)
