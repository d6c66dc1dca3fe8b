from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def start(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    announced = folder / "addresses.json"
    command = [sys.executable, "-m", "fixtures.reference", "--announce", str(announced)]
    with (folder / "stderr.txt").open("wb") as errors:
        return subprocess.Popen(
            [*command, *options], cwd=ROOT, stdin=subprocess.PIPE, stderr=errors
        )


def addresses(process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while not (folder / "addresses.json").exists():
        assert process.poll() is None, (folder / "stderr.txt").read_text()
        assert time.monotonic() < deadline, "the target was not up in time"
        time.sleep(0.02)  # between two looks
    return json.loads((folder / "addresses.json").read_text("utf-8"))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)  # between two looks


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("served")
    process = start(folder, "--with-parent")
    try:
        yield addresses(process, folder)
    finally:
        process.stdin.close()
        assert process.wait(20) == 0
        assert (folder / "stderr.txt").read_text() == ""


def test_the_document_names_everything_that_a_profile_looks_up(served):
    assert served["fault"] is None
    assert served["parts"]["evm"]
    assert len(served["emulations"]) == len({*served["emulations"]})
    assert len(served["release"]["commit"]) == 40
    values = served["meta_aggregator"]
    for key in ("store", "snapshot", "baseline", "tls_ca", "attestations", "staging_verdict"):
        assert Path(values[key]).is_file(), key
    assert len(values["funder_keys"]) == 8
    assert len(values["admin_key"]) == 66
    assert len(values["expired_token"]) == 43
    assert values["rate_limit"]["requests"] < 200, "a burst above it takes seconds"


def test_both_systems_are_up_and_each_has_a_release(served):
    values = served["nctool"]
    with httpx.Client(timeout=20, trust_env=False) as http:
        for url in (values["api_url"], *values["pods"], *(s["api_url"] for s in values["staging"])):
            assert http.get(url + "/health").json()["status"] == "healthy"
    assert len({served["release"]["commit"], values["release"]["commit"]}) == 2


def test_every_server_of_meta_aggregator_answers(served):
    values = served["meta_aggregator"]
    with httpx.Client(timeout=20, trust_env=False) as http:
        assert http.get(values["api_url"] + "/api/health").json()["status"] == "healthy"
        assert "<html" in http.get(values["frontend_url"]).text
        assert "process_start_time_seconds" in http.get(values["metrics_url"]).text
        release = http.get(values["staging_url"] + "/api/config").json()["release"]
        assert release["commit"] == served["release"]["commit"]
        assert http.get(values["upstream_url"] + "/healthz").status_code == 200
        for url, chain in (
            ("rpc_url", 31337),
            ("staging_rpc_url", 11155111),
            ("production_rpc_url", 1),
        ):
            call = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
            assert int(http.post(values[url], json=call).json()["result"], 16) == chain


def test_both_declared_chains_give_quotes(served):
    with httpx.Client(
        base_url=served["meta_aggregator"]["api_url"], timeout=20, trust_env=False
    ) as http:
        for deployment in http.get("/api/config").json()["deployments"]:
            tokens = [token["address"] for token in deployment["tokens"]]
            query = {
                "chainId": deployment["chainId"],
                "sellToken": tokens[0],
                "buyToken": tokens[1],
                "sellAmount": str(10**18),
            }
            answer = http.get("/api/quote", params=query)
            assert answer.json()["chainId"] == deployment["chainId"]


def test_it_ends_on_a_signal_and_removes_its_directory(tmp_path):
    process = start(tmp_path, "--fault", "MA-DEP-02")
    document = addresses(process, tmp_path)
    assert document["fault"] == "MA-DEP-02"
    values = document["meta_aggregator"]
    assert httpx.get(values["api_url"] + "/api/health", timeout=20).status_code == 502
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.stdin.close()
    assert not Path(values["store"]).exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(values["rpc_url"])


@pytest.mark.parametrize("wait_s", [0.5, 1.5, 2.5], ids=["early", "midway", "late"])
def test_it_ends_with_its_parent_while_it_is_still_coming_up(tmp_path, wait_s):
    home = tmp_path / "home"
    process = start(tmp_path, "--with-parent", "--directory", str(home))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(wait_s)
    process.stdin.close()
    assert process.wait(20) == 0, (tmp_path / "stderr.txt").read_text()
    assert not home.exists()


def test_it_leaves_no_directory_even_when_it_is_killed(tmp_path):
    home = tmp_path / "home"
    process = start(tmp_path, "--directory", str(home))
    wait_until(lambda: home.is_dir() and any(home.iterdir()))
    process.kill()
    process.wait(20)
    process.stdin.close()
    wait_until(lambda: not home.exists())


def test_an_error_at_start_is_one_sentence(tmp_path):
    process = start(tmp_path, "--fault", "MA-XX-99")
    assert process.wait(30) == 1
    process.stdin.close()
    lines = (tmp_path / "stderr.txt").read_text().splitlines()
    assert len(lines) == 1
    assert "MA-XX-99" in lines[0]
