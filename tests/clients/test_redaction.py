import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.clients.recording import to_json
from fixtures.clients.redaction import MARKER, Redactor
from tests.clients.secret_texts import FRAGMENTS


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


@given(text=st.lists(FRAGMENTS, max_size=30).map("".join))
@settings(deadline=None, derandomize=True, max_examples=400)
def test_the_quick_look_lets_no_text_pass_that_the_thorough_one_would_change(text):
    redactor = Redactor(["known-secret-1"])
    for form in (text, to_json(text)):
        if not redactor.suspects(form):
            assert redactor.thorough(text) == text


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
