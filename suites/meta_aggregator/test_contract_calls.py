"""Calls to contracts through the deployed stack: escrow, Uniswap router, every configured chain."""

import json

import pytest

from contracts.evm import artifact
from fixtures.clients.contract_interface import unanswered
from fixtures.clients.contracts import Contract, Reverted
from fixtures.clients.meta_aggregator import NOBODY, error_code
from fixtures.clients.outcomes import ClientError

SMALL_AMOUNT = 10**15
UNDECLARED_CHAIN = 999_999_937


@pytest.mark.item("MA-POST-10")
def test_the_shipped_interface_fits_the_deployed_escrow(api, chain, operations, evidence):
    """Every function of the ABI that the back end ships is answered by the contract it points to.

    An interface of another release encodes calls that the contract does not know, and each of
    them fails only when a user needs it.
    """
    shipped = api.escrow_contract()
    assert shipped.status == 200, shipped.explain("status 200")
    escrow = Contract(chain, shipped.json()["address"], shipped.json()["abi"])
    problems = unanswered(escrow)
    functions = [entry["name"] for entry in escrow.abi if entry["type"] == "function"]
    tool = operations.run("contract_interaction")
    evidence.observe(functions_called=len(functions), unanswered=problems)

    assert problems == [], f"{escrow.address} does not answer: {'; '.join(problems)}"
    assert _refusal_of_dust(escrow, sent=1, stated=1) == "", "one wei could not be funded"
    refusal = _refusal_of_dust(escrow, sent=1, stated=2)
    assert refusal == "EtherMismatch", f"funding less than stated: {refusal or 'accepted'}"
    assert tool.ok, tool.explain()
    said = json.loads(tool.stdout.splitlines()[-1])
    assert said["chain_id"] == chain.chain_id(), tool.explain(f"chain {chain.chain_id()}")
    assert said["address"] == escrow.address, tool.explain(f"the escrow {escrow.address}")


@pytest.mark.item("MA-POST-26")
def test_the_configured_router_quotes_a_small_swap(api, chain, target, limits, evidence):
    """The configured Uniswap router has code on this chain, and prices a swap as its pool does.

    The address of another chain's router looks right and has no code here.
    """
    limit = limits["swap_price_impact_pct"]
    config, tokens = api.config(), target.require("tokens")
    assert config.status == 200, config.explain("status 200")
    address = config.json()["contracts"]["router"]
    code = chain.code(address)
    evidence.observe(code_bytes=len(code), router=address)
    assert code, f"no contract at the router's address {address} on chain {chain.chain_id()}"

    router = Contract(chain, address, artifact("UniswapV2Router02").abi)
    path = [tokens.base, tokens.quote]
    bought = router.call("getAmountsOut", SMALL_AMOUNT, path)[-1]
    spot = SMALL_AMOUNT * _pool_price(chain, router, path)
    impact_pct = round(float(100 * (spot - bought) / spot), 3)
    evidence.observe(swaps_simulated=1, bought=str(bought), swap_price_impact_pct=impact_pct)
    assert limit.holds(impact_pct), limit.explain(impact_pct)


@pytest.mark.item("MA-POST-27")
def test_each_declared_chain_is_served_and_no_other(api, target, evidence):
    """Reads and quotes for every declared chain come from that chain; another chain is refused.

    A request that is quietly executed on the default chain quotes, and later moves, the wrong
    money.
    """
    declared, config = target.require("chains"), api.config()
    assert config.status == 200, config.explain("status 200")
    deployed = {entry["chainId"]: entry for entry in config.json()["deployments"]}
    assert set(deployed) == set(declared), config.explain(f"deployments on {sorted(declared)}")
    pairs = {number: [t["address"] for t in deployed[number]["tokens"][:2]] for number in declared}
    replies = {
        number: (api.escrow_contract(number), api.quote(number, *pairs[number], SMALL_AMOUNT))
        for number in declared
    }
    home = target.require("chain_id")
    foreign = (
        api.escrow_contract(UNDECLARED_CHAIN),
        api.quote(UNDECLARED_CHAIN, *pairs[home], SMALL_AMOUNT),
    )
    evidence.observe(chains_served=len(replies), requests_refused=len(foreign))
    for reply in replies[home]:
        assert reply.status == 200, reply.explain(f"status 200 for chain {home}")
    for reply in foreign:
        assert reply.status == 400, reply.explain("a refusal with status 400")
        assert error_code(reply) == "unsupported_chain", reply.explain("unsupported_chain")
    for number, both in replies.items():
        for reply in both:
            assert reply.status == 200, reply.explain(f"status 200 for chain {number}")
            assert reply.json()["chainId"] == number, reply.explain(f"an answer of chain {number}")


def _refusal_of_dust(escrow, *, sent, stated):
    """Name of the error with which funding a few wei is refused when simulated; "" when it is not.

    The escrow itself plays the payer: it is the one account that certainly holds ether.
    """
    try:
        escrow.call("fund", NOBODY, stated, sender=escrow.address, value=sent)
    except Reverted as refusal:
        return refusal.name
    return ""


def _pool_price(chain, router, path):
    """What one unit of the first token is worth in the second, by the reserves of their pool."""
    factory = Contract(chain, router.call("factory"), artifact("UniswapV2Factory").abi)
    pool = Contract(chain, factory.call("getPair", *path), artifact("UniswapV2Pair").abi)
    reserves = pool.call("getReserves")[:2]
    sold, bought = reserves if pool.call("token0") == path[0] else reversed(reserves)
    if not sold:
        raise ClientError(f"The pool {pool.address} of {' and '.join(path)} is empty.")
    return bought / sold
