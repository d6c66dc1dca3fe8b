from __future__ import annotations

import pytest

from fixtures.profiles.__main__ import main


def test_a_sound_profile_is_said_to_be_sound_with_what_it_leaves_open(write, capsys):
    assert main(["check", str(write('rpc_url = "env:NO_SUCH_VARIABLE"\n'))]) == 0
    said = capsys.readouterr().out
    assert "staging.toml is sound: target staging (open), allowed: read" in said
    assert "rpc_url has no value, the environment variable NO_SUCH_VARIABLE is not set" in said
    assert "export NO_SUCH_VARIABLE" in said
    assert "MA-POST-08" in said or "MA-POST-08".rpartition("-")[0] in said


def test_an_unsound_profile_lists_every_mistake(write, capsys):
    assert main(["check", str(write('chain_id = 0\nrpc_url = "https://x.example"\n'))]) == 11
    said = capsys.readouterr().out
    assert "2 mistakes" in said
    assert "staging.toml:8: systems.meta_aggregator.chain_id: is 0, below the minimum 1" in said
    assert "remedy: write rpc_url" in said


def test_unusable_waivers_make_the_profile_unusable(write, tmp_path, capsys):
    (tmp_path / "waivers.toml").write_text("format = 1\n[[waiver]]\nitem = 'X'\n", "utf-8")
    assert main(["check", str(write())]) == 11
    assert "waivers.toml:2: waiver[0].expires: is missing" in capsys.readouterr().out


def test_changed_limits_are_shown_beside_the_catalogue(write, capsys):
    assert main(["check", str(write('[limits]\n"MA-POST-14" = { db_query_ms = 250 }\n'))]) == 0
    assert "MA-POST-14 db_query_ms <= 250 (catalogue: 100)" in capsys.readouterr().out


def test_the_local_profile_can_be_checked_without_its_target(capsys):
    assert main(["check", "local"]) == 0
    assert "the embedded target is not started" in capsys.readouterr().out


def test_an_unknown_profile_or_command_is_refused(capsys):
    assert main(["check", "lokal"]) == 11
    assert "one of: local" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["chek"])
