"""The validation of a deployment by itself, on a process of its own."""

import itertools
import os
from contextlib import closing, contextmanager

import httpx
import pytest

from fixtures.reference.nctool import flag_defaults
from fixtures.reference.nctool.service import validation
from fixtures.reference.nctool.service.application import create_app
from fixtures.reference.nctool.service.context import Context
from fixtures.reference.nctool.service.security_headers import HEADERS
from fixtures.reference.nctool.service.settings import Settings
from fixtures.reference.serving import Servers, loopback_socket, port_of

ADMIN = {"Authorization": "Bearer key", "X-Actor": "somebody"}
BASELINE = {"figure": "response", "version": "1.9.4", "p50_ms": 5_000.0, "samples": 100}
NOWHERE = "http://127.0.0.1:9"
_number = itertools.count()


@contextmanager
def process(store_url, mint_url, *faults):
    bound = loopback_socket()
    settings = Settings(
        instance="rig", pod="rig-0", port=port_of(bound), store_url=store_url,
        database=f"validation_{os.getpid()}_{next(_number)}", version="2.0.0", commit="0" * 40,
        admin_key="key", log_path="", tier="staging", mint_url=mint_url, faults=faults,
        config_path=str(flag_defaults.CONFIGURATION),
    )  # fmt: skip
    with Servers("service") as servers:
        context = Context(settings)
        flag_defaults.seed(context.db, "staging", context.defects)
        context.db.performancebaselines.insert_one(dict(BASELINE))
        servers.serve(create_app(context), on=bound)
        with closing(context):
            yield context


@pytest.fixture
def context(money_store, money_mints):
    with process(money_store, money_mints["tests"].url) as made:
        yield made


def ask(context, headers=ADMIN):
    url = f"http://127.0.0.1:{context.settings.port}/api/admin/validate"
    return httpx.post(url, json={}, headers=headers, trust_env=False, timeout=30)


def failed(context):
    report = ask(context).json()
    found = {name for name, result in report["results"].items() if not result["success"]}
    assert report["success"] is not bool(found)
    assert all(result["problems"] for name, result in report["results"].items() if name in found)
    return found


def token(wallet, secret, amount=8, total=8):
    proof = {"id": "00", "amount": amount, "secret": secret, "C": "02"}
    return {
        "npub": "npub1", "wallet_id": wallet, "mint_url": "m", "status": "unspent",
        "total_amount": total, "proofs": [proof],
    }  # fmt: skip


def test_a_sound_deployment_is_found_so_by_every_check(context):
    report = ask(context).json()
    assert report["success"], report
    assert set(report["results"]) == set(validation.CHECKS)
    assert all(result["observed"] for result in report["results"].values())


def test_only_an_administrator_has_it_validated(context):
    assert ask(context, {}).status_code == 401
    assert ask(context, {"Authorization": "Bearer wrong"}).status_code == 401


def test_a_mint_that_does_not_answer_is_found(money_store):
    with process(money_store, NOWHERE) as context:
        assert failed(context) == {"applicationHealth"}


@pytest.mark.parametrize(
    "documents",
    [
        [token(1, "a", amount=4)],
        [token(2, "a")],
        [token(1, "a"), token(1, "a")],
    ],
    ids=["worth", "owner", "secret"],
)
def test_tokens_that_contradict_themselves_are_found(context, documents):
    context.db.cashuwallets.insert_one({"_id": 1, "npub": "npub1", "mint_url": "m"})
    context.db.cashutokens.insert_many(documents)
    assert failed(context) == {"databaseIntegrity"}


def test_a_secret_that_was_spent_before_is_no_contradiction(context):
    context.db.cashuwallets.insert_one({"_id": 1, "npub": "npub1", "mint_url": "m"})
    context.db.cashutokens.insert_many([token(1, "a"), token(1, "a") | {"status": "spent"}])
    assert failed(context) == set()


def test_a_missing_flag_and_an_unsound_one_are_found(context):
    context.db.featureflags.delete_one({"name": "enhancedErrorHandling"})
    assert failed(context) == {"featureFunctionality"}


def test_a_regression_and_a_missing_baseline_are_found(context):
    context.db.performancebaselines.update_one({}, {"$set": {"p50_ms": 0.000_1}})
    assert failed(context) == {"performanceRegression"}
    context.db.performancebaselines.delete_many({})
    assert failed(context) == {"performanceRegression"}


def test_a_header_that_is_not_sent_is_found(context, monkeypatch):
    monkeypatch.setitem(HEADERS, "permissions-policy", "interest-cohort=()")
    assert failed(context) == {"securityCompliance"}


def test_a_check_that_breaks_fails_and_leaves_the_others_alone(context, monkeypatch):
    def broken(_):
        raise KeyError("gone")

    monkeypatch.setitem(validation.CHECKS, "databaseIntegrity", broken)
    assert failed(context) == {"databaseIntegrity"}


def test_a_check_that_returns_nothing_or_saw_nothing_fails(context, monkeypatch):
    monkeypatch.setitem(validation.CHECKS, "databaseIntegrity", lambda _: None)
    assert failed(context) == {"databaseIntegrity"}
    monkeypatch.setitem(validation.CHECKS, "databaseIntegrity", lambda _: validation.Finding())
    assert failed(context) == {"databaseIntegrity"}


@pytest.mark.parametrize(
    ("fault", "lacking"),
    [
        ("NC-POST-17", set(validation.CHECKS)),
        ("NC-POST-19", {"featureFunctionality"}),
        ("NC-POST-20", set()),
        ("NC-POST-21", set()),
    ],
)
def test_each_defect_lets_an_unsound_deployment_pass(money_store, money_mints, fault, lacking):
    with process(money_store, money_mints["tests"].url, fault) as context:
        context.db.performancebaselines.delete_many({})
        if fault != "NC-POST-20":
            context.db.performancebaselines.insert_one(dict(BASELINE))
        report = ask(context).json()
    assert report["success"]
    assert set(validation.CHECKS) - set(report["results"]) == lacking
