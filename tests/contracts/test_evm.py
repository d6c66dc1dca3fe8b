"""The committed artifacts: they load, they name what is wrong, and recompiling gives the same."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
from eth_utils.crypto import keccak

from contracts.evm import DIRECTORY, NAMES, ArtifactError, artifact, build, parse
from fixtures.reference.chain import variants

PACKAGES = build.modules()
PARTS = 4
"""Groups of variants: each is compiled by one process, and several run side by side."""
needs_compiler = pytest.mark.skipif(
    PACKAGES is None,
    reason="node and the packages of contracts/evm/package.json are needed (npm ci)",
)
# Router02 carries this hash of the pair's creation code and derives every pair's address from it
PAIR_CODE_HASH = "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"


@pytest.mark.parametrize("name", NAMES)
def test_an_artifact_holds_code_abi_and_licence(name):
    loaded = artifact(name)
    assert loaded.name == name
    assert loaded.bytecode.startswith(("0x60", "0x61"))
    assert len(loaded.deployed_bytecode) > 300
    assert any(entry["type"] in {"function", "constructor"} for entry in loaded.abi)
    assert loaded.licence in ("Apache-2.0", "GPL-3.0-or-later", "LGPL-3.0")
    assert loaded.compiler


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ArtifactError, match=r"'Vault'.*Escrow, TestToken"):
        artifact("Vault")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "not JSON", id="no json"),
        pytest.param("{}", "lacks abi, bytecode", id="keys missing"),
        pytest.param(
            json.dumps(
                {
                    "abi": [],
                    "bytecode": "60",
                    "deployedBytecode": "0x",
                    "compiler": "",
                    "licence": "",
                }
            ),
            "bytecode is not 0x hex",
            id="no hex",
        ),
    ],
)
def test_a_broken_artifact_is_refused_by_its_file_name(text, message):
    with pytest.raises(ArtifactError, match=f"Broken.json: {message}"):
        parse("Broken", text, "Broken.json")


@pytest.mark.parametrize("name", build.OURS)
def test_the_committed_input_holds_the_committed_sources(name):
    sources = build.committed_input(name)["sources"]
    ours = [unit for unit in sources if not unit.startswith("@")]
    assert f"{name}.sol" in ours
    for unit in ours:
        assert sources[unit]["content"] == (DIRECTORY / unit).read_text("utf-8"), unit


@pytest.mark.parametrize("name", build.OURS)
def test_the_artifact_was_built_from_the_committed_input(name):
    digest = hashlib.sha256((DIRECTORY / f"{name}.input.json").read_bytes()).hexdigest()
    assert artifact(name).input_sha256 == digest


def test_escrow_fits_the_size_limit_of_a_contract():
    assert len(artifact("Escrow").deployed_bytecode) // 2 - 1 <= 24_576


def test_escrow_has_its_fee_and_treasury_as_immutables():
    references = artifact("Escrow").immutable_references
    assert len(references) == 9  # fee, treasury and seven of EIP-712
    assert all(part.length == 32 for parts in references.values() for part in parts)


def test_escrow_answers_with_custom_errors_only():
    texts = [
        source["content"]
        for unit, source in build.committed_input("Escrow")["sources"].items()
        if not unit.startswith("@")
    ]
    assert not any("require(" in text for text in texts)
    assert sum(entry["type"] == "error" for entry in artifact("Escrow").abi) > 20


def test_the_pair_is_the_one_that_the_router_knows():
    code = bytes.fromhex(artifact("UniswapV2Pair").bytecode[2:])
    assert keccak(code).hex() == PAIR_CODE_HASH
    assert PAIR_CODE_HASH in artifact("UniswapV2Router02").bytecode


def test_the_package_lock_names_no_registry():
    lock = json.loads((DIRECTORY / "package-lock.json").read_text("utf-8"))
    assert lock["packages"]
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]


@needs_compiler
def test_recompiling_gives_the_same_bytes():
    sources = {name: (name, build.compiler_input(name, PACKAGES)) for name in build.OURS}
    for name, built in build.compile_contracts(sources, PACKAGES):
        written = build.canonical(sources[name][1])
        assert written == (DIRECTORY / f"{name}.input.json").read_text("utf-8"), name
        assert build.canonical(built) == (DIRECTORY / f"{name}.json").read_text("utf-8"), name


@needs_compiler
@pytest.mark.parametrize("part", range(PARTS))
def test_recompiling_the_variants_gives_the_same_bytes(part):
    chosen = sorted(variants.variants())[part::PARTS]
    rows = {switch: variants.variants()[switch] for switch in chosen}
    sources = {switch: (row.contract, variants.patched_input(row)) for switch, row in rows.items()}
    recompiled = dict(build.compile_contracts(sources, PACKAGES))
    assert recompiled.keys() == set(chosen)
    for switch, built in recompiled.items():
        committed = (variants.COMPILED / f"{switch}.json").read_text("utf-8")
        assert build.canonical(built) == committed, switch


@needs_compiler
@pytest.mark.parametrize("name", build.THIRD_PARTY)
def test_third_party_code_is_as_published(name):
    published = build.canonical(build.published(name, PACKAGES))
    assert published == (DIRECTORY / f"{name}.json").read_text("utf-8")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is needed")
def test_a_missing_compiler_is_one_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GATEHOUSE_SOLC_MODULES", str(tmp_path))
    assert build.main() == 1
    assert "npm ci" in capsys.readouterr().err
