from datetime import UTC, datetime, timedelta

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.outcomes import ClientError, Inconclusive
from fixtures.clients.prometheus import Prometheus
from fixtures.clients.recording import NullRecorder
from tests.clients.stub import stub

AT = datetime(2026, 1, 2, 3, tzinfo=UTC)
NOW = AT.timestamp()


def answered(data, **more):
    return {"status": "success", "data": data, **more}


def vector(*rows):
    return answered({"resultType": "vector", "result": list(rows)})


def row(value, **labels):
    return {"metric": labels, "value": [NOW, value]}


def matrix(*values):
    return answered({"resultType": "matrix", "result": [{"metric": {}, "values": list(values)}]})


def ask(answer, call=lambda server: server.query("up", AT)):
    with stub(
        dict.fromkeys(("/api/v1/query", "/api/v1/query_range", "/api/v1/alerts"), answer)
    ) as s:
        return call(Prometheus(HttpClient(s.url, NullRecorder())))


def test_an_instant_answer_has_its_labels_and_value():
    answer = ask(vector(row("0.5", job="a"), row("+Inf", job="b")))
    assert [(one.labels["job"], one.samples) for one in answer.series] == [
        ("a", ((NOW, 0.5),)),
        ("b", ((NOW, float("inf")),)),
    ]


def test_the_only_value_is_read():
    assert ask(vector(row("0.5"))).value() == 0.5
    assert ask(answered({"resultType": "scalar", "result": [NOW, "2"]})).value() == 2


def test_no_sample_is_no_zero():
    answer = ask(vector())
    assert not answer
    with pytest.raises(Inconclusive, match="no sample for up"):
        answer.value()


def test_nan_is_no_figure():
    for value, shown in (("NaN", "is NaN"), ("-Inf", "is -inf"), ("1e400", r"is \+inf")):
        with pytest.raises(Inconclusive, match=shown):
            ask(vector(row(value))).value()
    assert ask(matrix([1, "NaN"], [2, "3"])).finite() == ((2.0, 3.0),)


def test_several_series_are_not_one():
    with pytest.raises(ClientError, match="has 2 series"):
        ask(vector(row("1", job="a"), row("2", job="b"))).value()


def test_a_range_asks_with_both_ends_and_the_step():
    with stub({"/api/v1/query_range": matrix([NOW, "1"], [NOW + 60, "2"])}) as server:
        client = Prometheus(HttpClient(server.url, NullRecorder()))
        answer = client.query_range("up", AT, AT + timedelta(minutes=1), 60)
        assert answer.only() == ((NOW, 1.0), (NOW + 60, 2.0))
        assert "step=60" in server.requests[0][1]
        assert f"start={AT.timestamp():.3f}" in server.requests[0][1]


def test_a_series_without_samples_is_none():
    assert not ask(answered({"resultType": "matrix", "result": [{"metric": {}, "values": []}]}))


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"Content-Type": "text/html"}, b"<html>sign in</html>"),
        (422, {}, {"status": "error", "errorType": "execution", "error": "no"}),
        (503, {}, b""),
        {"status": "error", "errorType": "bad_data", "error": "no"},
        {"status": "success"},
        [],
        answered({"resultType": "string", "result": [1, "x"]}),
        answered({"resultType": "matrix"}),
        vector(row(0.5)),
        vector(row("half")),
        vector(row("1_0")),
        vector({"metric": {}}),
        vector({"metric": {}, "histogram": [1, {}]}),
        matrix([2, "1"], [1, "1"]),
        matrix([1, "1"], [1, "2"]),
        answered({"resultType": "vector", "result": []}, warnings=["a store did not answer"]),
        vector(row("1", job="a"), row("0", job="a")),
        vector({"metric": {}, "value": [NOW - 604_800, "0"]}),
        vector({"metric": {}, "value": [10**400, "0"]}),
        matrix([1, "1"], [NOW + 60, "1"]),
    ],
    ids=[
        "HTML", "refused", "down", "error with 200", "no data", "no object", "string", "no result",
        "number", "word", "underscore", "no value", "native histogram", "backwards", "twice",
        "incomplete", "a series twice", "of last week", "a time without end", "of the future",
    ],
)  # fmt: skip
def test_what_is_no_complete_answer_is_an_error(answer):
    with pytest.raises(ClientError):
        ask(answer)


@pytest.mark.parametrize(
    "moments",
    [(NOW, NOW + 15, NOW + 30), (NOW - 86_400,), (NOW, NOW + 86_400)],
    ids=["finer steps", "earlier", "later"],
)
def test_samples_that_were_not_asked_for_are_no_answer(moments):
    """Sixty samples of one good minute would otherwise hide an hour of silence."""
    answer = matrix(*([at, "1"] for at in moments))
    with pytest.raises(ClientError, match=r"not asked for|apart"):
        ask(answer, lambda client: client.query_range("up", AT, AT + timedelta(hours=1), 60))


def test_an_expression_is_asked_at_a_time_with_a_zone():
    with pytest.raises(ValueError, match="zone"):
        Prometheus(HttpClient("http://127.0.0.1:1", NullRecorder())).query(
            "up", datetime(2026, 1, 1)
        )


def test_alerts_are_listed_with_their_state():
    alert = {
        "labels": {"alertname": "Slow", "severity": "high"},
        "state": "pending",
        "activeAt": "2026-01-02T03:00:00Z",
    }
    (found,) = ask(answered({"alerts": [alert]}), lambda client: client.alerts())
    assert (found.name, found.state, found.since) == ("Slow", "pending", AT)
    with pytest.raises(ClientError):
        ask(answered({"alerts": [{"labels": {}}]}), lambda client: client.alerts())


def test_alerting_rules_are_read_and_others_left_out():
    alerting = {
        "type": "alerting",
        "name": "Down",
        "query": "up == 0",
        "duration": 60,
        "labels": {"severity": "critical"},
    }
    groups = answered({"groups": [{"rules": [{"type": "recording"}, alerting]}]})
    with stub({"/api/v1/rules": groups}) as server:
        (rule,) = Prometheus(HttpClient(server.url, NullRecorder())).rules()

    assert (rule.name, rule.expression, rule.for_s) == ("Down", "up == 0", 60)
    assert rule.labels["severity"] == "critical"


@pytest.mark.parametrize("data", [{}, {"groups": [{}]}, {"groups": [{"rules": [{}]}]}])
def test_rules_that_are_none_are_refused(data):
    with (
        stub({"/api/v1/rules": answered(data)}) as server,
        pytest.raises(ClientError, match="groups of rules"),
    ):
        Prometheus(HttpClient(server.url, NullRecorder())).rules()
