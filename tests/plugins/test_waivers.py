"""A waiver covers a result, for a time, and stays visible."""

import time

import pytest

from tests.plugins.inner import BOTH, GREEN, check


def test_a_waiver_does_not_cover_a_check_that_was_taken_out(project):
    project.profile(BOTH)
    project.suite(GREEN)
    (project.pytester.path / "waivers.toml").write_text(WAIVER.format(item="MA-POST-02"))

    outcome = project.run("-k", "first")

    assert outcome.status("MA-POST-02") == "not_verified", outcome.text
    assert outcome.code == 10


def test_a_waived_failure_passes_and_stays_visible(project):
    project.profile(BOTH)
    project.suite(check("observe(target, evidence)\nassert target.profile.name == 'other'"))
    (project.pytester.path / "waivers.toml").write_text(WAIVER.format(item="MA-POST-02"))

    outcome = project.run()

    entry = next(e for e in outcome.verdict["items"] if e["id"] == "MA-POST-02")
    assert entry["status"] == "waived", outcome.text
    assert entry["waived_status"] == "failed"
    assert outcome.code == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("MA-POST-02", "MA-POST-99"),
        ("expires = 2", "expired = 2"),
        ('approver = "Ben', 'approver = "Ann'),
    ],
    ids=["unknown item", "no expiry", "approved by its author"],
)
def test_an_unusable_waiver_ends_with_code_11(project, old, new):
    project.profile(BOTH)
    project.suite(GREEN)
    text = WAIVER.format(item="MA-POST-02")
    assert old in text
    replaced = (
        text.replace("Ben <ben@", "Ann <ann@") if "approver" in old else text.replace(old, new)
    )
    (project.pytester.path / "waivers.toml").write_text(replaced)

    outcome = project.run()

    assert outcome.code == 11, outcome.text
    assert "waivers.toml" in outcome.text


def _day(offset):
    return time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + offset * 86400))


WAIVER = f"""
format = 1
[[waiver]]
item = "{{item}}"
reason = "The certificate is renewed on Monday; the old one still protects."
author = "Ann <ann@example.org>"
approver = "Ben <ben@example.org>"
ticket = "REL-17"
granted = {_day(-1)}
expires = {_day(20)}
scope = {{{{ target = "inner", release = "2.0.0" }}}}
"""
