import pytest

from fixtures.probes.refusals import is_server_error, leaks, wrong_with


@pytest.mark.parametrize(
    "text",
    [
        'Traceback (most recent call last):\n  File "a.py", line 3, in b',
        "Error: x\n    at Object.<anonymous> (/srv/a.js:3:5)",
        'near "\'": syntax error',
        "no such column: submitted_at",
        "statement: SELECT * FROM orders WHERE maker = '' ORDER BY id",
        "/usr/lib/python3.11/site-packages/x.py",
        "root:x:0:0:root:/root:/bin/bash",
        "uid=33(www-data) gid=33(www-data)",
        "the answer is 55464676",
        '<a href="http://other.example/reset">',
    ],
)
def test_what_only_the_inside_knows_is_found(text):
    assert leaks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"error":{"code":"bad_format","message":"maker must be an address"}}',
        '{"error":{"code":"store_error","message":"the order book does not answer"}}',
        '{"entries":[{"subject":"../../../../../../etc/passwd"}]}',
        '{"selected":"from where they order"}',
    ],
)
def test_a_plain_refusal_gives_nothing_away(text):
    assert leaks(text) == []


@pytest.mark.parametrize(
    ("status", "may_be_answered", "wrong"),
    [
        (400, False, 0),
        (404, False, 0),
        (0, False, 0),
        (501, False, 0),
        (200, True, 0),
        (200, False, 1),
        (302, False, 1),
        (500, True, 1),
        (502, False, 1),
    ],
)
def test_a_hostile_request_is_refused_without_a_server_error(status, may_be_answered, wrong):
    assert len(wrong_with(status, "", may_be_answered=may_be_answered)) == wrong


def test_a_method_that_is_not_spoken_is_no_failure():
    assert [status for status in range(500, 510) if not is_server_error(status)] == [501, 505]
