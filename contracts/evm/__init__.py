"""The contracts of Meta Aggregator, compiled, and the third-party bytecode they trade with.

Escrow and TestToken are built from the sources beside this file (``node build.mjs``); the
compiler's input and output are committed, so nothing here needs a compiler. The Uniswap V2
contracts and WETH9 are the bytecode their authors published, unchanged: Router02 finds a pair
by the hash of the pair's creation code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parent
NAMES = (
    "Escrow",
    "TestToken",
    "UniswapV2Factory",
    "UniswapV2Pair",
    "UniswapV2Router02",
    "WETH9",
    "safe/Safe",
    "safe/SafeProxy",
    "vault/FeeVault",
    "vault/FeeVaultV2",
    "vault/VaultProxy",
    "vault/RebateLedger",
    "vault/RebateMigration",
    "wallets/ContractWallet",
    "wallets/WalletFactory",
    "attackers/Reentrant",
    "attackers/HostileToken",
)
REQUIRED = ("abi", "bytecode", "deployedBytecode", "compiler", "licence")


class ArtifactError(ValueError):
    """There is no such artifact, or its file does not hold what an artifact must."""


@dataclass(frozen=True)
class ByteRange:
    """Where an immutable's 32-byte word stands in the deployed code."""

    start: int
    length: int


@dataclass(frozen=True)
class Artifact:
    """A compiled contract. Bytecode is 0x hex; ``input_sha256`` is empty for third-party code."""

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: str
    deployed_bytecode: str
    immutable_references: dict[str, tuple[ByteRange, ...]]
    compiler: str
    licence: str
    input_sha256: str = ""
    storage_layout: dict[str, Any] | None = None
    immutable_names: dict[str, str] = field(default_factory=dict)


def parse(name: str, text: str, origin: str) -> Artifact:
    """An artifact from its JSON text; ``origin`` names the file in errors.

    Raises ArtifactError when the text is no artifact.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ArtifactError(f"{origin}: not JSON: {error}") from error
    missing = [key for key in REQUIRED if key not in data]
    if missing:
        raise ArtifactError(f"{origin}: lacks {', '.join(missing)}; rebuild it with build.mjs")
    for key in ("bytecode", "deployedBytecode"):
        if not data[key].startswith("0x") or len(data[key]) % 2:
            raise ArtifactError(f"{origin}: {key} is not 0x hex")
    return Artifact(
        name=name,
        abi=tuple(data["abi"]),
        bytecode=data["bytecode"],
        deployed_bytecode=data["deployedBytecode"],
        immutable_references={
            key: tuple(ByteRange(part["start"], part["length"]) for part in parts)
            for key, parts in data.get("immutableReferences", {}).items()
        },
        compiler=data["compiler"],
        licence=data["licence"],
        input_sha256=data.get("inputSha256", ""),
        storage_layout=data.get("storageLayout"),
        immutable_names=data.get("immutableNames", {}),
    )


@cache
def artifact(name: str) -> Artifact:
    """The artifact called ``name``; ArtifactError names the known ones when it is not one."""
    if name not in NAMES:
        raise ArtifactError(f"no contract is called {name!r}; there are: {', '.join(NAMES)}")
    path = DIRECTORY / f"{name}.json"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ArtifactError(f"{path.name} is missing beside {Path(__file__).name}") from error
    return parse(name, text, path.name)
