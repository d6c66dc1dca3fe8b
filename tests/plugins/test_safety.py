"""Nothing is written without permission."""

from tests.plugins.inner import BOTH, check


def test_a_check_that_writes_does_not_run_where_only_reading_is_allowed(project):
    project.profile(BOTH, top='allow = ["read"]')
    project.suite(
        check(
            "observe(target, evidence)\nassert target.profile.name == 'inner'",
            decorators="@pytest.mark.writes",
        )
    )

    outcome = project.run()

    assert outcome.status("MA-POST-02") == "not_verified", outcome.text
    assert "does not allow 'write'" in outcome.message("MA-POST-02")
    assert outcome.code == 10


def test_a_write_that_a_check_did_not_declare_is_not_sent(project):
    project.profile(BOTH, top='allow = ["read", "write"]')
    project.suite(
        check(
            "from fixtures.clients.http import HttpClient\n"
            "HttpClient('http://127.0.0.1:9', target.recorder).post('/orders', json={})"
        )
    )

    outcome = project.run()

    assert outcome.status("MA-POST-02") == "not_verified", outcome.text
    assert "nothing was sent" in outcome.message("MA-POST-02")
