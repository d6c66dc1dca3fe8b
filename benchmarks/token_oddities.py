"""Further ways in which a migration changes a token, each by itself hard to see.

Each has what the token is before, what becomes of it, and the path of the field that differs.
"""

import datetime as dt
import math
import struct
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
Change = Callable[[Document], Document]
WHEN = dt.datetime(2026, 1, 31, 10, 0, 0, 5000, dt.UTC)
_LONG = "x" * 6_000_000
_ODD_NAN = struct.unpack("<d", bytes.fromhex("010000000000f87f"))[0]


@dataclass(frozen=True)
class Oddity:
    """One of them. `paths` are the fields that a comparison with both stores has to name.

    `before` and `after` are fields that are set, `ABSENT` ones removed; `change` does anything
    else. Where the document is there twice afterwards, `kind` is `new`.
    """

    name: str
    paths: tuple[str, ...]
    before: Document = field(default_factory=dict)
    after: Document = field(default_factory=dict)
    change: Change | None = None
    kind: str = "changed"

    def was(self, token: Document) -> Document:
        """The token before."""
        return _with(token, self.before)

    def becomes(self, token: Document) -> Iterator[Document]:
        """What the migration makes of it."""
        was = self.was(token)
        if self.kind == "new":
            yield was
        yield self.change(was) if self.change else _with(was, self.after)


ABSENT = object()


def _with(token: Document, fields: Document) -> Document:
    return {name: value for name, value in {**token, **fields}.items() if value is not ABSENT}


def _proof(**changes: Any) -> Change:
    def change(token: Document) -> Document:
        first, *rest = token["proofs"]
        return {**token, "proofs": [_with(first, changes), *rest]}

    return change


def _reversed_proofs(token: Document) -> Document:
    return {**token, "proofs": token["proofs"][::-1]}


def _two_proofs(amounts: tuple[int, int] = (1, 2)) -> Document:
    return {"proofs": [{"id": "a", "amount": amount} for amount in amounts]}


def oddities() -> tuple[Oddity, ...]:
    """All of them."""
    import bson
    from bson.binary import Binary
    from bson.decimal128 import Decimal128

    one = {"proofs": [{"id": "a", "amount": 64}]}
    composed = unicodedata.normalize("NFC", "café")
    return (
        Oddity("int to double", ("proofs.0.amount",), one, change=_proof(amount=64.0)),
        Oddity("int to long", ("proofs.0.amount",), one, change=_proof(amount=bson.Int64(64))),
        Oddity("int to text", ("total_amount",), {"total_amount": 7}, {"total_amount": "7"}),
        Oddity("true to 1", ("flag",), {"flag": True}, {"flag": 1}),
        Oddity(
            "a date by 1 ms", ("at",), {"at": WHEN}, {"at": WHEN + dt.timedelta(milliseconds=1)}
        ),
        Oddity("a date to its text", ("at",), {"at": WHEN}, {"at": str(WHEN)}),
        Oddity(
            "a year that datetime lacks",
            ("at",),
            {"at": bson.DatetimeMS(1 << 52)},
            {"at": bson.DatetimeMS((1 << 52) + 1)},
        ),
        Oddity(
            "composed to decomposed text",
            ("note",),
            {"note": composed},
            {"note": unicodedata.normalize("NFD", composed)},
        ),
        Oddity("a space behind a text", ("note",), {"note": "a"}, {"note": "a "}),
        Oddity(
            "proofs in another order",
            ("proofs.0.amount", "proofs.1.amount"),
            _two_proofs(),
            change=_reversed_proofs,
        ),
        Oddity(
            "a proof twice",
            ("proofs.1.amount", "proofs.1.id"),
            one,
            change=lambda t: {**t, "proofs": [*t["proofs"], *t["proofs"]]},
        ),
        Oddity(
            "an _id twice with other content",
            ("proofs.0.secret",),
            change=_proof(secret="0"),
            kind="new",
        ),
        Oddity("the same document twice", (), change=lambda token: token, kind="new"),
        Oddity("the same npub, another unit", ("unit",), {"unit": "sat"}, {"unit": "usd"}),
        Oddity("a unit that was missing", ("unit",), {"unit": ABSENT}, {"unit": "sat"}),
        Oddity("null in place of missing", ("note",), {"note": ABSENT}, {"note": None}),
        Oddity("missing in place of null", ("note",), {"note": None}, {"note": ABSENT}),
        Oddity("no list in place of an empty one", ("tags",), {"tags": []}, {"tags": ABSENT}),
        Oddity(
            "the subtype of bytes", ("raw",), {"raw": Binary(b"1", 0)}, {"raw": Binary(b"1", 5)}
        ),
        Oddity("minus zero", ("rate",), {"rate": 0.0}, {"rate": -0.0}),
        Oddity("not a number", ("rate",), {"rate": 1.0}, {"rate": math.nan}),
        Oddity("another NaN", ("rate",), {"rate": math.nan}, {"rate": _ODD_NAN}),
        Oddity(
            "a decimal's zeros", ("fee",), {"fee": Decimal128("1.0")}, {"fee": Decimal128("1.00")}
        ),
        Oddity(
            "the case of a name", ("Note", "note"), {"note": "a"}, {"note": ABSENT, "Note": "a"}
        ),
        Oddity(
            "order inside of a document",
            ("inner",),
            {"inner": {"a": 1, "b": 2}},
            {"inner": {"b": 2, "a": 1}},
        ),
        Oddity(
            "the flags of an expression",
            ("like",),
            {"like": bson.Regex("a", "i")},
            {"like": bson.Regex("a", "m")},
        ),
        Oddity(
            "the last byte of a large document",
            ("blob",),
            {"blob": _LONG},
            {"blob": _LONG[:-1] + "y"},
        ),
        Oddity("a wallet with a separator", ("npub",), {"npub": "a / b"}, {"npub": "a"}),
        Oddity("a wallet with NUL", ("npub",), {"npub": "w\0a"}, {"npub": "w\0b"}),
        Oddity(
            "a wallet by its accents",
            ("npub",),
            {"npub": composed},
            {"npub": unicodedata.normalize("NFD", composed)},
        ),
        Oddity("a wallet from text to bytes", ("npub",), {"npub": "n"}, {"npub": b"n"}),
    )


@dataclass(frozen=True)
class OddPlan:
    """A store in which each of them happens to one document, and the others are migrated."""

    size: int
    migrated: Change
    tokens: Callable[[int], Iterator[Document]]

    def _planted(self) -> dict[int, Oddity]:
        found = oddities()
        return {(at + 1) * self.size // (len(found) + 1): one for at, one in enumerate(found)}

    def before(self) -> Iterator[Document]:
        """The store before."""
        planted = self._planted()
        for number, token in enumerate(self.tokens(self.size)):
            yield planted[number].was(token) if number in planted else token

    def after(self) -> Iterator[Document]:
        """The store after."""
        planted = self._planted()
        for number, token in enumerate(self.tokens(self.size)):
            made = planted[number].becomes(token) if number in planted else [token]
            yield from map(self.migrated, made)

    def wrong(self, record: Document) -> list[str]:
        """What a comparison that had both stores did not name exactly."""
        planted = self._planted()
        found = {
            int(one["document"], 16): (one["kind"], tuple(path for path, _, _ in one["fields"]))
            for one in record["differences"]
        }
        wrong = [
            f"{one.name}: {found.get(number)} in place of {(one.kind, one.paths)}"
            for number, one in planted.items()
            if found.get(number) != (one.kind, one.paths)
        ]
        wrong += [f"document {number} is as it was" for number in found.keys() - planted.keys()]
        blind = [
            f"{path}: {old!r} twice"
            for one in record["differences"]
            for path, old, new in one["fields"]
            if old == new
        ]
        return wrong + blind
