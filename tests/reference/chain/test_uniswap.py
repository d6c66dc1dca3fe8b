"""Uniswap V2 as published: the pool is real, a quote is what a swap gives."""

from __future__ import annotations

import pytest

from contracts.evm import artifact
from fixtures.reference.chain import RevertError
from fixtures.reference.chain.deploy import POOL_BASE, POOL_QUOTE
from fixtures.reference.chain.keys import address_of

from .conftest import ETHER

ROUTER = artifact("UniswapV2Router02").abi
FAR = 2**40


def test_the_pool_holds_both_tokens(escrow, deployed):
    pair = deployed.uniswap.pair
    assert escrow.token(deployed.base, "balanceOf", pair) == POOL_BASE
    assert escrow.token(deployed.quote, "balanceOf", pair) == POOL_QUOTE


@pytest.mark.parametrize("amount", [1000, ETHER, 5000 * ETHER], ids=["dust", "one", "much"])
def test_a_quote_is_what_a_swap_gives(escrow, deployed, rpc, alice, amount):
    path = [deployed.base, deployed.quote]
    router = deployed.uniswap.router
    _, quoted = rpc.call_contract(ROUTER, router, "getAmountsOut", amount, path)
    taxed = amount * 997
    assert quoted == taxed * POOL_QUOTE // (POOL_BASE * 1000 + taxed)
    escrow.token(deployed.base, "approve", router, amount, key=alice)
    before = escrow.token(deployed.quote, "balanceOf", address_of(alice))
    arguments = (amount, quoted, path, address_of(alice), FAR)
    rpc.transact(alice, ROUTER, router, "swapExactTokensForTokens", *arguments)
    assert escrow.token(deployed.quote, "balanceOf", address_of(alice)) - before == quoted


def test_a_swap_that_slips_is_refused(escrow, deployed, rpc, alice):
    path = [deployed.base, deployed.quote]
    router = deployed.uniswap.router
    _, quoted = rpc.call_contract(ROUTER, router, "getAmountsOut", ETHER, path)
    escrow.token(deployed.base, "approve", router, ETHER, key=alice)
    arguments = (ETHER, quoted + 1, path, address_of(alice), FAR)
    with pytest.raises(RevertError, match="INSUFFICIENT_OUTPUT_AMOUNT"):
        rpc.transact(alice, ROUTER, router, "swapExactTokensForTokens", *arguments)
