"""Several owners act together on a fork, and batches are read as the builder writes them."""

import json

import pytest

from contracts.evm import artifact
from fixtures.clients.contracts import Contract, Reverted
from fixtures.clients.multisig import (
    Safe,
    is_key,
    read_batch,
    refusal_of_batch,
    signers_of,
)
from fixtures.clients.outcomes import CapabilityMissing, ClientError
from fixtures.reference.chain.keys import address_of

STRANGER = "0x" + "77" * 20


@pytest.fixture
def escrow(fork, deployed):
    return Contract(fork, deployed.escrow, artifact("Escrow").abi)


def exported(safe, *steps):
    return json.dumps(
        {
            "chainId": "31337",
            "meta": {"createdFromSafeAddress": safe},
            "transactions": list(steps),
        }
    )


def called(to, name, **inputs):
    return {
        "to": to,
        "value": "0",
        "data": None,
        "contractMethod": {
            "name": name,
            "inputs": [{"name": key, "type": kind} for key, (kind, _) in inputs.items()],
        },
        "contractInputsValues": {key: value for key, (_, value) in inputs.items()},
    }


def test_a_safe_tells_who_must_sign(fork, deployed):
    signers = signers_of(fork, deployed.safe)
    assert set(signers.owners) == {address_of(key) for key in deployed.owner_keys}
    assert (signers.threshold, signers.modules) == (2, ())


def test_neither_a_key_nor_another_contract_is_a_multi_signature(fork, deployed):
    assert signers_of(fork, deployed.arbiter) is None
    assert signers_of(fork, deployed.base) is None
    assert is_key(fork, deployed.arbiter)
    assert not is_key(fork, deployed.base)


def test_enough_owners_act_and_fewer_do_not(fork, deployed, escrow):
    safe, owners = Safe(fork, deployed.safe), signers_of(fork, deployed.safe).owners
    pause = escrow.encode("pause")
    for too_few in (owners[:1], (owners[0], owners[0])):
        with pytest.raises(Reverted, match="GS02"):
            safe.execute(fork, too_few, escrow.address, pause)
    safe.execute(fork, owners[1:], escrow.address, pause)
    assert escrow.call("paused")


def test_a_batch_is_sent_step_by_step(fork, deployed, escrow):
    role = "0x" + bytes(escrow.call("ARBITER_ROLE")).hex()
    grant = called(
        deployed.escrow, "grantRole", role=("bytes32", role), account=("address", STRANGER)
    )
    raw = {"to": deployed.escrow, "value": "0", "data": escrow.encode("pause")}
    assert refusal_of_batch(fork, read_batch(exported(deployed.safe, grant, raw))) == ""
    assert escrow.call("hasRole", role, STRANGER)
    assert escrow.call("paused")


def test_the_refused_step_of_a_batch_is_named(fork, deployed, escrow):
    batch = read_batch(
        exported(deployed.safe, *[{"to": escrow.address, "data": escrow.encode("pause")}] * 2)
    )
    assert refusal_of_batch(fork, batch).startswith("step 2, raw data to")


def test_a_batch_of_somebody_else_cannot_be_rehearsed(fork, escrow):
    batch = read_batch(exported(STRANGER, {"to": escrow.address, "data": "0x1234"}))
    with pytest.raises(CapabilityMissing, match="no Safe"):
        refusal_of_batch(fork, batch)


def test_values_are_read_as_the_builder_writes_them():
    step = called(
        STRANGER, "f", accounts=("address[]", f'["{STRANGER}", "{STRANGER}"]'),
        amount=("uint256", "12"), yes=("bool", "true"), data=("bytes", "0x1234"),
    )  # fmt: skip
    [read] = read_batch(exported(STRANGER, step)).steps
    as_contract = Contract(
        None,
        STRANGER,
        [{"type": "function", **step["contractMethod"], "outputs": []}],
    )
    assert read.data == as_contract.encode("f", [STRANGER, STRANGER], 12, True, b"\x12\x34")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no json"),
        pytest.param("{}", id="nothing in it"),
        pytest.param(exported(STRANGER), id="no transaction"),
        pytest.param(
            exported(STRANGER, called(STRANGER, "f", a=("tuple", "(1)"))), id="a tuple as text"
        ),
    ],
)
def test_what_is_no_batch_is_refused(text):
    with pytest.raises(ClientError):
        read_batch(text)
