import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.clients import secret_shapes as shapes
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import MARKER, Redactor
from fixtures.clients.secret_shapes import sensitive
from tests.clients.secret_texts import FRAGMENTS, JWT, KEY, MNEMONIC, PEM

ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
HASH = "0x" + "ab12" * 16
SHAPES = {
    "authorization-header": ("Authorization: Bearer s3cr3t-value-123", "s3cr3t"),
    "basic-credentials": ("Authorization: Basic dXNlcjpodW50ZXIy", "dXNlcjpodW50ZXIy"),
    "cookie-line": ("Cookie: session=s3cr3t; theme=dark", "s3cr3t"),
    "url-userinfo": ("GET https://user:s3cr3t@host/path", "s3cr3t"),
    "url-userinfo-with-at": ("https://user:s3c@r3t@host/path", "r3t"),
    "store-dsn": ("postgres://app:s3/cr3t@db:5432/orders", "cr3t"),
    "mongo-dsn": ("mongodb+srv://app:s3cr3t@cluster/db", "s3cr3t"),
    "dsn-by-keywords": ("host=db user=app password=s3cr3t dbname=x", "s3cr3t"),
    "query-parameter": ("https://h/p?a=1&api_key=s3cr3t&b=2", "s3cr3t"),
    "access-token-parameter": ("https://h/p?access_token=s3cr3t", "s3cr3t"),
    "provider-path-v2": ("https://eth.example/v2/AbCdEf0123456789xyz", "AbCdEf0123456789xyz"),
    "provider-path-v3": ("wss://eth.example/ws/v3/0123456789abcdef0123", "0123456789abcdef0123"),
    "json-password": ('{"password": "s3cr3t"}', "s3cr3t"),
    "json-quote-in-password": (json.dumps({"password": 's3c"r3t'}), "r3t"),
    "json-token": ('{"token":"s3cr3t"}', "s3cr3t"),
    "json-api-key": ('{"apiKey":"s3cr3t"}', "s3cr3t"),
    "json-in-json": (json.dumps({"body": '{"secret": "s3cr3t"}'}), "s3cr3t"),
    "json-private-key": (json.dumps({"privateKey": KEY}), KEY[2:]),
    "json-signer-key": (json.dumps({"signer_key": KEY}), KEY[2:]),
    "json-mnemonic-list": (json.dumps({"mnemonic": MNEMONIC.split()}), "sausage"),
    "json-numeric-password": ('{"password": 12345678}', "12345678"),
    "json-cut-in-the-value": ('{"password": "s3cr3t', "s3cr3t"),
    "python-repr": ("{'password': 's3cr3t'}", "s3cr3t"),
    "environment-line": ("PRIVATE_KEY=" + KEY, KEY[2:]),
    "yaml-line": ("secret: s3cr3t\nname: x", "s3cr3t"),
    "option": ("deploy --password=s3cr3t", "s3cr3t"),
    "private-key-in-prose": ("using private key " + KEY, KEY[2:]),
    "mnemonic": (f"seed: {MNEMONIC}.", "sausage"),
    "mnemonic-lines": (MNEMONIC.replace(" ", "\n"), "sausage"),
    "mnemonic-in-prose": (f"The words {MNEMONIC} belong to alice", "sausage"),
    "jwt": (f"got {JWT} back", JWT[-20:]),
    "pem": (PEM, "MHcCAQEE"),
    "pem-cut": (PEM[:60], "MHcCAQEE"),
}


@pytest.mark.parametrize(("text", "secret"), SHAPES.values(), ids=SHAPES)
def test_unknown_secrets_are_found_by_their_shape(text, secret):
    redactor = Redactor()
    shown = redactor.text(text)
    assert secret not in shown
    assert MARKER in shown
    assert redactor.count == 1
    assert redactor.text(shown) == shown


@pytest.mark.parametrize(("text", "secret"), SHAPES.values(), ids=SHAPES)
def test_the_recorder_finds_them_wherever_they_stand(text, secret):
    recorder = NullRecorder()
    recorder.write("http", request={"body": text}, response=None, error=f"failed: {text}")
    written = json.dumps(recorder.lines)
    assert secret not in written
    assert MARKER in written


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"id": HASH, "token": ADDRESS, "sellToken": ADDRESS, "transactionHash": HASH}),
        json.dumps({"tokens": [{"address": ADDRESS, "symbol": "BASE"}], "salt": HASH}),
        json.dumps({"publicKey": HASH, "signature": "0x" + "1b" * 65, "nonce": "123"}),
        f"https://h/api/orders/{HASH}?sellToken={ADDRESS}&status=open",
        "The session ended. A token is an ERC-20 contract; no password is needed for that step.",
        '{"password": null, "token": "", "session": {"address": "' + ADDRESS + '"}}',
        "GET /swap/v2/permit2/quote and /v3/verification-of-long-names",
        "at 12:30 user@example.org wrote; see https://h:80/@scope/pkg",
        "Pas de problème: a quick brown fox jumps over the lazy dog and then some more words here",
        '{"type":"object","properties":{"password":{"type":"string"}}}',
    ],
    ids=[
        "order",
        "market",
        "keys-in-public",
        "url",
        "prose",
        "empty",
        "paths",
        "at",
        "fox",
        "schema",
    ],
)
def test_what_is_no_secret_stays_readable(text):
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    "name", ["sellToken", "tokens_listed", "publicKey", "monkey", "passage", "author"]
)
def test_harmless_names(name):
    assert not sensitive(name)


QUICK_LOOKS = [
    *((part, pattern) for part, pattern in shapes.IN_HEADER_LINE.items()),
    *((part, pattern) for part, pattern in shapes.IN_SCHEME.items()),
    ("key", shapes._PRIVATE_KEY_PROSE),
]
PARTS_OF_FINDS = [
    " cookie: a=b", "Proxy-Authorization: ", "SET-COOKIE:", "x-Api-Key :",
    "X-Auth-Token", "bAsic Zm9vOg==", "Private", "SIGNING_", "Secret key ",
    "zoo ", "abandon,", "\t", "\x1f", "wins\n",
    "legal winner thank year wave sausage ", "abc'def\"ghi, jkl\\mno\npqr ", "5e" * 32,
]  # fmt: skip
found_by_patterns = st.lists(FRAGMENTS | st.sampled_from(PARTS_OF_FINDS), max_size=12).map("".join)


@given(text=found_by_patterns)
@settings(deadline=None, derandomize=True, max_examples=400)
def test_no_pattern_finds_what_the_quick_look_before_it_does_not(text):
    text = text.encode("ascii", "ignore").decode()
    low = text.lower()
    for part, pattern in QUICK_LOOKS:
        assert part in low or not pattern().search(text)
    if shapes._PRIVATE_KEY_PROSE().search(text):
        assert any(part in low for part in shapes.IN_PRIVATE_KEY_PROSE)
    found = [words[0] for words in shapes._WORDS().finditer(text)]
    runs = [run[0] for run in shapes._LETTERS_AND_GAPS.finditer(text)]
    assert found == [words[0] for run in runs for words in shapes._WORDS().finditer(run)]


@given(text=found_by_patterns)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_a_text_is_redacted_as_without_any_quick_look(text):
    shown, hits = shapes.redact_shapes(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "IN_PRIVATE_KEY_PROSE", ("",))
        for name in ("IN_HEADER_LINE", "IN_SCHEME"):
            always = {Nothing(): pattern for pattern in getattr(shapes, name).values()}
            patch.setattr(shapes, name, always)
        patch.setattr(shapes, "_LETTERS_AND_GAPS", shapes._ALL)
        patch.setattr(shapes, "_hide_values", hidden_everywhere)
        assert shapes.redact_shapes(text) == (shown, hits)


class Nothing(str):
    """The empty text, which is part of every text, as a key of its own."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other


def hidden_everywhere(text, _names, pattern, secret):
    """The values of fields, with every field looked at that no hidden one holds."""
    shown, done, hits = "", 0, 0
    for found in pattern.finditer(text):
        if found.start() >= done and (span := secret(found)):
            shown += text[done : span[0]] + MARKER
            done, hits = span[1], hits + 1
    return shown + text[done:], hits


@pytest.mark.parametrize("stem", shapes._STEMS)
@pytest.mark.parametrize("around", ["", '0xab:1,"', '0xab:1,"' * 100], ids=len)
def test_a_stem_is_found_in_short_and_long_texts_and_among_digits(stem, around):
    for text in (around + stem + around, around + stem.upper() + around):
        assert shapes.has_stem(text, text.lower())
    assert not shapes.has_stem(around, around.lower())
