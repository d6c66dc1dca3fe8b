from __future__ import annotations

import httpx
from eth_account.messages import encode_defunct

from tests.reference.meta_aggregator.backend_rig import Backend, Wallet, refused


def login(backend: Backend, claimed: Wallet, signer: Wallet) -> httpx.Response:
    challenge = backend.http.post("/api/auth/challenge", json={"address": claimed.address}).json()
    signed = signer.account.sign_message(encode_defunct(text=challenge["message"]))
    return backend.http.post(
        "/api/auth/login",
        json={
            "address": claimed.address,
            "signature": "0x" + signed.signature.hex().removeprefix("0x"),
        },
    )


def test_a_session_belongs_to_the_address_that_signed(backend: Backend):
    wallet = Wallet()
    answer = login(backend, wallet, wallet)
    assert answer.status_code == 200
    assert "HttpOnly" in answer.headers["set-cookie"]
    backend.http.cookies.clear()
    bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert backend.http.get("/api/auth/session", headers=bearer).json()["address"] == wallet.address
    assert backend.http.post("/api/auth/logout", headers=bearer).status_code == 200
    assert refused(backend.http.get("/api/auth/session", headers=bearer)) == (401, "no_session")


def test_over_https_the_cookie_is_not_for_plain_http(backend: Backend):
    wallet = Wallet()
    for scheme, secure in (("https", True), ("http", False)):
        backend.http.headers["x-forwarded-proto"] = scheme
        try:
            cookie = login(backend, wallet, wallet).headers["set-cookie"]
        finally:
            del backend.http.headers["x-forwarded-proto"]
            backend.http.cookies.clear()
        assert cookie.endswith("; Secure") is secure


def test_another_addresss_signature_opens_no_session(backend: Backend, start):
    claimed, thief = Wallet(), Wallet()
    assert refused(login(backend, claimed, thief)) == (401, "invalid_signature")
    assert login(start("MA-POST-20"), claimed, thief).status_code == 200
