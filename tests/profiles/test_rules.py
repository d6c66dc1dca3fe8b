from __future__ import annotations

import pytest

from fixtures.profiles import ProfileError, load
from tests.profiles.conftest import MINIMAL

KEY = "0x" + "1" * 64


def mistakes(drafted, more="", **named):
    with pytest.raises(ProfileError) as caught:
        drafted(more, **named)
    return caught.value.mistakes


SYSTEM = "systems.meta_aggregator"


@pytest.mark.parametrize(
    ("more", "key", "message", "remedy"),
    [
        ('apiurl = "x"', f"{SYSTEM}.apiurl", "not a known key", "did you mean 'api_url'?"),
        ('chain_id = "1"', f"{SYSTEM}.chain_id", "not a whole number", "write chain_id = 1"),
        ('metrics_url = "api"', f"{SYSTEM}.metrics_url", "not a URL", "write a URL"),
        (
            'rpc_url = "https://eth.example.org"',
            f"{SYSTEM}.rpc_url",
            "is a secret",
            'write rpc_url = "env:META_RPC_URL"',
        ),
        (f'funder_keys = ["{KEY}"]', f"{SYSTEM}.funder_keys[0]", "is a secret", "env:META_FUNDER"),
        ('upstream_key = "env:9"', f"{SYSTEM}.upstream_key", "not the name", 'write "env:NAME"'),
        (
            'upstream_key = "embedded:a.b"',
            f"{SYSTEM}.upstream_key",
            "this target is not embedded",
            "embedded = true",
        ),
        (
            'metrics_url = "https://me:pass@api.example.org"',
            f"{SYSTEM}.metrics_url",
            "user name or password",
            'write "env:METRICS_URL"',
        ),
        (
            'metrics_url = "https://eth.example.org/v3/0123456789abcdef0123"',
            f"{SYSTEM}.metrics_url",
            "a key in its path",
            "env:METRICS_URL",
        ),
        (
            'metrics_url = "https://api.example.org/m?api_key=k"',
            f"{SYSTEM}.metrics_url",
            "a key in its query",
            "env:METRICS_URL",
        ),
        (
            '[systems.meta_aggregator.commands.db_verify]\nargv = ["x"]\nenv = { DB_PWD = "x" }',
            f"{SYSTEM}.commands.db_verify.env.DB_PWD",
            "looks like a secret by its name",
            'write "env:DB_PWD"',
        ),
        (
            f'[systems.meta_aggregator.commands.db_verify]\nargv = ["x", "{KEY}"]',
            f"{SYSTEM}.commands.db_verify.argv[1]",
            "looks like a private key",
            "env:NAME",
        ),
        (
            '[systems.meta_aggregator.commands.db_verify]\nargv = ["{phyton}"]',
            f"{SYSTEM}.commands.db_verify.argv[0]",
            "{phyton} is not a known placeholder",
            "{python}",
        ),
        (
            '[systems.meta_aggregator.commands.db_verify]\nargv = ["x"]\nneeds = ["nodejs"]',
            f"{SYSTEM}.commands.db_verify.needs[0]",
            "'nodejs' is not a known tool",
            "did you mean 'node'?",
        ),
        (
            '[systems.meta_aggregator.commands.db_check]\nargv = ["x"]',
            f"{SYSTEM}.commands.db_check",
            "not a known key",
            "known keys: unit_tests",
        ),
        ('[systems.nctool]\nurl = "x"', "systems.nctool.url", "not a known key", ""),
        ('[systems.clearhold]\nurl = "x"', "systems.clearhold", "not supported", "remove"),
        ('[capabilities]\nbrowsr = "if-present"', "capabilities.browsr", "not a known", "browser"),
        (
            '[capabilities]\nhttp = "if-present"',
            "capabilities.http",
            "not something that a machine lacks",
            "only these can be",
        ),
        ('[capabilities]\nnode = "maybe"', "capabilities.node", "not one of", "if-present"),
        (
            '[[not_applicable]]\nitems = ["MA-SIGN-*"]\nreason = "It is somebody else\'s."',
            "not_applicable[0].items[0]",
            "names no item",
            "did you mean 'MA-SIG-",
        ),
        (
            '[[not_applicable]]\nitems = ["MA-SIG-*"]\nreason = "no"',
            "not_applicable[0].reason",
            "fewer than 12",
            "say in a sentence",
        ),
        ('[policy]\nnever_waivable = ["MA-X-1"]', "policy.never_waivable[0]", "names no item", ""),
        ('[limits]\n"MA-POST-99" = { a = 1 }', "limits.MA-POST-99", "not an item", "MA-POST-"),
        (
            '[limits]\n"MA-POST-14" = { db_query_msec = 1 }',
            "limits.MA-POST-14.db_query_msec",
            "not a limit of MA-POST-14",
            "did you mean 'db_query_ms'?",
        ),
        (
            '[limits]\n"MA-POST-14" = { db_query_ms = "fast" }',
            "limits.MA-POST-14.db_query_ms",
            "cannot stand in for <= 100",
            "same kind",
        ),
        (
            '[limits]\n"MA-POST-14" = { db_query_ms = nan }',
            "limits.MA-POST-14.db_query_ms",
            "cannot stand in",
            "",
        ),
        (
            '[limits]\n"MA-POST-14" = { db_query_ms = inf }',
            "limits.MA-POST-14.db_query_ms",
            "cannot stand in",
            "",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key_and_its_remedy(drafted, more, key, message, remedy):
    (mistake,) = mistakes(drafted, more)
    assert mistake.key == key
    assert message in mistake.message
    assert remedy in mistake.remedy
    assert mistake.line > MINIMAL.count("\n")
    assert mistake.file.endswith("staging.toml")
    assert "pass@" not in str(mistake)
    assert KEY not in str(mistake)


@pytest.mark.parametrize(
    ("head", "key", "message"),
    [
        ('allow = ["write"]\n', "allow", "does not include reading"),
        ('allow = ["read", "delete"]\n', "allow[1]", "not one of"),
        ('protected = "yes"\n', "protected", "not true or false"),
        ("protected = true\nembedded = true\n", "embedded", "cannot be protected"),
    ],
)
def test_permissions_are_checked(drafted, head, key, message):
    (mistake,) = mistakes(drafted, text=head + MINIMAL)
    assert mistake.key == key
    assert message in mistake.message
    assert mistake.remedy


def test_a_protected_target_has_no_optional_capabilities(drafted):
    more = '[capabilities]\nnode = "if-present"\n'
    (mistake,) = mistakes(drafted, text=f"protected = true\n{MINIMAL}{more}")
    assert "protected target" in mistake.message


def test_all_mistakes_are_named_at_once_in_the_order_of_the_file(drafted):
    text = """\
format = 2
name = "My Staging"
colour = "blue"
[release]
version = "2.0.0"
commit = "abc"
[systems.meta_aggregator]
api_url = "api.example.org"
rpc_url = "https://eth.example.org/v2/abcdefghijklmnopqrs"
[capabilities]
http = "if-present"
"""
    found = mistakes(drafted, text=text)
    assert [m.line for m in found] == [1, 2, 3, 6, 8, 9, 11]
    assert all(m.remedy for m in found)
    assert "abcdefghijklmnopqrs" not in "".join(map(str, found))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "systems = 1\nrelease = 2\ncapabilities = 3\nlimits = 4\nnot_applicable = 5\npolicy = 6",
        "systems = []\nallow = 1\nname = []",
        "[systems]\nmeta_aggregator = 3\n",
        "[systems.meta_aggregator]\ncommands = 1\ntls_hosts = 2\ntokens = 3\nfunder_keys = 4\n",
        "[systems.meta_aggregator.commands]\nunit_tests = 1\n[limits]\nx = 1\n",
        "[[not_applicable]]\nitems = 1\n[[limits]]\n",
        'format = 1\nname = "env:X"\n',
    ],
)
def test_a_profile_of_any_shape_is_refused_without_a_crash(drafted, text):
    assert mistakes(drafted, text=text)


def test_a_profile_cannot_hide_its_name_or_protection_behind_a_reference(write):
    for line in ('name = "env:NAME"', 'protected = "env:PROTECTED"', 'allow = "env:ALLOW"'):
        text = f"{line}\n" + MINIMAL.replace(
            'name = "staging"\n', "" if "name" in line else 'name = "staging"\n'
        )
        with pytest.raises(ProfileError, match="may not be a reference"):
            load(write(text=text), environ={"NAME": "x", "PROTECTED": "false", "ALLOW": "write"})
