"""Texts by and about people: whether two name one person, and whether a text is real."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WHOLE: Final = re.compile(
    r"(?i)\W*(to ?do|tbd|tba|fix ?me|x{2,}|n/?a|none|null|unknown|reason|ticket|statement|author"
    r"|approver|name|somebody|someone|example|placeholder|test)?\W*"
)
_ANYWHERE: Final = re.compile(
    r"\[[A-Z][A-Z _-]+\]|\[(?i:your|name|insert|link|date)\b[^\]]*\]|<[A-Za-z][A-Za-z _-]*>"
    r"|(?i:lorem ipsum|change ?me|fill (?:this|me) in)|\b(?:TODO|TBD|FIXME)\b"
)

_LOOK_ALIKES: Final = str.maketrans(
    "авекмнорстухіїѕјһԁԛԝь" + "αβεηικνορτυχωζ" + "ıłøđℓ",
    "abekmhopctyxiisjhdqwb" + "abenikvoptyxwz" + "ilodl",
)
"""Small letters of Cyrillic, Greek and others that look like Latin ones, some as capitals."""


def is_placeholder(text: str) -> bool:
    """Whether a text was left for somebody to fill in."""
    return bool(_WHOLE.fullmatch(text.strip()) or _ANYWHERE.search(text))


def same_person(one: object, two: object) -> bool:
    """Whether two texts name the same person: by address, or by name in any spelling.

    Accents, invisible characters and letters that look alike make nobody another person.
    """
    return bool(_identities(one) & _identities(two))


def _identities(person: object) -> set[str]:
    """Addresses without their +tag, and the words of the name in alphabetic order."""
    if not isinstance(person, str):
        return set()
    plain = _folded(person)
    addresses = re.findall(r"[^\s<>,;()]+@[^\s<>,;()]+", plain)
    found = {re.sub(r"\+[^@]*@", "@", address) for address in addresses}
    for address in addresses:
        plain = plain.replace(address, " ")
    name = " ".join(sorted(re.findall(r"\w+", plain)))
    return found | ({name} if name else set())


def _folded(text: str) -> str:
    """Small letters without accents, and all that look alike as one; nothing invisible."""
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    seen = "".join(char for char in parts if unicodedata.category(char) not in ("Mn", "Cf"))
    return seen.translate(_LOOK_ALIKES)
