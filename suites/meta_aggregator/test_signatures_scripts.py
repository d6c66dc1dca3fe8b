"""The release's own scripts that sign and verify orders, run against staging with a test key."""

import json

import pytest

from fixtures.clients.meta_aggregator import MetaAggregator
from fixtures.clients.outcomes import ClientError
from fixtures.clients.wallets import Wallet
from suites.meta_aggregator.desk import desk_at

SPOILED = {
    "altered": lambda order: order.altered("buyAmount"),
    "signed-by-somebody-else": lambda order: order.signed_by(Wallet.fresh()),
    "signature-cut-off": lambda order: order.with_signature(order.signature[:-2]),
}


@pytest.mark.item("MA-SIG-10")
@pytest.mark.writes
def test_the_signing_script_succeeds_with_a_transaction_on_the_chain(
    operations, staging, staging_chain, evidence
):
    """The script signAndSend succeeds only with an order and a transaction that staging knows.

    People believe a script that ends without an error, whatever it left undone.
    """
    done = operations.run("sign_and_send")
    said = _last_line(done)
    sent = str(said.get("transactionHash", ""))
    receipt = staging_chain.receipt(sent) if sent else None
    order = MetaAggregator(staging).order(said["id"]) if "id" in said else None
    evidence.observe(transactions_found=int(receipt is not None), transaction=sent)

    assert done.ok, done.explain()
    assert "success" in done.stdout, done.explain("a line that reports success")
    assert receipt is not None, done.explain("a transaction that is on staging's chain")
    assert receipt["status"] == "0x1", done.explain("a transaction that was executed")
    assert order is not None, done.explain("the id of the order that was sent")
    assert order.status == 200, order.explain("the order that the script sent")
    assert order.json()["order"]["maker"] == said["signer"], order.explain("signed by the test key")


@pytest.mark.item("MA-SIG-10")
@pytest.mark.writes
def test_the_signing_script_fails_when_it_cannot_send(operations, evidence):
    """With a key that cannot pay for its transaction, signAndSend fails and says so.

    A failure that looks like a success is found by the users.
    """
    control = operations.run("sign_and_send")
    attempt = operations.run("sign_and_send", env={"TEST_KEY": Wallet.fresh().key})
    evidence.observe(refusals_seen=int(attempt.exit_code != 0), exit_code=attempt.exit_code)

    assert "transactionHash" in _last_line(control), control.explain("a transaction")
    assert attempt.exit_code != 0, attempt.explain("a failure: the key holds no ether")
    assert "transactionHash" not in _last_line(attempt), attempt.explain("no transaction")


@pytest.mark.item("MA-SIG-10")
@pytest.mark.parametrize("spoiled", SPOILED)
def test_the_verification_script_tells_good_orders_from_bad(
    operations, staging, tmp_path, evidence, spoiled
):
    """The script passes an order as its maker signed it, and fails for any other.

    What it passes is sent on with the word of the release's own check.
    """
    honest = desk_at(staging).order()
    bad = SPOILED[spoiled](honest)
    verdicts = []
    for order, name in ((honest, "honest.json"), (bad, "bad.json")):
        path = tmp_path / name
        body = {"order": dict(order.message), "signature": order.signature}
        path.write_text(json.dumps(body), encoding="utf-8")
        verdicts.append(operations.run("verify_order", order=path))
    good, refused = verdicts
    evidence.observe(orders_verified=int(good.ok), refusals_seen=int(not refused.ok))

    assert good.ok, good.explain()
    assert "success" in good.stdout, good.explain("a line that reports success")
    assert _last_line(good).get("signer") == honest.wallet.address, good.explain("the signer")
    assert refused.exit_code != 0, refused.explain(f"a failure: the order was {spoiled}")


def _last_line(done):
    """The JSON object that a script ends with."""
    lines = done.stdout.strip().splitlines()
    try:
        said = json.loads(lines[-1]) if lines else None
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise ClientError(done.explain("a JSON object as the last line"))
    return said
