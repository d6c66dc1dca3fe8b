"""Documents are brought together by length, and none is lost or doubled."""

from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.migration.pooling import Pool


@given(st.lists(st.lists(st.integers(1, 6), max_size=20), max_size=8), st.integers(1, 5))
def test_every_document_comes_out_once_beside_its_like(batches, enough):
    pool = Pool(enough, most_bytes=30)
    numbered = iter(range(10_000))
    added, given_out = [], []
    for batch in batches:
        documents = [next(numbered).to_bytes(2) + bytes(length) for length in batch]
        added += documents
        given_out += pool.add(documents)
    given_out += pool.drain()

    assert sorted(one for some in given_out for one in some) == sorted(added)
    assert all(len({len(one) for one in some}) == 1 for some in given_out)
    assert not list(pool.drain())


def test_it_holds_no_more_than_it_may():
    pool = Pool(1000, most_bytes=1000)
    for number in range(50):
        list(pool.add([bytes(1 + number % 30)] * 10))
        left = 10 * (1 + number % 30)
        assert pool._bytes <= 1000 + left
