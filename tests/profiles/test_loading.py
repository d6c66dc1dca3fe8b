from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.profiles import FOLDER, MissingValue, ProfileError, find, load, read
from fixtures.profiles.sample import addresses
from tests.profiles.conftest import COMMIT, MINIMAL

KEY = "0x" + "1" * 64
IDENTITY = {"RELEASE_VERSION": "2.0.0", "RELEASE_COMMIT": COMMIT}


def mistakes(call, *arguments, **named):
    with pytest.raises(ProfileError) as caught:
        call(*arguments, **named)
    return caught.value.mistakes


def test_the_smallest_profile_reads_only_and_has_defaults(loaded):
    profile = loaded()
    assert profile.allow == {"read"}
    assert not profile.protected
    assert profile.policy.flaky == "fail"
    assert profile.systems == ("meta_aggregator",)
    assert profile.meta_aggregator.health_paths == ("/api/health", "/health")
    assert profile.release.as_json()["commit"] == COMMIT
    assert len(profile.sha256) == 64


def test_the_local_profile_takes_every_value_from_the_embedded_target():
    profile = load("local", embedded=addresses(), environ={})
    assert profile.absent == {}
    assert profile.allow == {"read", "write", "disrupt"}
    assert profile.nctool.store_url == "mongodb://127.0.0.1:1"
    assert profile.not_applicable_reason("MA-RB-01")
    assert profile.not_applicable_reason("MA-POST-01") is None


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.example.toml")))
def test_an_example_is_sound_once_the_release_is_named(name):
    profile = load(name, environ=IDENTITY)
    assert profile.allow == {"read"}
    assert profile.protected == name.startswith("production")


@pytest.mark.parametrize(
    ("name", "system", "unusual"),
    [
        pytest.param(
            "staging.example",
            "meta_aggregator",
            {"tls_ca", "chromium", "typed_data", "health_paths"},
            id="meta-aggregator",
        ),
        pytest.param("nctool.example", "nctool", set(), id="nctool"),
    ],
)
def test_the_examples_show_every_key_of_the_schema(name, system, unusual):
    text = (FOLDER / f"{name}.toml").read_text("utf-8")
    fields = getattr(load(name, environ=IDENTITY), system).__dataclass_fields__
    assert {key for key in fields if key not in text} == unusual


def test_a_profile_is_found_by_name_or_by_path(write):
    path = write()
    assert find(path) == path
    assert find("local") == FOLDER / "local.toml"
    (mistake,) = mistakes(find, "lokal")
    assert "local, nctool.example, production.example, staging.example" in mistake.remedy


def test_a_secret_comes_from_the_environment_and_is_known_for_redaction(loaded):
    more = 'rpc_url = "env:RPC"\nupstream_key = "env:K"\nfunder_keys = "env:FUNDERS"\n'
    environ = {
        "RPC": "https://eth.example.org/v2/abcdefghijklmnop?token=hunter2",
        "K": "zero-ex-secret",
        "FUNDERS": f"{KEY}, {KEY[:-1]}2",
    }
    profile = loaded(more, environ=environ)
    assert profile.meta_aggregator.funder_keys == (KEY, f"{KEY[:-1]}2")
    assert profile.secrets == {
        "abcdefghijklmnop",
        "hunter2",
        "zero-ex-secret",
        KEY,
        f"{KEY[:-1]}2",
    }
    assert not any(secret in repr(profile) for secret in profile.secrets)


def test_a_value_from_the_environment_that_is_no_secret_stays_readable(loaded):
    text = MINIMAL.replace('"2.0.0"', '"env:RELEASE_VERSION"')
    profile = loaded('chain_id = "env:CHAIN"\n', text=text, environ={**IDENTITY, "CHAIN": "31337"})
    assert profile.release.version == "2.0.0"
    assert profile.meta_aggregator.chain_id == 31337
    assert profile.secrets == frozenset()


def test_an_unset_variable_leaves_its_value_absent_with_the_reason(loaded):
    more = 'rpc_url = "env:META_RPC"\ntokens = { base = "env:BASE", quote = "env:QUOTE" }\n'
    profile = loaded(more, environ={"QUOTE": ""})
    assert profile.meta_aggregator.rpc_url is None
    assert profile.meta_aggregator.tokens is None
    assert profile.absent == {
        "systems.meta_aggregator.rpc_url": "the environment variable META_RPC is not set",
        "systems.meta_aggregator.tokens": "the environment variable BASE is not set",
    }
    with pytest.raises(MissingValue) as caught:
        profile.require("meta_aggregator", "rpc_url")
    assert caught.value.reason == "the environment variable META_RPC is not set"
    assert caught.value.remedy == "export META_RPC in [systems.meta_aggregator] of staging.toml"


def test_a_command_without_its_variable_is_absent_as_a_whole(loaded):
    more = (
        '[systems.meta_aggregator.commands.unit_tests]\nargv = ["npm", "test"]\n'
        '[systems.meta_aggregator.commands.db_verify]\nargv = ["x"]\nenv = { DB_KEY = "env:DB" }\n'
    )
    profile = loaded(more)
    assert list(profile.meta_aggregator.commands) == ["unit_tests"]
    assert profile.absent == {
        "systems.meta_aggregator.commands.db_verify": "the environment variable DB is not set"
    }


def test_an_unset_variable_of_a_required_key_stops_with_all_such_keys(loaded):
    text = MINIMAL.replace('"2.0.0"', '"env:VERSION"').replace(f'"{COMMIT}"', '"env:COMMIT"')
    found = mistakes(loaded, text=text)
    assert [(m.line, m.key, m.remedy) for m in found] == [
        (4, "release.version", "export VERSION"),
        (5, "release.commit", "export COMMIT"),
    ]


def test_a_wrong_value_behind_a_reference_is_named_without_being_shown(loaded):
    more = 'chain_id = "env:CHAIN"\nrpc_url = "env:RPC"\n'
    found = mistakes(loaded, more, environ={"CHAIN": "main-secret", "RPC": "not-a-url-secret"})
    assert [m.key.rpartition(".")[2] for m in found] == ["chain_id", "rpc_url"]
    assert all("secret" not in str(m) for m in found)
    assert "env:CHAIN" in found[0].message


def test_times_of_the_release_are_in_utc(loaded):
    text = MINIMAL.replace("[systems", "deployed_at = 2026-11-20T10:00:00+02:00\n[systems")
    profile = loaded(text=text)
    assert profile.release.deployed_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert profile.release.as_json()["deployed_at"] == "2026-11-20T08:00:00.000Z"


def test_files_are_relative_to_the_profile(loaded, tmp_path):
    profile = loaded('checkout = "../meta"\nstore = "file:orders?mode=ro"\n')
    assert profile.meta_aggregator.checkout == tmp_path / "../meta"
    assert profile.meta_aggregator.store == "file:orders?mode=ro"


def test_amendments_are_found_beside_the_profile_unless_named(loaded, tmp_path):
    assert loaded().waivers is None
    (tmp_path / "waivers.toml").write_text("format = 1\n", "utf-8")
    assert loaded().waivers == tmp_path / "waivers.toml"
    text = 'attestations = "people.toml"\n' + MINIMAL
    (mistake,) = mistakes(loaded, text=text)
    assert "no file 'people.toml'" in mistake.message
    (tmp_path / "people.toml").write_text("format = 1\n", "utf-8")
    assert loaded(text=text).attestations == tmp_path / "people.toml"


def test_limits_may_be_written_with_or_without_quotes(loaded):
    profile = loaded(
        '[limits]\n"MA-POST-06" = { "api.error_rate_pct" = 2 }\n'
        "[limits.MA-POST-07.database]\nquery_time_avg_ms = 50.5\n"
    )
    assert profile.limit("MA-POST-06", "api.error_rate_pct", 5) == 2
    assert profile.limit("MA-POST-07", "database.query_time_avg_ms", 100) == 50.5
    assert profile.limit("MA-POST-14", "db_query_ms", 100) == 100


def test_the_first_phase_needs_no_target(drafted):
    draft = read("local", environ={})
    assert (draft.name, draft.embedded, draft.protected) == ("local", True, False)
    assert drafted().allow == {"read"}
