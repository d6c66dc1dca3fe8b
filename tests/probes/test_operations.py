import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import openapi
from fixtures.probes.operations import fits, operations

DOCUMENT = openapi.load("meta_aggregator")
OPERATIONS = operations(DOCUMENT)
SMALL = {
    "openapi": "3.1.0",
    "paths": {
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"const": 1}}],
            "get": {
                "parameters": [
                    {
                        "name": "must",
                        "in": "query",
                        "required": True,
                        "schema": {"type": "integer", "minimum": 3},
                    },
                    {"name": "may", "in": "query", "schema": {"enum": ["x y"]}},
                ],
                "responses": {"200": {}, "default": {}},
                "security": [{"bearer": ["admin"]}, {"cookie": ["admin"]}],
            },
            "put": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/a"}}}
                },
                "responses": {"204": {}},
                "security": [{"bearer": []}],
            },
        }
    },
    "components": {
        "a": {
            "type": "object",
            "properties": {"b": {"type": "object", "properties": {"c": {"type": "string"}}}},
            "required": ["b"],
        }
    },
}


def test_every_place_of_the_document_is_found():
    names = {
        (operation.method.lower(), operation.path, place.keys[-1])
        for operation in OPERATIONS
        for place in operation.places
        if place.keys
    }
    written = {
        (method, path, parameter["name"])
        for path, item in DOCUMENT["paths"].items()
        for method in ("get", "post")
        if method in item
        for parameter in [*item.get("parameters", ()), *item[method].get("parameters", ())]
    }

    assert written < names
    assert ("post", "/api/orders", "sellAmount") in names
    assert {operation.path for operation in OPERATIONS} == set(DOCUMENT["paths"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_what_is_sound_is_allowed_where_it_stands(operation):
    for place in operation.places:
        if place.where != "body":
            assert fits(place, str(operation.sound[place]).encode(), DOCUMENT), place
    if operation.takes_body:
        whole = next(place for place in operation.places if place.where == "body")
        assert fits(whole, operation.ask().body, DOCUMENT)


def test_a_request_differs_in_the_place_that_is_replaced_and_nowhere_else():
    read, write = operations(SMALL)
    must, may = (place for place in read.places if place.where == "query")
    assert read.ask().target == "/things/a?must=3"
    assert read.ask(may, b"\xff ").target == "/things/a?must=3&may=%FF%20"
    assert read.ask(must, b"'").target == "/things/a?must=%27"
    assert read.ask(read.places[0], b"../x").target == "/things/..%2Fx?must=3"
    inner = next(place for place in write.places if place.keys == ("b",))
    assert write.ask(inner, b"[[").body == b'{"b": [[}'
    assert (read.roles, write.roles) == (("admin",), ())
    assert read.privileged
    assert write.private
    assert not write.privileged
    assert write.writes
    assert read.statuses == (200,)


def test_another_sound_value_stands_wherever_its_name_does():
    operation = next(one for one in OPERATIONS if str(one) == "POST /api/auth/challenge")
    body = json.loads(operation.with_sound(address="0xB").ask().body)
    assert body == {"address": "0xB"}
    activity = next(one for one in OPERATIONS if one.path.endswith("/activity"))
    assert "/0xC/" in activity.with_sound(account="0xC").ask().target


@pytest.mark.parametrize(
    ("raw", "allowed"),
    [(b"7", True), (b"0", False), (b"07", False), (b"\xff", False), (b"7\n", False), (b"", False)],
)
def test_an_integer_in_a_query_is_written_plainly(raw, allowed):
    limit = next(
        place
        for operation in OPERATIONS
        for place in operation.places
        if operation.path == "/api/trades" and place.keys == ("limit",)
    )
    assert fits(limit, raw, DOCUMENT) is allowed


@given(st.binary(max_size=60))
def test_any_bytes_can_be_sent_to_any_place(raw):
    for operation in OPERATIONS:
        for place in operation.places:
            ask = operation.ask(place, raw)
            assert ask.target.isascii()
            assert "\n" not in ask.target
            if place.where == "body":
                assert raw in (ask.body or b"")
