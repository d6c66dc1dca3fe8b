"""The committed vectors: our path, eth-account, ethers and viem are of one mind."""

import json
from itertools import combinations
from pathlib import Path

import pytest

import contracts
from fixtures.probes.eip712 import signature
from fixtures.probes.eip712.domain import FIELDS, domain_type
from fixtures.probes.eip712.encode import Encoder, digest
from fixtures.probes.eip712.types import Schema
from tests.probes.eip712.foreign import vectors
from tests.probes.eip712.judging import computed

FOLDER = Path(contracts.__file__).parent / "typed_data"
TABLE = json.loads((FOLDER / "vectors.json").read_text(encoding="utf-8"))
CASES = TABLE["cases"]
VECTORS = [pytest.param(one, id=one.name) for one in vectors(FOLDER / "vectors.json")]
NAMED = {case["name"]: case for case in CASES}
LARGEST = 1_000_000

KNOWN_TYPES = {
    "Mail of EIP-712": "a0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2",
    "Permit of EIP-2612": "6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9",
    "TransferWithAuthorization of EIP-3009": (
        "7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267"
    ),
    "PermitSingle of Permit2": "f3841cd1ff0085026a6327b620b67997ce40f282c88a8e905a7a5626e310f3d0",
    "SafeTx of Safe": "bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8",
    "OrderComponents of Seaport": (
        "fa445660b7e21515a59617fcd68910b487aa5808b8abda3d78bc85df364b2c2f"
    ),
}
"""Type hashes as they stand in the sources of deployed contracts."""


@pytest.mark.parametrize("vector", VECTORS)
def test_our_path_computes_what_ethers_and_viem_computed(vector):
    vector.private_key = TABLE["privateKey"]

    found = computed(vector)

    assert vector.expected == {key: found[key] for key in vector.expected}
    assert set(vector.expected) == {"encoded", "separator", "digest", "signature"}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_the_signer_is_recovered_from_each_writing(case):
    hashed = bytes.fromhex(case["digest"][2:])
    read = signature.parse(case["signature"], accepts=signature.ETHEREUM)

    for convention in signature.Convention:
        assert signature.recover(hashed, read.written(convention)) == TABLE["address"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_eth_account_computes_the_same(case):
    from eth_account.messages import encode_typed_data
    from eth_utils.crypto import keccak

    declared = [
        {"name": field.name, "type": field.type.name}
        for field in domain_type(tuple(case["domain"])).fields
    ]
    document = {
        "types": {"EIP712Domain": declared, **case["types"]},
        "primaryType": case["primaryType"],
        "domain": case["domain"],
        "message": case["data"],
    }

    signable = encode_typed_data(full_message=document)

    found = keccak(b"\x19" + signable.version + signable.header + signable.body)
    assert "0x" + found.hex() == case["digest"]


@pytest.mark.parametrize(("name", "known"), KNOWN_TYPES.items(), ids=KNOWN_TYPES)
def test_a_well_known_type_has_its_published_hash(name, known):
    case = NAMED[f"known: {name}"]

    assert Schema(case["types"], case["primaryType"]).type_hash().hex() == known
    assert Schema(case["types"]).primary == case["primaryType"]


def test_the_example_of_the_standard_has_its_published_hashes_and_signature():
    case = NAMED["known: Mail of EIP-712"]
    encoder = Encoder(Schema(case["types"]))
    key = bytes.fromhex("c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4")

    hashed = digest(case["domain"], case["types"], None, case["data"])
    signed = signature.sign(hashed, key)

    assert encoder.struct_hash(case["data"]).hex() == (
        "c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e"
    )
    assert case["separator"] == (
        "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
    )
    assert hashed.hex() == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
    assert signature.address_of_private(key) == "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"
    assert (signed.r, signed.s, signed.written()[64]) == (
        0x4355C47D63924E8A72E509B65029052EB6C299D53A04E167C5775FD466751C9D,
        0x07299936D304C153F6443DFA05F40FF007D72911B6F72307F996231605B91562,
        28,
    )


def test_the_vectors_cover_every_atomic_type_and_every_domain():
    written = json.dumps([case["types"] for case in CASES])
    atomic = ["bool", "address", "string", "bytes"]
    atomic += [f"{kind}{8 * n}" for kind in ("uint", "int") for n in range(1, 33)]
    atomic += [f"bytes{n}" for n in range(1, 33)]
    subsets = {chosen for count in range(6) for chosen in combinations(FIELDS, count)}

    assert [kind for kind in atomic if f'"type": "{kind}"' not in written] == []
    assert subsets - {tuple(case["domain"]) for case in CASES} == set()


def test_the_vectors_are_unambiguous_and_small():
    assert len(NAMED) == len(CASES) >= 300
    assert (FOLDER / "vectors.json").stat().st_size < LARGEST
