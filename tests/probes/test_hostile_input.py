import json

import pytest

from contracts import openapi
from fixtures.probes.hostile_input import BODIES, TEXTS, requests_for, values_for
from fixtures.probes.hostile_wire import ANSWERABLE, WIRE
from fixtures.probes.operations import fits, operations

DOCUMENT = openapi.load("meta_aggregator")
OPERATIONS = operations(DOCUMENT)


def test_hardly_any_hostile_value_is_allowed_by_the_document():
    sent = [
        fits(place, raw, DOCUMENT)
        for operation in OPERATIONS
        for place in operation.places
        for raw in values_for(place).values()
    ]
    assert len(sent) > 1000
    assert sum(sent) < len(sent) / 20


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_reaches_a_body_as_the_same_text(name):
    place = next(p for one in OPERATIONS for p in one.places if p.keys == ("order", "maker"))
    raw = values_for(place)[name]
    text = TEXTS[name].decode("utf-8", "surrogateescape")
    assert json.loads(raw.decode("utf-8", "surrogateescape")) == text


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_is_sent_requests_that_lie(operation):
    found = requests_for(operation)
    assert {"an unknown parameter", "another host"} < set(found)
    assert (set(BODIES) < set(found)) is operation.takes_body
    assert all(ask.method == operation.method for ask, _ in found.values())


@pytest.mark.parametrize("name", WIRE)
def test_a_malformed_request_begins_with_a_line_to_the_host(name):
    first = next(WIRE[name](b"api.test:80"))
    line, _, rest = first.partition(b"\r\n")
    assert line.count(b" ") >= 2
    assert b"api.test:80" in rest


def test_what_may_be_answered_is_among_what_is_sent():
    assert set(WIRE) > ANSWERABLE
