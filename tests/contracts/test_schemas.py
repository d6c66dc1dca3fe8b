from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.schemas import (
    Invalid,
    SchemaError,
    Undocumented,
    load,
    problems,
    schema_of,
)
from contracts.schemas.checker import resolve
from contracts.schemas.documents import FOLDER
from contracts.schemas.toml_text import parse, read
from contracts.schemas.values import compiled

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
KEYS = st.sampled_from(["a", "b", "ab", "c"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, 1.0, 1.5, -2.0]),
    st.sampled_from(["", "a", "ab", "abc", "1"]),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(KEYS, part, max_size=3)),
    max_leaves=8,
)
TYPES = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])


def schemas(depth: int = 2) -> st.SearchStrategy[object]:
    part = schemas(depth - 1) if depth else st.booleans()
    keywords = {
        "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=2, unique=True)),
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "const": DOCUMENTS,
        "pattern": st.sampled_from(["^a", "b$", "."]),
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 2),
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "exclusiveMinimum": st.integers(-2, 2),
        "exclusiveMaximum": st.integers(-2, 2),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
        "minProperties": st.integers(0, 2),
        "required": st.lists(KEYS, max_size=2, unique=True),
        "properties": st.dictionaries(KEYS, part, max_size=2),
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), part, max_size=1),
        "additionalProperties": part,
        "items": part,
        "anyOf": st.lists(part, min_size=1, max_size=2),
        "oneOf": st.lists(part, min_size=1, max_size=2),
        "allOf": st.lists(part, min_size=1, max_size=2),
        "$ref": st.sampled_from(["#/$defs/one", "#/$defs/two"]),
    }
    return st.one_of(st.booleans(), st.fixed_dictionaries({}, optional=keywords))


ROOTS = st.fixed_dictionaries(
    {
        "$defs": st.fixed_dictionaries(
            {
                "one": st.fixed_dictionaries({"type": TYPES}),
                "two": st.fixed_dictionaries({"minimum": st.integers(-1, 1)}),
            }
        ),
        "allOf": st.lists(schemas(), min_size=1, max_size=2),
    }
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(schema=ROOTS, document=DOCUMENTS)
def test_the_checker_agrees_with_jsonschema(schema, document):
    expected = jsonschema.Draft202012Validator(schema).is_valid(document)
    found = problems(document, schema)
    assert (not found) == expected, found


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_schema_is_valid_and_completely_checked(name):
    jsonschema.Draft202012Validator.check_schema(load(name))


TRIVIAL = {"format", "name", "sha256", "version", "base", "quote"}


def keys_of(schema, root):
    """Every key with its schema, and what `$ref` adds to that."""
    if not isinstance(schema, dict):
        return
    for key, part in schema.get("properties", {}).items():
        full = resolve(part["$ref"], root) | part if "$ref" in part else part
        yield key, full
        yield from keys_of(full, root)
    for keyword in ("items", "additionalProperties"):
        yield from keys_of(schema.get(keyword), root)


@pytest.mark.parametrize("name", ["profile", "waivers", "attestations"])
def test_every_key_that_a_person_writes_is_described(name):
    schema = load(name)
    commands = schema.get("$defs", {}).get("meta_aggregator", {}).get("properties", {})
    named = set(commands.get("commands", {}).get("properties", {}))
    bare = {key for key, part in keys_of(schema, schema) if "description" not in part}
    assert bare - TRIVIAL - named == set()


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "dependentRequired": {}},
        {"properties": {"a": {"if": {}}}},
        {"format": "hostname"},
        {"type": "text"},
        {"pattern": "("},
        {"$ref": "#/$defs/none"},
        {"$ref": "https://example.org/schema"},
        {"items": 3},
    ],
    ids=json.dumps,
)
def test_what_the_checker_would_not_check_is_an_error(schema):
    with pytest.raises(SchemaError):
        problems({}, schema)


def test_all_problems_are_found_at_once_with_place_and_remedy():
    schema = {
        "type": "object",
        "required": ["name", "age"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1, "x-remedy": 'write name = "…"'},
            "age": {"type": "integer", "x-remedy": "write age = 3"},
            "tags": {"type": "array", "items": {"enum": ["x", "y"]}},
        },
    }
    found = problems({"name": "", "tags": ["x", "z"], "nmae": 1}, schema)
    assert [str(problem) for problem in found] == [
        "age: is missing (write age = 3)",
        'name: is empty (write name = "…")',
        "tags[1]: is 'z', not one of 'x', 'y'",
        "nmae: is not a known key (did you mean 'name'?)",
    ]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026-11-20T10:00:00Z", True),
        ("2026-11-20T10:00:00.123456+02:00", True),
        ("2026-11-20T10:00:00", False),
        ("2026-11-20", False),
        ("20261120T100000Z", False),
        ("2026-11-20 10:00:00Z", False),
        ("2026-02-30T10:00:00Z", False),
        ("9999-12-31T23:59:59-23:59", False),
        ("0001-01-01T00:00:00+23:59", False),
        ("2026-11-20T25:00:00Z", False),
        ("2026-11-20T10:00:00Z\n", False),
        ("٢026-11-20T10:00:00Z", False),
    ],
)
def test_a_date_and_time_is_read_strictly(text, good):
    assert (problems(text, {"format": "date-time"}) == []) is good


API = {
    "paths": {
        "/api/orders/{id}": {"get": {"responses": {"200": {"$ref": "#/components/responses/one"}}}},
        "/api/orders/mine": {"get": {"responses": {"2XX": {"description": "no body"}}}},
        "/api/orders": {"post": {"responses": {"default": {"content": {}}}}},
    },
    "components": {
        "responses": {
            "one": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/o"}}}}
        },
        "schemas": {"o": {"type": "object", "required": ["id"]}},
    },
}


def test_a_response_is_checked_against_the_openapi_document():
    schema = schema_of(API, "/api/orders/7", "GET", 200)
    assert problems({"id": 1}, schema, root=API) == []
    assert [str(problem) for problem in problems({}, schema, root=API)] == ["id: is missing"]
    assert schema_of(API, "/api/orders/mine", "get", 204) is None
    assert schema_of(API, "/api/orders", "post", 500) is None


@pytest.mark.parametrize(
    ("path", "method", "status", "said"),
    [
        ("/api/none", "get", 200, "not among the documented paths"),
        ("/api/orders/7", "delete", 200, "only GET documented"),
        ("/api/orders/7", "get", 404, "only 200"),
    ],
)
def test_an_undocumented_response_says_what_is_documented(path, method, status, said):
    with pytest.raises(Undocumented, match=said):
        schema_of(API, path, method, status)


def test_every_documented_response_of_the_api_can_be_checked():
    document = json.loads((FOLDER.parent / "openapi" / "meta_aggregator.json").read_text("utf-8"))
    checked = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status in operation.get("responses", {}) if isinstance(operation, dict) else ():
                schema = schema_of(document, path, method, int(status) if status.isdigit() else 500)
                if schema is not None:
                    problems({}, schema, root=document)
                    checked += 1
    assert checked > 20


TOML = """\
a = 1
"b.c" = [ # comment [
  "x, ]",
  { y = 1 },
]
d.e = '''
[no.header]
f = 1'''

[t.u]
k = "z # no comment"
[[t.list]]
k = 1
[t.list.sub]
m = 2
[[t.list]]
k = 2
sub.m = \"\"\"quoted\\\"\"\"\"\"\"
n = 2026-11-20T10:00:00+00:00
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("a",), 1),
        (("b.c",), 2),
        (("b.c", 0), 3),
        (("b.c", 1), 4),
        (("b.c", 1, "y"), 4),
        (("d", "e"), 6),
        (("t", "u", "k"), 11),
        (("t", "list", 0), 12),
        (("t", "list", 0, "sub", "m"), 15),
        (("t", "list", 1, "k"), 17),
        (("t", "list", 1, "sub", "m"), 18),
        (("t", "list", 1, "n"), 19),
        (("t", "list", 1, "none"), 16),
        (("none",), 1),
    ],
)
def test_the_line_of_a_key_is_known(place, line):
    assert parse(TOML, "x.toml").line(place) == line


def test_dates_become_texts_that_keep_what_was_written():
    data = parse("a = 2026-11-20T10:00:00Z\nb = 2026-11-20\nc = 2026-11-20 10:00:00", "x").data
    assert data == {"a": "2026-11-20T10:00:00Z", "b": "2026-11-20", "c": "2026-11-20T10:00:00"}


NAMES_OF_KEYS = st.text("ab.\"'# \\\n[]", min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            NAMES_OF_KEYS,
            st.one_of(NAMES_OF_KEYS, st.integers(), st.lists(NAMES_OF_KEYS, max_size=3)),
        ),
        max_size=5,
        unique_by=lambda pair: pair[0],
    )
)
def test_lines_are_right_whatever_keys_and_values_hold(pairs):
    lines, expected = [], {}
    for key, value in pairs:
        expected[(key,)] = len(lines) + 1
        written = json.dumps(value, indent=1) if isinstance(value, list) else json.dumps(value)
        lines += f"{json.dumps(key)} = {written}".split("\n")
    text = parse("\n".join(lines), "x.toml")
    assert {place: line for place, line in text.lines.items() if len(place) == 1} == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = 1\nb = \n", "x.toml:2: is not TOML"),
        (b"a = 1\n\xff", "x.toml:2: is not UTF-8"),
        (b"a = " + b"9" * 5000, "x.toml:1: cannot be read: "),
        (b"a = " + b"[" * 100_000, "x.toml:1: cannot be read: "),
        (b"a." * 3_000 + b"a = 1", "x.toml:1: cannot be read: "),
    ],
    ids=["value", "encoding", "digits", "nested", "dotted"],
)
def test_an_unreadable_file_is_named_with_its_line(tmp_path, content, said):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(Invalid) as caught:
        read(path, shown_as="x.toml")
    assert said in str(caught.value)


def test_the_mark_that_some_editors_write_is_passed_over(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes("\ufeffa = 1\r\n".encode())
    assert read(path).data == {"a": 1}


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("^[0-9a-f]{4}$", "abcd", True),
        ("^[0-9a-f]{4}$", "abcd\n", False),
        ("^a$|^b$", "a\n", False),
        ("^a[$]$", "a$", True),
        (r"^a\$", "a$b", True),
    ],
)
def test_the_end_of_a_pattern_is_the_end_of_the_text(pattern, text, fits):
    """A name that ends in a newline would name two lines of every listing, and its folder."""
    assert (compiled(pattern).search(text) is not None) == fits
