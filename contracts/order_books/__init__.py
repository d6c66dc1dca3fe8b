"""How order books are laid out: which column or JSON name holds which part of a signed order."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
Row = tuple[Any, ...]
"""One order as a source reads it: the parts of HEAD, then the signed fields in their order."""

HEAD = ("position", "id", "signature", "filled", "contract", "chain")


class LayoutError(ValueError):
    """A layout file that cannot be used; the sentence names file and key."""


@dataclass(frozen=True)
class Roles:
    """Names of the signed fields by what they mean."""

    maker: str
    nonce: str
    sold: str
    bought: str
    sold_token: str
    bought_token: str
    valid_from: str
    expiry: str


@dataclass(frozen=True)
class Linked:
    """A table beside the orders: its name and two columns."""

    table: str
    first: str
    second: str


@dataclass(frozen=True)
class StoreLayout:
    """Table and columns of an SQLite book; "" where it does not hold something."""

    table: str
    id: str
    signature: str
    filled: str
    contract: str
    chain: str
    status: str
    open: tuple[str, ...]
    fields: Mapping[str, str]
    fills: Linked | None
    spent: Linked | None


@dataclass(frozen=True)
class WireLayout:
    """Names in the JSON of one order; of several, the first that is there counts."""

    order: tuple[str, ...]
    id: tuple[str, ...]
    signature: tuple[str, ...]
    filled: tuple[str, ...]
    contract: tuple[str, ...]
    chain: tuple[str, ...]
    status: tuple[str, ...]
    open: tuple[str, ...]


@dataclass(frozen=True)
class ApiLayout:
    """How open orders are read page by page."""

    path: str
    query: Mapping[str, str]
    orders: str
    next: str
    cursor: str


@dataclass(frozen=True)
class ChainLayout:
    """What the contract tells of the book's orders."""

    spent: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """One book: its struct, and where each source of it keeps the parts."""

    struct: str
    roles: Roles
    store: StoreLayout
    wire: WireLayout
    api: ApiLayout
    chain: ChainLayout


def read(path: Path = FOLDER / "meta_aggregator.toml") -> Layout:
    """Read a layout; raises LayoutError."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LayoutError(f"The layout {path} cannot be read: {error}.") from None
    try:
        return _layout(data)
    except (KeyError, TypeError) as error:
        raise LayoutError(f"The layout {path.name} is not complete: {error}.") from None


def _layout(data: dict[str, Any]) -> Layout:
    store = dict(data["store"])
    links = {name: _linked(store.pop(name, None), keys) for name, keys in _LINKS.items()}
    store["open"] = tuple(store["open"])
    wire = {name: tuple(values) for name, values in data["wire"].items()}
    _known(data, tuple(one.name for one in fields(Layout)))
    return Layout(
        struct=str(data["struct"]),
        roles=Roles(**data["roles"]),
        store=StoreLayout(**{**store, **links}),
        wire=WireLayout(**wire),
        api=ApiLayout(**data["api"]),
        chain=ChainLayout(**{name: tuple(some) for name, some in data["chain"].items()}),
    )


_LINKS = {"fills": ("table", "order", "amount"), "spent": ("table", "maker", "nonce")}


def _linked(table: dict[str, Any] | None, keys: tuple[str, ...]) -> Linked | None:
    return Linked(*(str(_known(table, keys)[key]) for key in keys)) if table else None


def _known(table: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    if unknown := sorted(set(table) - set(keys)):
        raise TypeError(f"unknown key {unknown[0]}")
    return table
