"""Typed data drawn by hypothesis: any types, any values, any subset of the domain."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from fixtures.probes.eip712.domain import FIELDS
from fixtures.probes.eip712.types import Array, Atomic, Kind, parse_type

INTEGERS = [f"{kind}{8 * n}" for kind in ("uint", "int") for n in range(1, 33)]
BYTES = [f"bytes{n}" for n in range(1, 33)]
ATOMIC = st.sampled_from(
    ["bool", "address", "string", "bytes", *INTEGERS, *BYTES, "uint256", "int256", "bytes32"]
)
SUFFIX = st.lists(st.sampled_from(["[]", "[1]", "[2]", "[3]"]), max_size=2).map("".join)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
FIELD = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True)


@dataclass(frozen=True)
class Drawn:
    """A document whose message fits its types."""

    types: dict[str, Any]
    primary: str
    domain: dict[str, Any]
    message: dict[str, Any]


def integers(kind):
    signed = kind.kind is Kind.INT
    low = -(1 << (kind.size - 1)) if signed else 0
    high = (1 << (kind.size - signed)) - 1
    return st.sampled_from([low, high]) | st.integers(low, high)


def addresses():
    return st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())


def values(kind, structs):
    """Values of a parsed type; `structs` gives each struct's strategy."""
    if isinstance(kind, Array):
        length = {} if kind.length is None else {"min_size": kind.length}
        return st.lists(values(kind.element, structs), max_size=kind.length or 3, **length)
    if not isinstance(kind, Atomic):
        return structs[kind.name]
    if kind.kind in (Kind.UINT, Kind.INT):
        return integers(kind)
    return {
        Kind.BOOL: st.booleans(),
        Kind.ADDRESS: addresses(),
        Kind.STRING: TEXT,
        Kind.BYTES: st.binary(max_size=70),
        Kind.FIXED_BYTES: st.binary(min_size=kind.size, max_size=kind.size),
    }[kind.kind]


def domains():
    parts = {name: values(parse_type(kind), {}) for name, kind in FIELDS.items()}
    return st.fixed_dictionaries({}, optional=parts)


def messages(types, primary):
    """Messages of one struct; `types` begins with the innermost."""
    structs = {}
    for name, fields in types.items():
        structs[name] = st.fixed_dictionaries(
            {one["name"]: values(parse_type(one["type"]), structs) for one in fields}
        )
    return structs[primary]


@st.composite
def documents(draw):
    """Structs are made from the innermost outwards, so that none contains itself."""
    types = {}
    for index in range(draw(st.integers(1, 3))):
        name = f"{draw(st.sampled_from('aBz_'))}{index}"
        names = draw(st.lists(FIELD, min_size=1, max_size=4, unique=True))
        known = [draw(ATOMIC) for _ in names]
        if types:
            known[0] = list(types)[-1]
        kinds = [kind + draw(SUFFIX) for kind in known]
        types[name] = [{"name": n, "type": k} for n, k in zip(names, kinds, strict=True)]
    primary = list(types)[-1]
    return Drawn(types, primary, draw(domains()), draw(messages(types, primary)))
