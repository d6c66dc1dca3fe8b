"""Order books of any size for tests and benchmarks: signed properly, with bad orders planted."""

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from coincurve import PrivateKey

import contracts
from fixtures.probes.eip712.keccak import keccak
from fixtures.probes.eip712.packing import Packer
from fixtures.probes.eip712.types import Schema
from fixtures.probes.order_audit.terms import Deployment

DOCUMENT = json.loads(
    (Path(contracts.__file__).parent / "typed_data" / "meta_aggregator.json").read_text("utf-8")
)
MIGRATIONS = Path("fixtures/reference/meta_aggregator/migrations")
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HOME = Deployment("home", 31337, "0x" + "5a" * 20, "Meta Aggregator", "2")
PREVIOUS = Deployment("previous", 31337, "0x" + "4b" * 20, "Meta Aggregator", "2")
STAGING = Deployment("staging", 11155111, "0x" + "5a" * 20, "Meta Aggregator", "2")
NOW = int(time.time())
DAY = 86_400
NOBODY = "0x" + "00" * 20
TOKENS = ["0x" + hashlib.sha256(b"token %d" % n).hexdigest()[:40] for n in range(4)]
BATCH = 1000

Order = dict[str, str | int]
"""One order of a book: the signed fields, `id`, `signature`, and what the book says of it."""


class Maker:
    """A trader with a key of its own."""

    def __init__(self, number: int) -> None:
        self.key = PrivateKey(hashlib.sha256(b"benchmark maker %d" % number).digest())
        self.address = "0x" + keccak(self.key.public_key.format(compressed=False)[1:])[12:].hex()


class Book:
    """Makes orders. Maker `n % makers` signs order `n`."""

    def __init__(self, makers: int = 4000, home: Deployment = HOME) -> None:
        self.packer = Packer(Schema.part(DOCUMENT["types"], "Order"))
        self.makers = [Maker(number) for number in range(makers)]
        self.home = home
        self.separator = home.separator

    def unsigned(self, number: int) -> Order:
        maker = self.makers[number % len(self.makers)]
        return {
            "maker": maker.address,
            "taker": NOBODY,
            "sellToken": TOKENS[number % 4],
            "buyToken": TOKENS[(number + 1) % 4],
            "sellAmount": str(10**18 + number * 10**9),
            "buyAmount": str(2 * 10**18 + number * 10**10),
            "nonce": str(number),
            "validFrom": str(NOW - DAY),
            "expiry": str(NOW + 30 * DAY + number % DAY),
            "salt": "0x" + hashlib.sha256(b"salt %d" % number).hexdigest(),
        }

    def sign(
        self, order: Order, maker: Maker | None = None, home: Deployment | None = None
    ) -> Order:
        """The order with id and signature; by its own maker for its own book by default."""
        by = maker or next(one for one in self.makers if one.address == order["maker"])
        return next(self.signed([order], [by], home))

    def signed(
        self, orders: list[Order], makers: list[Maker], home: Deployment | None = None
    ) -> Iterator[Order]:
        names = self.packer.names
        words = self.packer.words([[order[name] for order in orders] for name in names])
        separator = home.separator if home else self.separator
        digests = self.packer.digests(words, separator)
        for order, maker, digest in zip(orders, makers, digests, strict=True):
            raw = maker.key.sign_recoverable(digest, hasher=None)
            signature = raw[:64] + bytes([27 + raw[64]])
            yield {
                **{name: order[name] for name in names},
                "id": "0x" + digest.hex(),
                "signature": "0x" + signature.hex(),
                "filled": "0",
                "contract": (home or self.home).contract,
                "status": "open",
            }

    def orders(self, number: int, first: int = 0) -> Iterator[Order]:
        """This many sound orders."""
        numbers = iter(range(first, first + number))
        while batch := list(islice(numbers, BATCH)):
            makers = [self.makers[n % len(self.makers)] for n in batch]
            yield from self.signed([self.unsigned(n) for n in batch], makers)


def altered(field: str, value: str) -> Callable[[Book, Order], Order]:
    return lambda _, order: {**order, field: value}


def resigned(**changes: str) -> Callable[[Book, Order], Order]:
    return lambda book, order: book.sign({**order, **changes})


def by_another(book: Book, order: Order) -> Order:
    thief = next(one for one in book.makers if one.address != order["maker"])
    return book.sign(order, thief)


def signed_for(other: Deployment) -> Callable[[Book, Order], Order]:
    return lambda book, order: {**book.sign(order, home=other), "contract": book.home.contract}


def stored_for(other: Deployment) -> Callable[[Book, Order], Order]:
    return lambda _, order: {**order, "contract": other.contract}


def high_s(_: Book, order: Order) -> Order:
    raw = bytes.fromhex(str(order["signature"])[2:])
    twin = CURVE_ORDER - int.from_bytes(raw[32:64])
    signature = raw[:32] + twin.to_bytes(32) + bytes([55 - raw[64]])
    return {**order, "signature": "0x" + signature.hex()}


def signature_of(change: Callable[[str], str]) -> Callable[[Book, Order], Order]:
    return lambda _, order: {**order, "signature": change(str(order["signature"]))}


def flipped(text: str, at: int) -> str:
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


def repeated_nonce(book: Book, order: Order) -> Order:
    """An order of the same maker with the nonce of its order before."""
    before = int(str(order["nonce"])) - len(book.makers)
    return book.sign({**order, "nonce": str(before)})


KINDS: dict[str, Callable[[Book, Order], Order]] = {
    "sell amount altered": altered("sellAmount", "1"),
    "buy amount altered": altered("buyAmount", "1"),
    "taker altered": altered("taker", "0x" + "77" * 20),
    "sell token altered": altered("sellToken", "0x" + "78" * 20),
    "salt altered": altered("salt", "0x" + "79" * 32),
    "expiry altered": altered("expiry", str(NOW + 90 * DAY)),
    "maker replaced": altered("maker", "0x" + "7a" * 20),
    "signed by another": by_another,
    "signed for the previous contract": signed_for(PREVIOUS),
    "signed on staging": signed_for(STAGING),
    "stored for the previous contract": stored_for(PREVIOUS),
    "high s": high_s,
    "signature truncated": signature_of(lambda text: text[:-2]),
    "signature too long": signature_of(lambda text: text + "00"),
    "signature of zeros": signature_of(lambda _: "0x" + "00" * 65),
    "recovery byte 29": signature_of(lambda text: text[:-2] + "1d"),
    "recovery byte 0": signature_of(lambda text: text[:-2] + ("00" if text[-1] == "b" else "01")),
    "signature no text of hex": signature_of(lambda _: "0x" + "zz" * 65),
    "signature missing": signature_of(lambda _: ""),
    "signature changed by a bit": signature_of(lambda text: flipped(text, 40)),
    "id of another order": altered("id", "0x" + "7b" * 32),
    "nonce used twice": repeated_nonce,
    "expired": resigned(expiry=str(NOW - DAY)),
    "not yet valid": resigned(validFrom=str(NOW + DAY)),
    "overfilled": lambda _, order: {**order, "filled": str(10**60)},
    "fully filled": lambda _, order: {**order, "filled": order["sellAmount"]},
    "negative fill": altered("filled", "-1"),
    "fill no number": altered("filled", "many"),
    "nothing sold": resigned(sellAmount="0"),
    "nothing bought": resigned(buyAmount="0"),
    "token for itself": lambda book, order: book.sign({**order, "buyToken": order["sellToken"]}),
    "address too short": altered("taker", "0x1234"),
    "amount with a point": altered("sellAmount", "1.5"),
    "amount beyond 256 bits": altered("buyAmount", str(2**256)),
    "amount negative": altered("buyAmount", "-5"),
    "salt too short": altered("salt", "0x00"),
    "nonce with a blank": altered("nonce", " 7"),
}
"""Ways in which an order can be bad, each made of a sound one."""


def planted(book: Book, orders: Iterable[Order], at: dict[int, str]) -> Iterator[Order]:
    """The orders, with those at these positions made bad in these ways."""
    for position, order in enumerate(orders):
        kind = at.get(position)
        yield KINDS[kind](book, order) if kind else order


def spread(number: int, kinds: Iterable[str] = KINDS, first: int = 0) -> dict[int, str]:
    """One position per kind, spread over a book of this many orders."""
    names = list(kinds)
    step = (number - first) // (len(names) + 1)
    return {first + step * (at + 1): name for at, name in enumerate(names)}


def write_store(path: Path, orders: Iterable[Order]) -> None:
    """An SQLite book in the form of the embedded target's."""
    with closing(sqlite3.connect(path)) as store:
        for migration in sorted((Path(__file__).parents[1] / MIGRATIONS).glob("*.sql")):
            if int(migration.name[:4]) <= 6:
                store.executescript(migration.read_text(encoding="utf-8"))
        store.execute("DROP INDEX orders_by_nonce")  # as a book that has lost it
        rows = (
            (
                *(order[name] for name in ("id", *DOCUMENT_FIELDS)),
                order["signature"], order["status"], f"2026-01-01T00:00:00.{at:09d}Z",
                order["contract"], order["filled"],
            )
            for at, order in enumerate(orders)
        )  # fmt: skip
        store.executemany(
            "INSERT INTO orders (id, maker, taker, sell_token, buy_token, sell_amount, buy_amount, "
            "nonce, valid_from, expiry, salt, signature, status, created_at, verifying_contract, "
            f"filled_sell_amount) VALUES ({','.join('?' * 16)})",
            rows,
        )
        store.commit()


DOCUMENT_FIELDS = tuple(field["name"] for field in DOCUMENT["types"]["Order"])


def as_line(order: Order) -> str:
    """An order as one line of JSON, in wire form."""
    told = {name: order[name] for name in ("id", "signature", "status", "filled")}
    return json.dumps({"order": {name: order[name] for name in DOCUMENT_FIELDS}, **told})


def write_lines(path: Path, orders: Iterable[Order]) -> None:
    """A book as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{as_line(order)}\n" for order in orders)
