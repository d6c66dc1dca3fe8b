import pytest

from benchmarks import order_books as books
from contracts import order_books as layouts
from fixtures.audit_orders.auditing import Job, audit
from fixtures.clients.order_sources.opening import open_source
from fixtures.clients.recording import NullRecorder
from fixtures.probes.order_audit.terms import Terms
from fixtures.workers.executors import Here

NUMBER = 400
FIRST = 40
"""The first bad order comes after one of each maker, whose key is known by then."""

LAYOUT = layouts.read()
TERMS = Terms(
    books.DOCUMENT["types"], "Order", LAYOUT.roles, books.HOME, books.NOW,
    (books.PREVIOUS, books.STAGING),
)  # fmt: skip


@pytest.fixture(scope="session")
def book():
    return books.Book(makers=10)


@pytest.fixture(scope="session")
def planted():
    """Positions of the bad orders, counted from 1, and their kinds."""
    return {at + 1: kind for at, kind in books.spread(NUMBER, first=FIRST).items()}


@pytest.fixture(scope="session")
def orders(book, planted):
    at = {position - 1: kind for position, kind in planted.items()}
    return list(books.planted(book, book.orders(NUMBER), at))


@pytest.fixture(scope="session")
def lines(orders, tmp_path_factory):
    path = tmp_path_factory.mktemp("books") / "book.jsonl"
    books.write_lines(path, orders)
    return path


@pytest.fixture(scope="session")
def store(orders, tmp_path_factory):
    path = tmp_path_factory.mktemp("books") / "book.sqlite"
    books.write_store(path, orders)
    return path


@pytest.fixture
def audited(tmp_path):
    """Audits a book in small chunks; returns its summary and findings."""

    def run(path, executor=None, size=32, terms=TERMS, newest_first=False, **options):
        source = open_source(
            str(path), LAYOUT, terms.fields, tmp_path / "spool", NullRecorder(), size=size
        )
        source.newest_first = newest_first
        job = Job(source, terms, LAYOUT, executor or Here(), **options)
        with audit(job) as done:
            return done.summary, list(done.findings())

    return run
