import pytest

from fixtures.profiles import ProfileError, Release
from fixtures.profiles.abilities import NEEDS, capabilities
from fixtures.profiles.nctool import Nctool

SECTION = f"""
[systems.nctool]
api_url = "https://nctool.example.org"
store_url = "env:NCTOOL_STORE_URL"
database = "nctool"

[systems.nctool.release]
version = "1.0.0"
commit = "{"b" * 40}"

[[systems.nctool.staging]]
name = "staging-1"
api_url = "https://staging.example.org"
store_url = "env:NCTOOL_STAGING_URL"
database = "nctool_staging"
"""
ENVIRON = {
    "NCTOOL_STORE_URL": "mongodb://reader:planted-secret@db.example.org/?replicaSet=rs0",
    "NCTOOL_STAGING_URL": "mongodb://db.example.org",
}


def test_a_system_may_have_a_release_of_its_own(loaded):
    profile = loaded(SECTION, environ=ENVIRON)

    assert profile.systems == ("meta_aggregator", "nctool")
    assert profile.release_of("nctool") == Release("1.0.0", "b" * 40)
    assert profile.release_of("meta_aggregator") == profile.release
    assert list(profile.own_releases) == ["nctool"]


def test_without_one_the_targets_release_is_its_own(loaded):
    profile = loaded('[systems.nctool]\napi_url = "https://nctool.example.org"')
    assert profile.release_of("nctool") == profile.release
    assert profile.own_releases == {}


def test_secrets_of_a_store_are_known_and_not_shown(loaded):
    profile = loaded(SECTION, environ=ENVIRON)

    assert "planted-secret" in profile.secrets
    assert "planted-secret" not in repr(profile)
    assert profile.nctool.staging[0].database == "nctool_staging"


def test_an_instance_without_its_store_is_absent_as_a_whole(loaded):
    profile = loaded(SECTION, environ={"NCTOOL_STORE_URL": ENVIRON["NCTOOL_STORE_URL"]})
    assert profile.nctool.staging == ()
    assert "NCTOOL_STAGING_URL" in profile.why_absent("nctool", "staging")


def test_a_store_must_be_a_mongodb_address(loaded):
    with pytest.raises(ProfileError, match="store_url: what env:NCTOOL_STORE_URL leads to"):
        loaded(SECTION, environ=ENVIRON | {"NCTOOL_STORE_URL": "postgres://db.example.org"})


def test_each_system_has_capabilities_of_its_own(loaded):
    profile = loaded(SECTION, environ=ENVIRON)

    assert capabilities(profile, system="nctool")["mongo"].present
    assert not capabilities(profile, system="meta_aggregator")["mongo"].present
    together = capabilities(profile)
    assert together["nctool: mongo"].present
    assert not together["meta_aggregator: mongo"].present
    assert "shell" in together


def test_statements_of_all_systems_are_read(loaded, tmp_path):
    (tmp_path / "attestations.toml").write_text("format = 1\n", "utf-8")
    (tmp_path / "own.toml").write_text("format = 1\n", "utf-8")
    profile = loaded('[systems.nctool]\nattestations = "own.toml"')
    assert [path.name for path in profile.statements] == ["attestations.toml", "own.toml"]


def test_every_key_of_the_section_is_a_capability():
    unnamed = {"release", "commands"}
    assert set(Nctool.__dataclass_fields__) - unnamed <= set(NEEDS["nctool"])
