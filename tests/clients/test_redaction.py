import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.clients import secret_shapes as shapes
from fixtures.clients.recording import BODY_CAP, NullRecorder, to_json
from fixtures.clients.redaction import MARKER, Redactor
from fixtures.clients.secret_shapes import sensitive

KEY = "0x" + "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
MNEMONIC = "legal winner thank year wave sausage worth useful legal winner thank yellow"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = """-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04
-----END EC PRIVATE KEY-----"""
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


def test_the_environment_gives_secrets_by_name():
    environ = {
        "DEPLOY_TOKEN": "abcdefgh1",
        "API_KEY": "ijklmnop2",
        "EDITOR": "qrstuvwx3",
        "PASSWORD": "x",
    }
    shown = Redactor(environ=environ).text("abcdefgh1 ijklmnop2 qrstuvwx3 x")
    assert shown == f"{MARKER} {MARKER} qrstuvwx3 x"


def test_headers_keep_what_is_evidence():
    shown = Redactor().headers(
        {
            "Authorization": "Bearer abc",
            "0x-api-key": "abc",
            "Set-Cookie": "session=abc; Path=/; HttpOnly; SameSite=Strict",
            "cookie": "session=abc; theme=dark",
            "Content-Type": "application/json",
        }
    )
    assert shown == {
        "Authorization": f"Bearer {MARKER}",
        "0x-api-key": MARKER,
        "Set-Cookie": f"session={MARKER}; Path=/; HttpOnly; SameSite=Strict",
        "cookie": f"session={MARKER}; theme={MARKER}",
        "Content-Type": "application/json",
    }


def test_command_lines_are_redacted_by_option():
    shown = Redactor().argv(
        ["node", "x.js", "--api-key", "abc", "--token=abc", "PASSWORD=abc", "abc"]
    )
    expected = [
        "node",
        "x.js",
        "--api-key",
        MARKER,
        f"--token={MARKER}",
        f"PASSWORD={MARKER}",
        "abc",
    ]
    assert shown == expected


def test_exceptions_are_redacted_with_their_causes():
    def fail():
        try:
            int("https://u:pw@h/")
        except ValueError as error:
            raise RuntimeError("token=abc") from error

    with pytest.raises(RuntimeError) as caught:
        fail()
    shown = Redactor().exception(caught.value)
    assert "pw" not in shown
    assert "abc" not in shown
    assert "ValueError: invalid literal" in shown


def test_values_are_redacted_by_field_name_and_keep_their_form():
    shown = Redactor().value(
        {
            "user": {"name": "ann", "password": "x", "keys": 3},
            "session": "abc",
            "ok": True,
            "n": None,
        }
    )
    assert shown == {
        "user": {"name": "ann", "password": MARKER, "keys": 3},
        "session": MARKER,
        "ok": True,
        "n": None,
    }


def test_a_learned_secret_is_hidden_from_then_on():
    redactor = Redactor()
    assert redactor.text("tok-12345") == "tok-12345"
    redactor.learn("tok-12345")
    assert redactor.text("tok-12345") == MARKER


def test_the_redactor_does_not_show_its_secrets():
    assert "hunter2" not in repr(Redactor(["hunter2hunter2"]))


@pytest.mark.parametrize(
    "name", ["sellToken", "tokens_listed", "publicKey", "monkey", "passage", "author"]
)
def test_harmless_names(name):
    assert not sensitive(name)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=0, max_size=40)
secrets_ = st.text(
    st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=8, max_size=60
)
values = st.recursive(
    words | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@given(secret=secrets_, before=words, after=words)
@settings(deadline=None, derandomize=True)
def test_a_known_secret_never_survives_in_text(secret, before, after):
    redactor = Redactor([secret])
    assert secret not in redactor.text(before + secret + after).replace(MARKER, "\0")
    assert redactor.count >= 1


@given(value=values)
@settings(deadline=None, derandomize=True)
def test_what_the_quick_look_lets_pass_holds_nothing_to_redact(value):
    redactor = Redactor(["known-secret-1"])
    plain = json.loads(to_json({"value": value}))
    if not redactor.suspects(to_json({"value": value})):
        assert redactor.value(plain) == plain


fragments = st.sampled_from(
    ["password", "token", "key", "seed", ":", "=", " ", '"', "'", "\\", "\n", "x1", "_", "-", "api",
     "0x" + "a1" * 32, "Bearer ", "https://", "u:p@h", "/v2/", "abcd1234efgh5678", "eyJhbGciOi",
     ".abcdefgh", "legal ", "winner ", ",", "[", "]", "{", "}", "é", "known-secret-1", "Cookie",
     "-----BEGIN"]
)  # fmt: skip


@given(text=st.lists(fragments, max_size=30).map("".join))
@settings(deadline=None, derandomize=True, max_examples=400)
def test_the_quick_look_lets_no_text_pass_that_the_thorough_one_would_change(text):
    redactor = Redactor(["known-secret-1"])
    for form in (text, to_json(text)):
        if not redactor.suspects(form):
            assert redactor.thorough(text) == text


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
found_by_patterns = st.lists(fragments | st.sampled_from(PARTS_OF_FINDS), max_size=12).map("".join)


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


@given(
    steps=st.lists(
        st.tuples(st.booleans(), st.lists(st.sampled_from(range(6)), min_size=1, max_size=4)),
        max_size=12,
    ),
    length=st.sampled_from([5, 11, 14, 15, 16, 40]),
)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_what_was_remembered_hides_no_secret_that_was_learnt_later(steps, length):
    """One redactor looks and learns in turn; beside it one that has nothing to remember."""
    texts = [
        "0x" + "5e" * 20,
        *(chr(ord("f") + n) + "q9z4w7k2j8m3x6v1b5n0" * 2 for n in range(5)),
    ]
    redactor, learnt = Redactor(), []
    for learns, chosen in steps:
        if learns:
            learnt.append(texts[chosen[0]][:length])
            redactor.learn(learnt[-1])
        line = to_json({f"x{n}": f"<{texts[n].upper()}>" * n for n in chosen})
        fresh = Redactor(learnt)
        assert redactor.suspects(line) == fresh.suspects(line)
        assert redactor.text(line) == fresh.text(line)


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
    secret=st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=8, max_size=40),
    beside=st.lists(
        st.sampled_from(
            ["0x" + "ab" * 32, "12345678901234567890", "x", "\u00e9\u00fc", "", "\ud800"]
        ),
        max_size=6,
    ),
    at=st.integers(0, 6),
)
@settings(deadline=None, derandomize=True)
def test_a_secret_among_harmless_pieces_of_a_line_is_found(secret, beside, at):
    redactor = Redactor([secret, "0x" + "7e" * 32])
    pieces = [*beside[:at], f"<{secret}>", *beside[at:]]
    assert redactor.suspects('"'.join(pieces))
    assert redactor.suspects('"'.join([*beside[:at], "7E" * 32, *beside[at:]]))
    assert not redactor.suspects('"'.join(beside)) or any(secret in piece for piece in beside)


def test_long_texts_are_remembered_only_until_a_secret_is_learnt():
    redactor = Redactor()
    text = "row 12; " * 200 + "bluebirds"
    assert not redactor.suspects(text)
    redactor.learn("bluebirds")
    assert redactor.suspects(text)


def test_what_was_harmless_is_looked_at_again_when_a_secret_is_learnt():
    redactor = Redactor()
    assert not redactor.suspects('{"note":"bluebirds-sing-at-dawn"}')
    redactor.learn("birds-sing-at")
    assert redactor.suspects('{"note":"bluebirds-sing-at-dawn"}')
    assert redactor.text("bluebirds-sing-at-dawn") == f"blue{MARKER}-dawn"
