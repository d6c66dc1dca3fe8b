import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.clients.recording import BODY_CAP, NullRecorder, to_json
from fixtures.clients.redaction import MARKER, Redactor
from tests.clients.secret_texts import KEY

SECRET = 'pläin/te%xt+"quoted"=secret1'
ENCODINGS = {
    "plain": SECRET,
    "url": quote(SECRET, safe=""),
    "json": json.dumps(SECRET),
    "json-raw": json.dumps(SECRET, ensure_ascii=False),
    "json-in-json": json.dumps(json.dumps({"a": SECRET})),
    "json-slash-escaped": json.dumps(SECRET).replace("/", "\\/"),
    "json-in-json-slash-escaped": json.dumps(json.dumps(SECRET).replace("/", "\\/")),
    "html": html.escape(SECRET),
    "html-text": html.escape(SECRET, quote=False),
    "hex": SECRET.encode().hex(),
    "hex-upper": SECRET.encode().hex().upper(),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64-shifted": base64.b64encode(b"u:" + SECRET.encode()).decode(),
    "base64-shifted-again": base64.b64encode(b"us:" + SECRET.encode() + b"!").decode(),
    "base64-url": base64.urlsafe_b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("text", ENCODINGS.values(), ids=ENCODINGS)
def test_known_secrets_are_found_in_every_encoding(text):
    redactor = Redactor([SECRET])
    assert redactor.suspects(to_json({"x": text}))
    shown = redactor.text(f"before {text} after")
    assert MARKER in shown
    assert "secret1" not in shown


KEY_FORMS = {
    "with-0x": KEY,
    "bare": KEY[2:],
    "upper": KEY[2:].upper(),
    "decimal": str(int(KEY, 16)),
    "base64-of-bytes": base64.b64encode(bytes.fromhex(KEY[2:])).decode(),
}


@pytest.mark.parametrize("form", KEY_FORMS.values(), ids=KEY_FORMS)
def test_a_known_private_key_is_found_under_any_name(form):
    assert form[4:-4] not in Redactor([KEY]).text(json.dumps({"hash": form}))


def test_of_a_known_url_only_the_key_is_hidden():
    redactor = Redactor(["https://rpc.example/v2/0123456789abcdefkey", "redis://:pw-123456@h/0"])
    shown = redactor.text("rpc.example/v2/0123456789abcdefkey and pw-123456 at h")
    assert shown == f"rpc.example/v2/{MARKER} and {MARKER} at h"


@pytest.mark.parametrize("length", [*range(4, 24), 31, 64])
def test_a_secret_is_found_wherever_it_stands_whatever_its_length(length):
    secret = "zQ9xW4kJ7vB2nM5hG8fD1sA3pL6tR0yUcEoIzQ9xW4kJ7vB2nM5hG8fD1sA3pL6t"[:length]
    redactor = Redactor(["another-one-that-is-there", secret])
    for before in range(20):
        for after in (0, 1, 9):
            text = "." * before + secret.swapcase() + "." * after
            assert redactor.suspects(text), text
            assert secret.swapcase() not in redactor.text(text)


@given(
    secret=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12, max_size=60),
    offset=st.integers(-80, 20),
    filler=st.sampled_from(["x", "é", '{"a":1}']),
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_a_secret_at_the_cut_leaks_no_half(secret, offset, filler):
    recorder = NullRecorder(Redactor([secret]))
    lead = (filler * BODY_CAP)[: BODY_CAP + offset]
    shown = recorder.capped(lead + secret + filler * 20_000).text
    assert len(shown) <= BODY_CAP
    tail = shown[BODY_CAP - 100 :]
    assert not any(secret[:size] in tail for size in range(6, len(secret)))


@given(
    secret=st.text(st.characters(codec="ascii", categories=["L"]), min_size=12, max_size=60),
    cut=st.data(),
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_a_secret_cut_by_the_client_leaks_no_half(secret, cut):
    recorder = NullRecorder(Redactor([secret]))
    size = cut.draw(st.integers(5, len(secret) - 1))
    shown = recorder.capped("0" * 100 + secret[:size], cut=True)
    assert shown.text == "0" * 100 + MARKER
    assert shown.truncated
