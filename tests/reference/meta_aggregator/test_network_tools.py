"""The release's tools that talk to a chain: by name, on the chain that is meant."""

import json
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from fixtures.reference.chain import Rpc, deploy_contracts, key_of, start_chain
from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import release_files, upgrades
from fixtures.reference.meta_aggregator.facts import LOCAL_CHAIN
from tests.clients.stub import stub
from tests.reference.meta_aggregator.release_site import make_facts

AMOUNT = 12_345


@pytest.fixture(scope="module")
def deployed():
    running = start_chain(LOCAL_CHAIN)
    try:
        yield deploy_contracts(running.url, key_of("deployer"), with_uniswap=False)
    finally:
        running.close()


@pytest.fixture
def tool(deployed, tmp_path):
    """Runs a tool of the release, as it is shipped with these defects, on the chain."""

    def run(name, *arguments, defects=NONE, url=deployed.rpc_url):
        for path, text in release_files.release(make_facts(tmp_path), defects).items():
            if path.startswith(("backend/", "config/")):
                (tmp_path / path).parent.mkdir(exist_ok=True)
                (tmp_path / path).write_text(text, encoding="utf-8")
        with stub({"/api/config": {"contracts": {"escrow": deployed.escrow}}}) as api:
            done = subprocess.run(
                [sys.executable, str(tmp_path / "backend" / name), *arguments],
                env={"API_URL": api.url, "RPC_URL": url, "DEPOSITOR_KEY": key_of("funder-0")},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
        return done.returncode, json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def balance(deployed):
    rpc = Rpc(deployed.rpc_url)
    yield lambda: rpc.balance(deployed.escrow)
    rpc.close()


DEPOSIT = ("deposit_tools.py", "deposit", "--network", "local", "--amount", str(AMOUNT))
STATUS = ("probe_tools.py", "contract-status", "--network", "local")


def test_a_deposit_arrives(tool, balance):
    before = balance()
    code, said = tool(*DEPOSIT)
    assert (code, said["ok"], said["chain_id"]) == (0, True, LOCAL_CHAIN)
    assert balance() == before + AMOUNT


def test_fault_deposit_script_without_network(tool, balance):
    before = balance()
    code, said = tool(*DEPOSIT, defects=Defects.for_items(["MA-SC-18"]))
    assert (code, said["ok"]) == (0, True)
    assert balance() == before


def test_the_status_is_that_of_the_chain(tool, balance):
    code, said = tool(*STATUS)
    assert (code, said["balance_wei"], said["paused"]) == (0, str(balance()), False)
    assert said["code_bytes"] > 0


def test_fault_status_script_without_network(tool):
    code, said = tool(*STATUS, defects=Defects.for_items(["MA-SC-19"]))
    assert (code, said["block"], said["code_bytes"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("network", "told"),
    [("production", "is chain 1, but 31337 answers"), ("nowhere", "no network is called")],
)
def test_another_chain_than_the_named_one_is_refused(tool, network, told):
    code, said = tool("probe_tools.py", "contract-status", "--network", network)
    assert code == 1
    assert told in said["error"]


def test_a_node_that_does_not_answer_is_one_sentence(tool):
    code, said = tool(*STATUS, url="http://127.0.0.1:1")
    assert code == 1
    assert "does not answer eth_chainId" in said["error"]


@pytest.fixture
def facts(deployed, tmp_path):
    return replace(make_facts(tmp_path), safe=deployed.safe, house=asdict(deployed.house))


def test_signers_get_batches_and_interfaces(facts, deployed):
    files = upgrades.files(facts, NONE)
    for path in (upgrades.UPGRADE, upgrades.MIGRATION):
        batch = json.loads(files[path])
        assert batch["meta"]["createdFromSafeAddress"] == deployed.safe
        assert batch["transactions"]
    [upgrade], [migration] = (
        upgrades.declared_upgrades(facts),
        upgrades.declared_migrations(facts),
    )
    assert {upgrade["previous"], upgrade["next"], upgrade["batch"]} <= set(files)
    assert {migration["batch"], migration["source"]["artifact"]} <= set(files)


def test_a_release_without_a_vault_ships_no_batch(tmp_path):
    assert upgrades.files(make_facts(tmp_path), NONE) == {}


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ("MA-SC-21", "contracts/vault/FeeVaultV2.sol"),
        ("MA-SC-22", "contracts/vault/RebateMigration.sol"),
    ],
)
def test_a_defective_contract_is_shipped_as_source_too(facts, item, path):
    sound, faulty = (upgrades.files(facts, one) for one in (NONE, Defects.for_items([item])))
    differing = {name for name in sound if sound[name] != faulty[name]}
    assert path in differing
    assert differing <= {path, "upgrades/artifacts/FeeVaultV2.json"}
