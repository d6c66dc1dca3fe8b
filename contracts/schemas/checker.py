"""A small checker for the part of JSON Schema that Gatehouse's own schemas and OpenAPI use.

Checked keywords: type (one or a list), properties, patternProperties, additionalProperties,
required, enum, const, pattern, format (date-time, date, uri), minLength, maxLength, minimum,
maximum, exclusiveMinimum, exclusiveMaximum, minItems, maxItems, uniqueItems, items, minProperties,
$ref to `#/…`, oneOf, anyOf, allOf. Annotations (title, description, default, example, `x-…`, …)
are ignored, except `x-remedy`, which becomes the remedy of a problem found at that place.

Differences from the standard, on purpose: `format` asserts; a format outside the list is an error
in the schema, unless it only annotates a number or bytes (int64, double, byte, …).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.schemas.values import (
    ANNOTATION_FORMATS,
    ARTICLE,
    FORMATS,
    TYPES,
    compiled,
    faults_of,
    is_type,
    show,
)

SUBSCHEMA: Final = ("additionalProperties", "items")
SUBSCHEMA_MAPS: Final = ("properties", "patternProperties", "$defs")
SUBSCHEMA_LISTS: Final = ("oneOf", "anyOf", "allOf")
ASSERTIONS: Final = frozenset(
    {
        "type",
        "required",
        "enum",
        "const",
        "pattern",
        "format",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "$ref",
    }
)
ANNOTATIONS: Final = frozenset(
    {
        "$schema",
        "$id",
        "$comment",
        "title",
        "description",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
        "discriminator",
        "contentMediaType",
        "contentEncoding",
    }
)

Path = tuple[str | int, ...]


class SchemaError(Exception):
    """The schema itself is wrong or uses something that this checker does not check."""


class Deferred(str):
    """A value that is written as a reference and not known yet: it satisfies every schema."""

    __slots__ = ()


def spell(path: Path) -> str:
    """Write a path as in TOML: `a.b[0].c`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
            text += f".{name}" if text else name
    return text


@dataclass(frozen=True)
class Problem:
    """One place of a document that does not satisfy its schema."""

    path: Path
    message: str
    remedy: str = ""

    @property
    def where(self) -> str:
        """The path as people write it; "the document" for its root."""
        return spell(self.path) or "the document"

    def __str__(self) -> str:
        """Give place, message and remedy on one line."""
        text = f"{self.where}: {self.message}"
        return f"{text} ({self.remedy})" if self.remedy else text


def problems(
    document: object, schema: Mapping[str, Any] | bool, *, root: Mapping[str, Any] | None = None
) -> list[Problem]:
    """List every way in which `document` does not satisfy `schema`, in document order.

    `root` is the document in which `$ref` is looked up, such as a whole OpenAPI document; by
    default the schema itself. Raises SchemaError for a schema that cannot be checked completely.
    """
    base = root if root is not None else (schema if isinstance(schema, Mapping) else {})
    return list(_Walk(base).check(document, schema, ()))


_verified: dict[int, object] = {}  # by identity; holding the schema keeps its identity taken


def verify(schema: Mapping[str, Any] | bool, root: Mapping[str, Any], at: str = "#") -> None:
    """Raise SchemaError unless every keyword in `schema` and below is one that is checked."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        raise SchemaError(f"{at}: a schema is an object or a boolean, not {show(schema)}")
    for keyword, value in schema.items():
        here = f"{at}/{keyword}"
        if keyword in SUBSCHEMA:
            verify(value, root, here)
        elif keyword in SUBSCHEMA_MAPS:
            for name, part in value.items():
                verify(part, root, f"{here}/{name}")
        elif keyword in SUBSCHEMA_LISTS:
            for number, part in enumerate(value):
                verify(part, root, f"{here}/{number}")
        elif keyword not in ASSERTIONS | ANNOTATIONS and not keyword.startswith("x-"):
            raise SchemaError(f"{here}: the keyword {keyword!r} is not checked by Gatehouse")
    _verify_values(schema, root, at)
    _verified[id(schema)] = schema


def _verify_values(schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> None:
    named = schema.get("type", [])
    for name in [named] if isinstance(named, str) else named:
        if name not in TYPES:
            raise SchemaError(f"{at}/type: unknown type {name!r}")
    form = schema.get("format")
    if form is not None and form not in FORMATS and form not in ANNOTATION_FORMATS:
        raise SchemaError(f"{at}/format: the format {form!r} is not checked by Gatehouse")
    for pattern in [schema.get("pattern"), *schema.get("patternProperties", {})]:
        if pattern is not None:
            try:
                compiled(pattern)
            except re.error as error:
                raise SchemaError(f"{at}: the pattern {pattern!r} is wrong: {error}") from error
    if "$ref" in schema:
        resolve(schema["$ref"], root)


def resolve(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any] | bool:
    """Look up `#/a/b` in `root`. Raises SchemaError when it leads nowhere."""
    if not reference.startswith("#"):
        raise SchemaError(f"$ref {reference!r}: only references into the same document are checked")
    node: Any = root
    for part in reference[1:].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, Mapping) or name not in node:
            raise SchemaError(f"$ref {reference!r} leads nowhere")
        node = node[name]
    if not isinstance(node, Mapping | bool):
        raise SchemaError(f"$ref {reference!r} leads to something that is not a schema")
    return node


class _Walk:
    """One pass over one document; `root` is where references are looked up."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def check(
        self,
        value: Any,
        schema: Mapping[str, Any] | bool,
        path: Path,
        *,
        over: str = "",
        around: str = "",
    ) -> Iterator[Problem]:
        """Check one value; `over` wins over the schema's own remedy, `around` stands in for it."""
        if isinstance(schema, bool):
            if not schema:
                yield Problem(path, "is not allowed here")
            return
        if _verified.get(id(schema)) is not schema:
            verify(schema, self.root)
        if isinstance(value, Deferred):
            return
        remedy = over or str(schema.get("x-remedy", "")) or around
        if "$ref" in schema:
            target = resolve(schema["$ref"], self.root)
            own = over or str(schema.get("x-remedy", ""))
            yield from self.check(value, target, path, over=own, around=around)
        named = schema.get("type")
        names = [named] if isinstance(named, str) else named
        if names is not None and not any(is_type(value, name) for name in names):
            expected = " or ".join(ARTICLE[name] for name in names)
            yield Problem(path, f"is {show(value)}, not {expected}", remedy)
            return
        yield from (Problem(path, message, remedy) for message in faults_of(value, schema))
        yield from self._choices(value, schema, path, remedy)
        if isinstance(value, Mapping):
            yield from self._object(value, schema, path)
        elif isinstance(value, list | tuple) and "items" in schema:
            for number, part in enumerate(value):
                yield from self.check(part, schema["items"], (*path, number), around=remedy)

    def _object(
        self, value: Mapping[str, Any], schema: Mapping[str, Any], path: Path
    ) -> Iterator[Problem]:
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        rest = schema.get("additionalProperties", True)
        for name in schema.get("required", ()):
            if name not in value:
                yield Problem((*path, name), "is missing", self._remedy(known.get(name)))
        for name, part in value.items():
            if name in known:
                yield from self.check(part, known[name], (*path, name))
            matching = [p for p in patterns if compiled(p).search(name)]
            for pattern in matching:
                yield from self.check(part, patterns[pattern], (*path, name))
            if name in known or matching:
                continue
            if rest is False:
                yield Problem((*path, name), "is not a known key", _did_you_mean(name, known))
            elif rest is not True:
                yield from self.check(part, rest, (*path, name))

    def _remedy(self, schema: Any) -> str:
        """The remedy of a schema or of what it refers to."""
        while isinstance(schema, Mapping) and "x-remedy" not in schema and "$ref" in schema:
            schema = resolve(schema["$ref"], self.root)
        return str(schema.get("x-remedy", "")) if isinstance(schema, Mapping) else ""

    def _choices(
        self, value: Any, schema: Mapping[str, Any], path: Path, remedy: str
    ) -> Iterator[Problem]:
        for part in schema.get("allOf", ()):
            yield from self.check(value, part, path)
        for keyword in ("anyOf", "oneOf"):
            if keyword not in schema:
                continue
            found = [list(self.check(value, part, path)) for part in schema[keyword]]
            good = sum(not each for each in found)
            if good == 0:
                deeper = [each for each in found if any(len(p.path) > len(path) for p in each)]
                if len(deeper) == 1:
                    yield from deeper[0]
                else:
                    said = "; or ".join(dict.fromkeys(each[0].message for each in found if each))
                    yield Problem(path, said or "has no allowed form", remedy)
            elif keyword == "oneOf" and good > 1:
                yield Problem(path, f"fits {good} forms of which only one may fit", remedy)


def _did_you_mean(name: str, known: Mapping[str, Any]) -> str:
    from difflib import get_close_matches  # only a mistake pays for the import

    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known keys: {', '.join(known)}" if known else "remove it"
