import pytest

from fixtures.clients.generated import try_out
from fixtures.clients.http import HttpClient
from fixtures.clients.patience import Patience
from fixtures.clients.recording import NullRecorder
from tests.clients.stub import stub

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "a test", "version": "1"},
    "paths": {
        "/things": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"application/json": {"schema": {"type": "array"}}},
                    },
                    "400": {"description": "", "content": {"application/json": {"schema": {}}}},
                },
            }
        }
    },
}
SOUND = (200, {}, [])
REFUSED = (400, {}, {})


def things(path, _):
    value = path.partition("limit=")[2].partition("&")[0]
    return SOUND if "limit" not in path or (value.isdecimal() and int(value) > 0) else REFUSED


@pytest.fixture
def tried():
    def run(answer, **headers):
        with stub({"/things": answer}) as server:
            client = HttpClient(server.url, NullRecorder())
            trial = try_out(
                client, DOCUMENT, "GET", "/things",
                examples=8, headers=headers, patience=Patience(1),
            )  # fmt: skip
            client.close()
            return trial, server.requests

    return run


def test_the_same_sound_and_unsound_requests_are_sent_at_every_run(tried):
    first, asked = tried(things)
    _, again = tried(things)
    assert [request[1] for request in asked] == [request[1] for request in again]
    assert set(first.statuses) == {200, 400}
    assert first.failures == []
    assert first.first() == ""


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ((500, {}, {}), "Server error"),
        ((201, {}, []), "Undocumented status code"),
        ((200, {}, {}), "Response violates schema"),
        (SOUND, "Schema-violating request accepted"),
    ],
    ids=["a failure", "an undocumented status", "another shape", "bad data accepted"],
)
def test_an_answer_that_is_not_as_documented_is_told_with_a_way_to_see_it_again(
    tried, answer, named
):
    trial, _ = tried(answer)
    assert any(named in failure for failure in trial.failures), trial.first()
    assert "curl" in trial.first()


def test_credentials_go_with_every_request_and_into_no_message(tried):
    trial, asked = tried((500, {}, {}), Authorization="Bearer of-this-test")
    assert all(headers["Authorization"] == "Bearer of-this-test" for _, _, headers, _ in asked)
    assert "of-this-test" not in "".join(trial.failures)
