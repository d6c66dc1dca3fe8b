from __future__ import annotations

import time

from fixtures.reference.meta_aggregator.backend.settings import ZERO_ADDRESS
from tests.reference.meta_aggregator.backend_rig import Backend, Wallet, refused


def withdrawal(backend: Backend, wallet: Wallet, amount: int, nonce: int = 1) -> dict[str, object]:
    message = {
        "account": wallet.address,
        "token": ZERO_ADDRESS,
        "amount": str(amount),
        "recipient": wallet.address,
        "nonce": str(nonce),
        "deadline": str(int(time.time()) + 600),
    }
    return {"withdrawal": message, "signature": backend.sign(wallet, "Withdrawal", message)}


def test_a_withdrawal_is_paid_exactly_once(backend: Backend):
    wallet = backend.funded(ZERO_ADDRESS, 10**15)
    before = backend.rpc.balance(wallet.address)
    body = withdrawal(backend, wallet, 10**14)
    assert backend.http.post("/api/withdrawals", json=body).status_code == 201
    assert backend.rpc.balance(wallet.address) - before == 10**14
    assert refused(backend.http.post("/api/withdrawals", json=body)) == (409, "nonce_used")
    much = withdrawal(backend, wallet, 10**16, nonce=2)
    assert refused(backend.http.post("/api/withdrawals", json=much)) == (
        409,
        "insufficient_balance",
    )
