"""Make text from a target safe to look at: the invisible and the misleading is spelled out.

Escaping for HTML is the template's work. This is about characters that no escaping touches: control
characters, terminal sequences, direction overrides that show a text in another order than it has,
zero-width characters that make two different texts look alike, and halves of surrogate pairs, which
no file can hold.
"""

import re
from functools import cache

_UNSEEN = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


@cache
def _unseen() -> re.Pattern[str]:
    return re.compile(_UNSEEN)


def visible(text: str) -> str:
    r"""The text with every unseen character written as its code point, such as `⟨U+202E⟩`.

    Newlines and tabs stay; a carriage return before a newline is dropped.
    """
    if text.isascii() and text.isprintable():
        return text
    return _unseen().sub(_name, text.replace("\r\n", "\n"))


def one_line(text: str, limit: int = 160) -> str:
    """The text on one line, visible, cut at `limit` characters with an ellipsis."""
    flat = " ".join(visible(text[: limit * 4]).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def _name(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match.group()):04X}⟩"
