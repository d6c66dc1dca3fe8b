import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.strict_json import MAX_DEPTH, loads, refuse_repeated

TEXTS = st.text(st.sampled_from('"\\: ,{}[]ab\té'), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
SPACING = st.sampled_from([(",", ":"), (", ", ": "), (" ,", "\n:\t")])


@given(VALUES, SPACING, st.booleans())
def test_what_was_written_is_read(value, separators, plain):
    assert loads(json.dumps(value, separators=separators, ensure_ascii=plain)) == value


@given(TEXTS, VALUES, VALUES, SPACING, st.lists(TEXTS, max_size=3))
def test_a_key_that_stands_twice_is_named(key, one, other, separators, path):
    colon = separators[1]
    name = json.dumps(key)
    pair = f"{name}{colon}{json.dumps(one)}, {name}{colon}{json.dumps(other)}"
    text = f"{{{pair}}}"
    for outer in path:
        text = f"[{{{json.dumps(outer)}{colon}{text}}}]"
    with pytest.raises(ValueError, match="stands in one object twice"):
        loads(text)


@pytest.mark.parametrize(
    "text",
    ["NaN", "[-Infinity]", "1e999", "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "{", "1 2", ""],
)
def test_what_json_does_not_have_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        loads(text)


def test_as_many_colons_as_keys_are_not_read_again(monkeypatch):
    monkeypatch.setattr(json, "loads", None)
    refuse_repeated('{"a" : {"b": "c:d"}}', {"a": {"b": "c:d"}})
