"""What no honest client sends: into every documented place, as whole requests, as broken HTTP."""

import tomllib
from pathlib import Path

import pytest

from contracts import openapi
from fixtures.clients.generated import try_out
from fixtures.clients.outcomes import ClientError
from fixtures.clients.patience import Patience
from fixtures.probes.hostile_input import requests_for, values_for
from fixtures.probes.hostile_wire import ANSWERABLE, WIRE
from fixtures.probes.operations import fits, operations
from fixtures.probes.refusals import is_server_error, leaks, wrong_with

DOCUMENT = openapi.load("meta_aggregator")
OPERATIONS = operations(DOCUMENT)
EXTENT = tomllib.loads(Path(__file__).with_name("hostile_input.toml").read_text("utf-8"))
PATIENCE_S = EXTENT["patience_s"]


def each(chosen):
    """The operations as parameters; those that write or need a session are marked so."""
    return [
        pytest.param(
            one, id=str(one), marks=pytest.mark.writes if one.writes or one.private else ()
        )
        for one in chosen
    ]


@pytest.mark.item("MA-SEC-14")
@pytest.mark.parametrize("operation", each(OPERATIONS))
def test_generated_requests_are_answered_as_documented(
    operation, stranger, callers, limits, evidence
):
    """Sound and unsound requests, made from the document, get an answer that the document names.

    What the document does not name, clients cannot handle; a failure or a trace helps an attacker.
    """
    limit = limits["server_errors"]
    trial = try_out(
        stranger, DOCUMENT, operation.method, operation.path,
        examples=EXTENT["requests_of_each_kind"], patience=Patience(PATIENCE_S),
        headers=callers.headers(operation.roles),
    )  # fmt: skip
    broken = [reply for reply in trial.replies if is_server_error(reply.status)]
    telling = [reply for reply in trial.replies if leaks(reply.text)]
    evidence.observe(
        requests_generated=len(trial.replies), server_errors=len(broken),
        statuses={str(status): count for status, count in sorted(trial.statuses.items())},
    )  # fmt: skip
    assert limit.holds(len(broken)), broken[0].explain(limit.explain(len(broken)))
    assert not telling, telling[0].explain(f"an answer without {', '.join(leaks(telling[0].text))}")
    assert not trial.failures, trial.first()


@pytest.mark.item("MA-SEC-14")
@pytest.mark.parametrize("operation", each(one for one in OPERATIONS if one.places))
def test_a_hostile_value_is_refused_without_a_failure(
    operation, stranger, callers, limits, evidence
):
    """Injections, wrong types and odd text in any documented place get a plain refusal.

    One place that is passed on unread is enough to read or break the order book.
    """
    limit, headers = limits["server_errors"], callers.headers(operation.roles)
    patience = Patience(PATIENCE_S)
    honest = _answer(stranger, operation.ask(), headers, patience)
    assert honest.status in operation.statuses, honest.explain("a documented status")
    sent, wrong, errors = 0, [], 0
    for place in operation.places:
        for name, raw in values_for(place).items():
            reply = _answer(stranger, operation.ask(place, raw), headers, patience)
            allowed = fits(place, raw, DOCUMENT)
            found = wrong_with(reply.status, reply.text, may_be_answered=allowed)
            sent, errors = sent + 1, errors + is_server_error(reply.status)
            wrong += [reply.explain(f"{name} in {place} refused; but {one}") for one in found]
    evidence.observe(hostile_values=sent, places=len(operation.places), server_errors=errors)
    assert limit.holds(errors), f"{limit.explain(errors)}\n{wrong[0]}"
    assert not wrong, f"{wrong[0]}\n{len(wrong)} of {sent} answers are wrong"


@pytest.mark.item("MA-SEC-14")
@pytest.mark.writes
@pytest.mark.parametrize("attacked", [*OPERATIONS, "HTTP itself"], ids=str)
def test_a_hostile_request_is_refused_without_a_failure(
    attacked, stranger, wire, callers, limits, evidence
):
    """Bodies that lie about themselves, oversized ones and broken HTTP end in a refusal.

    Afterwards the service answers as before: one request must not take it from everybody.
    """
    limit = limits["server_errors"]
    if attacked in OPERATIONS:
        answers = _attacked(attacked, stranger, callers)
    else:
        answers = _broken_http(wire)
    wrong = [
        reply.explain(f"{name} refused; but {one}")
        for name, reply, problems in answers
        for one in problems
    ]
    errors = sum(is_server_error(reply.status) for _, reply, _ in answers)
    after = Patience(PATIENCE_S).through(lambda: stranger.get("/api/health"))
    evidence.observe(hostile_requests=len(answers), server_errors=errors, status_after=after.status)
    assert limit.holds(errors), f"{limit.explain(errors)}\n{wrong[0]}"
    assert not wrong, f"{wrong[0]}\n{len(wrong)} of {len(answers)} answers are wrong"
    assert after.status == 200, after.explain("a service that works as before")


def _answer(http, ask, credentials, patience):
    """The answer to one request, at last."""
    return patience.through(
        lambda: http.request(
            ask.method, ask.target, content=ask.body, headers={**ask.headers, **credentials}
        )
    )


def _attacked(operation, http, callers):
    """Each hostile request to an operation, with its answer and what is wrong with that."""
    credentials, patience = callers.headers(operation.roles), Patience(PATIENCE_S)
    answers = []
    for name, (ask, may_be_answered) in requests_for(operation).items():
        try:
            reply = _answer(http, ask, credentials, patience)
        except ClientError:
            reply = http.get("/api/health")  # it ended the connection, which is a refusal
            answers.append((name, reply, wrong_with(reply.status, "", may_be_answered=True)))
            continue
        problems = wrong_with(reply.status, reply.text, may_be_answered=may_be_answered)
        answers.append((name, reply, problems))
    return answers


def _broken_http(wire):
    """Each malformed exchange with its answer; a second one was smuggled in."""
    answers = []
    for name, parts in WIRE.items():
        reply = wire.exchange(name, parts(wire.authority.encode()))
        answerable = name in ANSWERABLE
        problems = wrong_with(reply.status, reply.text, may_be_answered=answerable)
        if len(reply.statuses) > 1:
            problems.append(f"{len(reply.statuses)} answers to one request")
        answers.append((name, reply, problems))
    return answers
