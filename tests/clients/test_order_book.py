import sqlite3

import pytest

from fixtures.clients.order_book import OrderBook, store_path
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from tests.clients.hostile import within


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "orders book.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(
            "CREATE TABLE orders (id TEXT PRIMARY KEY, amount TEXT, token TEXT);"
            "CREATE TABLE schema_migrations "
            "(version INTEGER, name TEXT, applied_at TEXT, sha256 TEXT);"
            "INSERT INTO schema_migrations VALUES (1,'first','2026-01-01T00:00:00Z','ab');"
            "INSERT INTO schema_migrations VALUES (2,'second','2026-01-02T00:00:00Z','cd');"
        )
        rows = [(f"0x{n:064x}", str(n * 10**18), "0x" + "11" * 20) for n in range(120)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    connection.close()
    return path


@pytest.fixture
def book(path):
    return OrderBook(str(path), NullRecorder(), deadline_s=0.5)


def test_queries_are_recorded_with_their_first_rows(book):
    rows = book.query("SELECT id, amount FROM orders WHERE amount <> ? ORDER BY id", ("0",))
    assert (len(rows), rows[0]["amount"]) == (119, str(10**18))
    line = book.recorder.lines[-1]
    assert (line["kind"], line["row_count"], line["parameters"]) == ("sql", 119, ["0"])
    assert len(line["rows"]) == 50
    assert rows.evidence.n == line["n"]


def test_nothing_can_be_written(book):
    with pytest.raises(ClientError, match="readonly"):
        book.query("DELETE FROM orders")


def test_a_block_of_reads_sees_one_moment(book, path):
    with book.read() as moment:
        assert moment.query("SELECT count(*) FROM orders").scalar == 120
        with sqlite3.connect(path) as writer:
            writer.execute("DELETE FROM orders")
        writer.close()
        assert moment.query("SELECT count(*) FROM orders").scalar == 120
    assert book.query("SELECT count(*) FROM orders").scalar == 0


def test_a_statement_has_a_deadline(book):
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with within(3), pytest.raises(ClientError, match=r"took longer than 0\.5 s"):
        book.query(endless)


def test_a_locked_store_is_told_in_time(book, path):
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("PRAGMA journal_mode=DELETE")
    blocker.execute("BEGIN EXCLUSIVE")
    with within(3), pytest.raises(ClientError, match="database is locked"):
        book.query("SELECT count(*) FROM orders")
    blocker.close()


def test_schema_and_integrity(book):
    assert book.tables() == ["orders", "schema_migrations"]
    assert book.columns("orders") == ["id", "amount", "token"]
    assert book.row_counts() == {"orders": 120, "schema_migrations": 2}
    assert book.schema_version() == "2"
    assert [migration.name for migration in book.applied_migrations()] == ["first", "second"]
    assert book.integrity() == []


def test_a_copy_is_independent(book, tmp_path):
    copy = book.copy(tmp_path / "copy.sqlite")
    assert copy.row_counts() == book.row_counts()


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough " * 100])
def test_a_damaged_store_is_told(tmp_path, content):
    path = tmp_path / "bad.sqlite"
    path.write_bytes(content)
    with pytest.raises(ClientError, match=r"no such table|not a database"):
        OrderBook(str(path), NullRecorder()).query("SELECT * FROM orders")


def test_a_missing_store_is_not_created(tmp_path):
    path = tmp_path / "gone.sqlite"
    with pytest.raises(ClientError, match="there is no such file"):
        OrderBook(str(path), NullRecorder()).query("SELECT 1")
    assert not path.exists()


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("/a/b.sqlite", "/a/b.sqlite"),
        ("sqlite:/a/b.sqlite", "/a/b.sqlite"),
        ("sqlite:///a/b%20c.sqlite?mode=ro", "/a/b c.sqlite"),
        ("sqlite:data/b.sqlite", "data/b.sqlite"),
        ("file:/a/b.sqlite?x=1", "/a/b.sqlite"),
    ],
    ids=["path", "sqlite", "sqlite-url", "relative", "file"],
)
def test_the_forms_of_a_dsn(dsn, expected):
    assert str(store_path(dsn)) == expected


def test_another_kind_of_store_is_refused_without_its_password():
    with pytest.raises(ValueError, match=r"postgres://… is not SQLite") as caught:
        store_path("postgres://user:pw@host/db")
    assert "pw" not in str(caught.value)
