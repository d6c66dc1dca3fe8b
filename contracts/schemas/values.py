"""What the checker knows about single values: types, equality, formats, keyword by keyword."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

ANNOTATION_FORMATS: Final = frozenset(
    {"int32", "int64", "float", "double", "byte", "binary", "password"}
)
DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PIECE: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.ASCII)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern once; `$` is the end, as JSON Schema has it. Raises re.error.

    Python's `$` also stands before a newline that ends a text.
    """
    return re.compile(_PIECE.sub(lambda piece: r"\Z" if piece[0] == "$" else piece[0], pattern))


def faults_of(value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    """Check the keywords that look at this value alone."""
    if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        yield f"is {show(value)}, not one of {', '.join(show(each) for each in schema['enum'])}"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"is {show(value)}, not {show(schema['const'])}"
    if isinstance(value, str):
        yield from _string(value, schema)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(value, schema)
    elif isinstance(value, list | tuple):
        yield from _size(len(value), schema.get("minItems"), schema.get("maxItems"), "item")
        if schema.get("uniqueItems") and any(
            _same(value[i], value[j]) for i in range(len(value)) for j in range(i)
        ):
            yield "repeats an item"
    elif isinstance(value, Mapping):
        yield from _size(len(value), schema.get("minProperties"), None, "key")


def _string(value: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if not value and schema.get("minLength"):
        yield "is empty"
    else:
        yield from _size(len(value), schema.get("minLength"), schema.get("maxLength"), "character")
    said, good = FORMATS.get(schema.get("format", ""), ("", None))
    if good is not None and not good(value):
        yield f"is {show(value)}, not {said}"
    elif "pattern" in schema and not compiled(schema["pattern"]).search(value):
        yield f"is {show(value)}, which does not have the form {schema['pattern']}"


def _number(value: float, schema: Mapping[str, Any]) -> Iterator[str]:
    if "minimum" in schema and not value >= schema["minimum"]:
        yield f"is {value}, below the minimum {schema['minimum']}"
    if "maximum" in schema and not value <= schema["maximum"]:
        yield f"is {value}, above the maximum {schema['maximum']}"
    if "exclusiveMinimum" in schema and not value > schema["exclusiveMinimum"]:
        yield f"is {value}, not above {schema['exclusiveMinimum']}"
    if "exclusiveMaximum" in schema and not value < schema["exclusiveMaximum"]:
        yield f"is {value}, not below {schema['exclusiveMaximum']}"


def _size(length: int, least: int | None, most: int | None, unit: str) -> Iterator[str]:
    if least is not None and length < least:
        yield f"has {length} {unit}{'' if length == 1 else 's'}, fewer than {least}"
    if most is not None and length > most:
        yield f"has {length} {unit}{'' if length == 1 else 's'}, more than {most}"


def is_type(value: Any, name: str) -> bool:
    """Whether a value has one of JSON's types; 1.0 is an integer, true is not a number."""
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _PYTHON[name])


def _same(one: Any, two: Any) -> bool:
    """Equality of JSON: true is not 1, but 1 is 1.0."""
    if isinstance(one, bool) or isinstance(two, bool):
        return one is two
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        return len(one) == len(two) and all(map(_same, one, two))
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return one.keys() == two.keys() and all(_same(one[key], two[key]) for key in one)
    return bool(one == two)


def show(value: Any) -> str:
    """Write a value for a message, in at most 80 characters."""
    if value is None:
        return "null"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _is_date_time(text: str) -> bool:
    if not DATE_TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # its offset may lead out of the years 1 to 9999
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        return bool(DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


FORMATS: Final = {
    "date-time": ("a date and time with offset, such as 2026-11-20T10:00:00Z", _is_date_time),
    "date": ("a date, such as 2026-11-20", _is_date),
    "uri": ("a URL with its scheme", lambda text: bool(URI.fullmatch(text))),
}
_PYTHON: Final[dict[str, tuple[type, ...]]] = {
    "array": (list, tuple),
    "boolean": (bool,),
    "null": (type(None),),
    "number": (int, float),
    "object": (Mapping,),
    "string": (str,),
}
ARTICLE: Final = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a table",
    "string": "a text",
}
TYPES: Final = tuple(ARTICLE)
