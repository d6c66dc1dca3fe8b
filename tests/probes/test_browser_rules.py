import pytest

from fixtures.probes.browser_rules import missing_headers, readable_by
from fixtures.probes.hidden_routes import HIDDEN

SOUND = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "strict-transport-security": "max-age=31536000",
    "server": "nginx",
}


def test_an_answer_with_all_rules_lacks_none():
    assert missing_headers(SOUND, api=True, https=True) == []


@pytest.mark.parametrize("name", [name for name in SOUND if name != "server"])
def test_each_rule_is_missed(name):
    rest = {key: value for key, value in SOUND.items() if key != name}
    assert missing_headers(rest, api=True, https=True)


def test_a_version_is_told_to_nobody():
    found = missing_headers({**SOUND, "server": "nginx/1.22.1"}, api=True, https=True)
    assert found == ["server tells the version: nginx/1.22.1"]


def test_a_page_may_be_cached_and_plain_http_needs_no_promise_of_https():
    rest = {k: v for k, v in SOUND.items() if not k.startswith(("cache", "strict"))}
    assert missing_headers(rest, api=False, https=False) == []


@pytest.mark.parametrize(
    ("allowed", "readable"),
    [("https://a.test", True), ("*", True), ("https://b.test", False), ("", False)],
)
def test_an_origin_reads_what_names_it_or_everybody(allowed, readable):
    headers = {"access-control-allow-origin": allowed} if allowed else {}
    assert bool(readable_by(headers, "https://a.test")) is readable


def test_each_hidden_route_is_asked_once():
    assert len(set(HIDDEN)) == len(HIDDEN)
    assert all(path.startswith("/") for path in HIDDEN)
