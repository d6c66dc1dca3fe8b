import sqlite3
from contextlib import closing

import pytest

from fixtures.clients.order_book import OrderBook
from fixtures.clients.recording import NullRecorder
from fixtures.clients.store_copy import StoreCopy


@pytest.fixture
def copy(tmp_path):
    store = tmp_path / "orders.sqlite"
    with closing(sqlite3.connect(store)) as book:
        book.executescript(
            "CREATE TABLE open (a); INSERT INTO open VALUES (1), (2); CREATE TABLE kept (a);"
            "INSERT INTO kept VALUES (1);"
            "CREATE TRIGGER t BEFORE UPDATE ON kept BEGIN SELECT RAISE(ABORT, 'kept'); END;"
        )
    yield StoreCopy(OrderBook(str(store), NullRecorder()), tmp_path)
    with closing(sqlite3.connect(store)) as book:
        assert book.execute("SELECT count(*) FROM open").fetchone() == (2,)


def test_what_a_statement_changed_is_said_and_taken_back(copy):
    for _ in range(2):
        changed, refused, _ = copy.attempt("DELETE FROM open WHERE a > ?", (0,))
        assert (changed, refused) == (2, "")


def test_why_a_statement_was_refused_is_said(copy):
    assert copy.attempt("UPDATE kept SET a = 2")[:2] == (0, "kept")
    assert "no such table" in copy.attempt("DELETE FROM nowhere")[1]
