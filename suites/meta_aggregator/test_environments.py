"""The surroundings of the release: dependencies, environment profiles, staging."""

from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from contracts.evm import artifact
from contracts.statuses import Status
from fixtures.clients.chain import Chain
from fixtures.clients.files import read_json
from fixtures.probes.settings import settings

ONE_TOKEN = 10**18


@pytest.mark.item("MA-PRE-11")
def test_every_external_dependency_answers_a_valid_request(
    target, http, upstream, chain, operations, evidence
):
    """Price API, Uniswap and the RPC provider answer what the release will ask them.

    A retired path or a revoked key shows only with the very request, key and version in use.
    """
    tokens = target.require("tokens")
    path = target.require("upstream_path")
    asked = {
        "chainId": target.require("chain_id"),
        "sellToken": tokens.base,
        "buyToken": tokens.quote,
        "sellAmount": ONE_TOKEN,
        "taker": "0x000000000000000000000000000000000000dEaD",
    }
    price = upstream.get(path, params=asked)
    stranger = upstream.get(path, params=asked, headers={"0x-api-key": "nobody"})
    config = http.get("/api/config")
    script = operations.run("external_apis")
    node = chain.chain_id()

    evidence.observe(dependencies_asked=3, price_api_status=price.status, chain_id=node)
    assert price.status == 200, price.explain("200 and a price, for the configured key and path")
    assert int(price.json().get("buyAmount") or 0) > 0, price.explain("a buyAmount above zero")
    assert stranger.status in {401, 403}, stranger.explain("an unknown key to be refused")
    assert node == target.require("chain_id"), f"the RPC provider serves chain {node}"
    assert config.status == 200, config.explain("the addresses in use")
    router = config.json()["contracts"]["router"]
    abi = artifact("UniswapV2Router02").abi
    paid = chain.call_contract(router, abi, "getAmountsOut", ONE_TOKEN, [tokens.base, tokens.quote])
    assert paid[-1] > 0, f"Uniswap's router {router} pays {paid} for one token"
    assert script.ok, script.explain("the release's own script to agree")


@pytest.mark.item("MA-PRE-12")
@pytest.mark.parametrize(
    ("file", "chain_id", "api_host"),
    [
        pytest.param(".env.local", "chain_id.local", "api_host.local", id="local"),
        pytest.param(".env.staging", "chain_id.staging", "api_host.staging", id="staging"),
        pytest.param(
            ".env.production", "chain_id.production", "api_host.production", id="production"
        ),
    ],
)
def test_an_environment_profile_selects_its_own_chain_and_store(
    checkout, limits, evidence, file, chain_id, api_host
):
    """Each environment's settings lead to its own chain, API host and store.

    With another one's settings, a release trades real money against a test network or the
    reverse.
    """
    chosen = settings(checkout.read(file))
    others = [settings(checkout.read(name)) for name in (".env.local", ".env.staging",
              ".env.production") if name != file]  # fmt: skip
    with closing(Chain(chosen["RPC_URL"], checkout.recorder)) as node:
        answered = node.chain_id()
    host = urlsplit(chosen["API_URL"]).netloc

    evidence.observe(profiles_asked=1, chain_id=answered, api_host=host)
    limit = limits[chain_id]
    assert limit.holds(answered), f"{file}: the node at its RPC_URL: {limit.explain(answered)}"
    assert chosen.get("CHAIN_ID", str(answered)) == str(answered), f"{file} states another CHAIN_ID"
    assert limits[api_host].holds(host), f"{file}: {limits[api_host].explain(host)}"
    store = chosen["DATABASE_URL"]
    assert store.startswith("sqlite:"), f"{file}: the order book is SQLite, configured is {store}"
    assert store not in [other["DATABASE_URL"] for other in others], f"{file} shares its store"


@pytest.mark.item("MA-PRE-13")
def test_staging_runs_the_commit_that_passed_there(target, staging, release, evidence):
    """Staging serves the release commit, and a stored run of this suite on it says go.

    What was validated is that commit: another build has been validated by nobody.
    """
    config = staging.get("/api/config")
    stored = read_json(target.require("staging_verdict"), target.recorder)
    passed = [i for i in stored["items"] if i["status"] == Status.PASSED]
    blocking = [i["id"] for i in stored["items"] if not Status(i["status"]).lets_pass]

    evidence.observe(
        items_passed_on_staging=len(passed),
        stored_run=stored["run_id"],
        stored_verdict=stored["verdict"],
    )
    assert config.status == 200, config.explain("the release that staging serves")
    served = config.json()["release"]["commit"]
    assert served == release.commit, f"staging serves {served}, the release is {release.commit}"
    assert stored["release"]["commit"] == release.commit, (
        f"the stored run is of commit {stored['release']['commit']}"
    )
    assert stored["verdict"] == "go", f"the stored run says {stored['verdict']}: {blocking}"
    assert not blocking, f"the stored run says go although these stand in the way: {blocking}"
    assert stored["fault"] is None, f"the stored run had the fault {stored['fault']} switched on"
    assert datetime.fromisoformat(stored["finished"]) <= datetime.now(UTC), "run in the future"
