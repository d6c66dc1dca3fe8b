import gzip
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.order_books import DOCUMENT_FIELDS, Book, as_line, write_lines, write_store
from contracts import order_books
from fixtures.clients.order_sources.model import SourceError
from fixtures.clients.order_sources.opening import open_source
from fixtures.clients.recording import NullRecorder
from tests.clients.stub import stub

LAYOUT = order_books.read()
ORDERS = list(Book(makers=3).orders(25))
SIZE = 4


def opened(where, tmp_path):
    spool = tmp_path / "spool"
    return open_source(str(where), LAYOUT, DOCUMENT_FIELDS, spool, NullRecorder(), size=SIZE)


def everything(source):
    rows, faulty = [], []
    for chunk in source.chunks():
        some, broken = pickle.loads(pickle.dumps(source)).read(chunk)
        assert all(chunk.first <= row[0] for row in some)
        rows += some
        faulty += broken
    return rows, faulty


def ids(rows):
    return [row[1] for row in rows]


@pytest.fixture
def store(tmp_path):
    write_store(tmp_path / "book.sqlite", ORDERS)
    return tmp_path / "book.sqlite"


@pytest.fixture
def lines(tmp_path):
    write_lines(tmp_path / "book.jsonl", ORDERS)
    return tmp_path / "book.jsonl"


@pytest.fixture
def packed(lines):
    path = lines.with_suffix(".jsonl.gz")
    path.write_bytes(gzip.compress(lines.read_bytes()))
    return path


@pytest.mark.parametrize("kind", ["store", "lines", "packed"])
def test_every_open_order_is_read_once_and_in_order(kind, request, tmp_path):
    source = opened(request.getfixturevalue(kind), tmp_path)

    rows, faulty = everything(source)

    assert ids(rows) == [order["id"] for order in ORDERS]
    assert [row[0] for row in rows] == list(range(1, 26))
    assert rows[3][6:10] == tuple(ORDERS[3][name] for name in DOCUMENT_FIELDS[:4])
    assert (faulty, source.total(), len(list(source.chunks()))) == ([], 25, 7)


def test_the_api_is_read_page_by_page_and_only_once(tmp_path):
    pages = [ORDERS[at : at + 10] for at in range(0, 25, 10)]

    def page(path, _):
        number = int(path.partition("cursor=")[2] or 0)
        shown = [
            {
                "id": order["id"],
                "order": {name: order[name] for name in DOCUMENT_FIELDS},
                "signature": order["signature"],
                "status": "open",
                "filledSellAmount": "3",
            }
            for order in pages[number]
        ]
        return 200, {}, {"orders": shown, "nextCursor": str(number + 1) if number < 2 else None}

    with stub({"/api/orders": page}) as server:
        source = opened(server.url, tmp_path)
        again = opened(server.url, tmp_path)
        asked = len(server.requests)

    rows, _ = everything(source)
    assert ids(rows) == ids(everything(again)[0]) == [order["id"] for order in ORDERS]
    assert rows[0][3] == "3"
    assert asked == 3


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"orders": [], "nextCursor": "round"}, "leads on"),
        ({"orders": {}}, "a page of orders"),
        (b"<html>", "a page of orders"),
        ((500, {}, {}), "a page of orders"),
    ],
    ids=["a circle", "no list", "no JSON", "an error"],
)
def test_an_api_that_gives_no_pages_is_told(tmp_path, answer, sentence):
    with stub({"/api/orders": answer}) as server, pytest.raises(SourceError, match=sentence):
        opened(server.url, tmp_path)
    assert not (tmp_path / "spool").exists()


BROKEN_LINES = {
    "no JSON": "{",
    "two values": "{} {}",
    "not a number": '{"order": NaN}',
    "a list": "[]",
    "a text": '"order"',
    "no order": '{"signature": "0x"}',
    "an order without maker": as_line(ORDERS[0]).replace('"maker"', '"taker2"'),
    "a field twice": as_line(ORDERS[0]).replace('{"maker"', '{"nonce": "1", "maker"'),
    "a field that is not signed": as_line(ORDERS[0]).replace('{"maker"', '{"fee": 1, "maker"'),
    "nested without end": "[" * 100_000,
    "too long": " " * 100 + '{"a": "' + "x" * 1_100_000 + '"}',
}


@pytest.mark.parametrize("line", BROKEN_LINES.values(), ids=BROKEN_LINES)
def test_a_line_that_is_no_order_is_named_and_the_others_are_read(lines, tmp_path, line):
    texts = lines.read_text().splitlines()
    lines.write_text("\n".join([*texts[:5], line, "", *texts[5:]]))

    rows, faulty = everything(opened(lines, tmp_path))

    assert ids(rows) == [order["id"] for order in ORDERS]
    assert [one.position for one in faulty] == [6]
    assert [row[0] for row in rows] == [*range(1, 6), *range(8, 28)]


def test_bytes_that_are_no_text_are_named(lines, tmp_path):
    lines.write_bytes(lines.read_bytes() + b'{"order": "\xff"}\n')

    _, faulty = everything(opened(lines, tmp_path))

    assert [one.position for one in faulty] == [26]


def test_orders_that_are_not_open_are_left_out_but_vouch_for_their_makers(store, lines, tmp_path):
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE orders SET status = 'settled' WHERE rowid <= 20")
    connection.close()
    lines.write_text(lines.read_text().replace('"status": "open"', '"status": "settled"', 20))
    maker = ORDERS[0]["maker"]

    for path in (store, lines):
        source = opened(path, tmp_path)
        assert ids(everything(source)[0]) == [order["id"] for order in ORDERS[20:]]
        assert ids(source.of_makers([maker])) == [o["id"] for o in ORDERS if o["maker"] == maker]


def test_a_written_store_and_a_changed_file_have_another_fingerprint(store, lines, tmp_path):
    for path in (store, lines):
        source = opened(path, tmp_path)
        before = source.fingerprint()
        assert source.fingerprint() == before
        if path is store:
            with sqlite3.connect(store) as connection:
                connection.execute("UPDATE orders SET nonce = '9' WHERE rowid = 1")
            connection.close()
        else:
            lines.write_text(lines.read_text().replace("0x", "0X", 1))
        assert source.fingerprint() != before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be opened"),
        (b"\x00\x01\x02", "neither an SQLite store nor JSON Lines"),
        (b"\x1f\x8bbroken", "cannot be unpacked"),
        (b"SQLite format 3\0 and then nothing", "cannot be read"),
    ],
    ids=["missing", "something else", "broken gzip", "broken store"],
)
def test_a_book_that_cannot_be_read_is_told(tmp_path, content, sentence):
    path = tmp_path / "book"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SourceError, match=sentence):
        everything(opened(path, tmp_path))


def test_a_store_of_another_kind_is_told(tmp_path):
    with pytest.raises(SourceError, match="not SQLite"):
        opened("postgres://host/book", tmp_path)


def table(path, numbers, schema="number INTEGER PRIMARY KEY", closed=(), name="orders"):
    """A book whose rows have these numbers; those of `closed` are not open."""
    columns = LAYOUT.store.fields.values()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            f"CREATE TABLE {name} ({schema}, id, signature, filled_sell_amount, "
            f"verifying_contract, status, {', '.join(columns)})"
        )
        connection.executemany(
            f"INSERT INTO {name} (number, id, status, maker) VALUES (?, ?, ?, 'maker')",
            [(at, f"id {at}", "settled" if at in closed else "open") for at in numbers],
        )
        connection.commit()


BIG = 2**63 - 1
NUMBERED = {
    "dense": range(1, 26),
    "with gaps": range(1, 60, 2),
    "one": [7],
    "negative": range(-30, -10),
    "around zero": range(-9, 10),
    "sparse": [1, 2, 3, 1000, 1001, 5000, 10**9, 10**9 + 1, 10**12, 10**15],
    "the smallest and the largest": [-BIG - 1, -BIG, -5, 0, 9, BIG - 1, BIG],
    "the largest": range(BIG - 9, BIG + 1),
    "before the largest": range(BIG - 10, BIG),
    "the smallest": range(-BIG - 1, -BIG + 10),
    "none": [],
}


@pytest.mark.parametrize("numbers", NUMBERED.values(), ids=NUMBERED)
def test_rows_are_read_once_whatever_their_numbers(tmp_path, numbers):
    table(tmp_path / "book.sqlite", numbers)

    source = opened(tmp_path / "book.sqlite", tmp_path)

    rows, _ = everything(source)
    assert [row[0] for row in rows] == list(numbers)
    assert ids(rows) == [f"id {at}" for at in numbers]
    assert all(len(source.read(chunk)[0]) <= SIZE for chunk in source.chunks())
    assert len(list(source.chunks())) <= 1 + 2 * len(rows) // SIZE


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.one_of(st.integers(-40, 40), st.integers(-BIG - 1, BIG)), max_size=50),
    st.integers(0, 50),
)
def test_the_open_rows_are_read_once_and_in_order(numbers, some):
    closed = set(sorted(numbers)[::3][:some])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.sqlite"
        table(path, numbers, closed=closed)
        source = opened(path, Path(folder))

        rows, _ = everything(source)
        sizes = [len(source.read(chunk)[0]) for chunk in source.chunks()]
        total = source.total()

    assert [row[0] for row in rows] == sorted(numbers - closed)
    assert total == len(rows)
    assert max(sizes, default=0) <= SIZE


def test_few_open_orders_among_many_take_few_chunks(tmp_path):
    table(tmp_path / "book.sqlite", range(1, 2001), closed=range(1, 1995))

    source = opened(tmp_path / "book.sqlite", tmp_path)

    assert len(list(source.chunks())) == 2
    assert ids(everything(source)[0]) == [f"id {at}" for at in range(1995, 2001)]


def test_a_column_that_has_the_name_of_the_row_numbers_is_not_taken_for_them(tmp_path):
    table(tmp_path / "book.sqlite", range(1, 11), "number INTEGER PRIMARY KEY, RowId, oid")

    rows, _ = everything(opened(tmp_path / "book.sqlite", tmp_path))

    assert [row[0] for row in rows] == list(range(1, 11))


UNNUMBERED = {
    "all names taken": "number, rowid, _rowid_, oid",
    "without row numbers": "number INTEGER PRIMARY KEY",
    "a view": "number",
}


@pytest.mark.parametrize("kind", UNNUMBERED)
def test_a_book_whose_rows_have_no_numbers_is_refused(tmp_path, kind):
    path = tmp_path / "book.sqlite"
    name = "orders" if kind == "all names taken" else "others"
    table(path, range(1, 11), UNNUMBERED[kind], name=name)
    with closing(sqlite3.connect(path)) as connection:
        if kind == "a view":
            connection.execute("CREATE VIEW orders AS SELECT * FROM others")
        elif kind == "without row numbers":
            sql = "SELECT sql FROM sqlite_schema WHERE name = 'others'"
            (text,) = connection.execute(sql).fetchone()
            connection.execute(text.replace("others", "orders") + " WITHOUT ROWID")
            connection.execute("INSERT INTO orders SELECT * FROM others")
        connection.commit()

    with pytest.raises(SourceError, match=r"cannot be read|have no numbers"):
        everything(opened(path, tmp_path))


def test_a_row_of_nothing_and_of_wrong_types_is_read_as_it_is(tmp_path):
    path = tmp_path / "book.sqlite"
    table(path, range(1, 6))
    values = [None, 1.5, b"\xff\x00", BIG]
    with closing(sqlite3.connect(path)) as connection:
        for at, value in enumerate(values, 1):
            connection.execute(f"UPDATE orders SET nonce = ? WHERE number = {at}", (value,))
        connection.execute("UPDATE orders SET nonce = CAST(x'ff' AS TEXT) WHERE number = 5")
        connection.commit()

    rows, _ = everything(opened(path, tmp_path))

    nonce = 6 + DOCUMENT_FIELDS.index("nonce")
    assert [row[nonce] for row in rows] == [None, 1.5, b"\xff\x00", BIG, "\udcff"]
