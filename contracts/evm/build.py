"""Builds the artifacts beside this file: ``python -m contracts.evm.build``.

Needs node and the packages of package.json (``npm ci`` in this folder, or their node_modules
folder named by GATEHOUSE_SOLC_MODULES). Nothing else in Gatehouse does: the compiler's input,
with every source inlined, and its output are committed. The input is rebuilt from the sources,
so the output never depends on where the packages lie. The metadata hash is left out of the
bytecode; a comment does not change it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parent
OURS = (
    "Escrow",
    "TestToken",
    "wallets/ContractWallet",
    "wallets/WalletFactory",
    "attackers/Reentrant",
    "attackers/HostileToken",
    "vault/FeeVault",
    "vault/FeeVaultV2",
    "vault/VaultProxy",
    "vault/RebateLedger",
    "vault/RebateMigration",
)
THIRD_PARTY = {
    "UniswapV2Factory": "@uniswap/v2-core",
    "UniswapV2Pair": "@uniswap/v2-core",
    "UniswapV2Router02": "@uniswap/v2-periphery",
    "WETH9": "@uniswap/v2-periphery",
    "safe/Safe": "@safe-global/safe-contracts",
    "safe/SafeProxy": "@safe-global/safe-contracts",
}
SETTINGS = {
    "evmVersion": "cancun",
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 200},
}
OUTPUTS = (
    "abi",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
    "storageLayout",
)
IMPORT = re.compile(r'^import\s[^;]*?"([^"]+)";', re.MULTILINE)


class BuildError(RuntimeError):
    """The compiler is missing, or refused the sources."""


def modules() -> Path | None:
    """The node_modules folder that holds the compiler, if there is one and node can run it."""
    named = os.environ.get("GATEHOUSE_SOLC_MODULES")
    folder = Path(named) if named else DIRECTORY / "node_modules"
    return folder if shutil.which("node") and (folder / "solc").is_dir() else None


def canonical(data: Any) -> str:
    """JSON that is the same for the same data."""
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def compiler_input(name: str, packages: Path) -> dict[str, Any]:
    """The standard-JSON input of a contract of ours: its source and all it imports, inlined.

    `name` is the path of its source below this folder, without the ending.
    """
    sources: dict[str, str] = {}
    waiting = [f"{name}.sol"]
    while waiting:
        unit = waiting.pop()
        if unit in sources:
            continue
        base = packages if unit.startswith("@") else DIRECTORY
        sources[unit] = (base / unit).read_text(encoding="utf-8")
        for target in IMPORT.findall(sources[unit]):
            relative = target.startswith(".")
            waiting.append(os.path.normpath(Path(unit).parent / target) if relative else target)
    return {
        "language": "Solidity",
        "settings": {
            **SETTINGS,
            "outputSelection": {f"{name}.sol": {Path(name).name: list(OUTPUTS)}},
        },
        "sources": {unit: {"content": sources[unit]} for unit in sorted(sources)},
    }


def committed_input(name: str) -> dict[str, Any]:
    """The standard-JSON input that the committed artifact was built from."""
    data: dict[str, Any] = json.loads((DIRECTORY / f"{name}.input.json").read_text("utf-8"))
    return data


def solc(source: Mapping[str, Any], packages: Path) -> dict[str, Any]:
    """What solc makes of its standard-JSON input; BuildError with its words when it refuses.

    A warning is a refusal, too: our sources cause none.
    """
    return next(_outputs([source], packages))


def _outputs(sources: Sequence[Mapping[str, Any]], packages: Path) -> Iterator[dict[str, Any]]:
    """What solc makes of each input, all in one process; raises BuildError as `solc` does."""
    done = subprocess.run(
        ["node", str(DIRECTORY / "compile.mjs"), str(packages)],
        input="".join(json.dumps(source) + "\n" for source in sources),
        capture_output=True,
        text=True,
        check=False,
        timeout=120 + 30 * len(sources),
    )
    if done.returncode:
        raise BuildError(f"node compile.mjs ended with {done.returncode}: {done.stderr.strip()}")
    for _, line in zip(sources, done.stdout.splitlines(), strict=True):
        output: dict[str, Any] = json.loads(line)
        if problems := [entry["formattedMessage"] for entry in output.get("errors", ())]:
            raise BuildError("\n".join(problems))
        yield output


def compile_contracts(
    sources: Mapping[str, tuple[str, dict[str, Any]]], packages: Path
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Artifacts by the same keys, of contracts by name and input; raises BuildError as `solc`."""
    inputs = [_with_syntax_trees(source) for _, source in sources.values()]
    outputs = _outputs(inputs, packages)
    for (key, (name, source)), output in zip(sources.items(), outputs, strict=True):
        yield key, _artifact(name, source, output, packages)


def _artifact(
    name: str, source: dict[str, Any], output: dict[str, Any], packages: Path
) -> dict[str, Any]:
    contract = output["contracts"][f"{name}.sol"][Path(name).name]
    version = json.loads((packages / "solc" / "package.json").read_text("utf-8"))["version"]
    deployed = contract["evm"]["deployedBytecode"]
    return {
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "compiler": f"solc {version}",
        "deployedBytecode": "0x" + deployed["object"],
        # keyed by numbers of the compiler's syntax tree, which mean nothing elsewhere
        "immutableReferences": deployed.get("immutableReferences", {}),
        "immutableNames": immutable_names(output["sources"], deployed),
        "inputSha256": hashlib.sha256(canonical(source).encode()).hexdigest(),
        "licence": "Apache-2.0",
        "name": Path(name).name,
        "storageLayout": {
            "storage": [
                {key: slot[key] for key in ("label", "slot", "offset", "type")}
                for slot in contract["storageLayout"]["storage"]
            ]
        },
    }


def _with_syntax_trees(source: dict[str, Any]) -> dict[str, Any]:
    """The input that also asks for the syntax trees, which name the immutables."""
    wanted = {**source["settings"]["outputSelection"], "*": {"": ["ast"]}}
    return {**source, "settings": {**source["settings"], "outputSelection": wanted}}


def immutable_names(sources: dict[str, Any], deployed: dict[str, Any]) -> dict[str, str]:
    """What the source calls each immutable that the deployed code holds."""
    wanted = set(deployed.get("immutableReferences", {}))
    found: dict[str, str] = {}
    for unit in sources.values():
        for contract in unit["ast"]["nodes"]:
            for node in contract.get("nodes", ()):
                if (key := str(node["id"])) in wanted:
                    found[key] = node["name"]
    return found


def published(name: str, packages: Path) -> dict[str, Any]:
    """A third-party artifact, from the bytecode its authors published."""
    package = packages / THIRD_PARTY[name]
    described = json.loads((package / "package.json").read_text("utf-8"))
    short = Path(name).name
    [file] = (
        path
        for path in package.glob(f"build/**/{short}.json")
        if path.parent.name in ("build", f"{short}.sol")
    )
    built = json.loads(file.read_text("utf-8"))
    deployed = built.get("deployedBytecode") or built["evm"]["deployedBytecode"]["object"]
    return {
        "abi": built["abi"],
        "bytecode": _prefixed(built["bytecode"]),
        "compiler": f"npm {THIRD_PARTY[name]} {described['version']}",
        "deployedBytecode": _prefixed(deployed),
        "licence": described["license"],
        "name": name,
    }


def _prefixed(code: str) -> str:
    return "0x" + code.removeprefix("0x")


def main() -> int:
    """Write every artifact, and the compiler inputs of ours."""
    packages = modules()
    if packages is None:
        print("node or the compiler is missing: run npm ci in contracts/evm", file=sys.stderr)
        return 1
    sources = {name: (name, compiler_input(name, packages)) for name in OURS}
    for name, built in compile_contracts(sources, packages):
        (DIRECTORY / f"{name}.input.json").write_text(canonical(sources[name][1]), "utf-8")
        (DIRECTORY / f"{name}.json").write_text(canonical(built), "utf-8")
        print(f"{name}: {len(built['deployedBytecode']) // 2 - 1} bytes")
    for name in THIRD_PARTY:
        (DIRECTORY / f"{name}.json").write_text(canonical(published(name, packages)), "utf-8")
        print(f"{name}: as published")
    return 0


if __name__ == "__main__":
    sys.exit(main())
