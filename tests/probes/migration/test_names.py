"""Keys of balances come back as they went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.migration.names import Names

keys = st.lists(st.lists(st.binary(min_size=1, max_size=3), max_size=4), max_size=30)


@given(keys, keys)
def test_keys_come_back_in_their_order(first, second):
    names = Names(4)
    names.add(first)
    names.add(second)

    again = Names.restored(names.arrays())
    again.add([[b"new"]])

    expected = [b"".join(key) for key in [*first, *second]]
    assert list(names) == expected
    assert list(again) == [*expected, b"new"]
    assert [list(names.key(at)) for at in range(len(names))] == [*first, *second]


def test_fields_that_are_missing_are_noticed():
    names = Names(2)
    names.add([[b"a", b"b"]])
    arrays = names.arrays()
    arrays["lengths"] = arrays["lengths"][:1]

    with pytest.raises(ValueError, match="missing"):
        Names.restored(arrays)
