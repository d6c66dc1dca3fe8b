import pytest

from fixtures.probes.documented_api import read_routes, undocumented

DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/api/things/{id}": {
            "get": {
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["id"],
                                    "properties": {"id": {"type": "string"}},
                                }
                            }
                        }
                    },
                    "204": {"description": "nothing"},
                }
            }
        },
        "/api/login": {"post": {"responses": {}}},
        "/metrics": {"get": {"responses": {"200": {"content": {"text/plain": {}}}}}},
    },
}


def test_a_documented_reply_has_no_problem():
    assert undocumented(DOCUMENT, "get", "/api/things/7", 200, {"id": "7"}) == []


@pytest.mark.parametrize(
    ("path", "status", "body", "problem"),
    [
        ("/api/things/7", 200, {}, "id"),
        ("/api/things/7", 200, {"id": 7}, "is 7, not a text"),
        ("/api/things/7", 500, {"id": "7"}, "status 500 is not documented"),
        ("/api/things/7", 204, {}, "no JSON body"),
        ("/api/other", 200, {}, "not among the documented paths"),
        ("/api/login", 200, {}, "only POST documented"),
    ],
    ids=["missing", "wrong-type", "status", "no-body", "path", "method"],
)
def test_what_the_document_does_not_say_is_a_problem(path, status, body, problem):
    found = undocumented(DOCUMENT, "get", path, status, body)
    assert problem in found[0]


def test_only_routes_that_give_json_are_read():
    assert read_routes(DOCUMENT) == ["/api/things/{id}"]
