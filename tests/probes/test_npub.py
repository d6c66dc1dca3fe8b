from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes import npub

# the example of NIP-19
KEY = bytes.fromhex("7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e")
TEXT = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"


def test_the_published_example_is_encoded_and_decoded():
    assert npub.encode(KEY) == TEXT
    assert npub.decode(TEXT) == KEY
    assert npub.decode(TEXT.upper()) == KEY


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_a_key_comes_back_from_its_text(key):
    text = npub.encode(key)
    assert npub.decode(text) == key
    assert npub.problem(text) == ""


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.data())
def test_one_changed_symbol_never_goes_unseen(key, data):
    text = npub.encode(key)
    place = data.draw(st.integers(5, len(text) - 1))
    other = data.draw(st.sampled_from(sorted(set("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))))
    changed = text[:place] + other + text[place + 1 :]
    assert (npub.problem(changed) == "") == (changed == text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("npub1admin...", "does not use", id="placeholder"),
        pytest.param("nsec1" + TEXT[5:], "does not begin", id="another prefix"),
        pytest.param(TEXT[:-1], "57 symbols", id="cut short"),
        pytest.param(TEXT[:10].upper() + TEXT[10:], "mixes", id="both cases"),
        pytest.param("", "does not begin", id="nothing"),
        pytest.param(None, "no text", id="no text"),
    ],
)
def test_what_is_no_npub_is_told_why(text, why):
    assert why in npub.problem(text)


def test_a_key_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        npub.encode(b"short")


def test_a_sample_is_the_same_for_a_seed():
    assert npub.sample(3, "a") == npub.sample(3, "a")
    assert not set(npub.sample(3, "a")) & set(npub.sample(3, "b"))
    assert not any(map(npub.problem, npub.sample(50, "a")))
