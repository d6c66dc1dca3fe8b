"""What eth-account lets pass of what we refuse: why a second path is worth having."""

import json
from collections import Counter
from pathlib import Path

from eth_account.messages import encode_typed_data

import contracts

TABLE = json.loads(
    (Path(contracts.__file__).parent / "typed_data" / "refusals.json").read_text(encoding="utf-8")
)
PARTS = {"Part": [{"type": "uint8", "name": "part"}]}
LENIENT = {"LossyNumber", "WrongKind", "BadHex", "WrongLength", "BadAddress", "ExtraField"}
"""Leading zeros, numbers for texts, short bytes, lists of another length, wrong checksums …"""


def passes(row):
    types = {"Value": [{"type": row["type"], "name": "v"}]}
    if row["type"].startswith("Part"):
        types |= PARTS
    try:
        encode_typed_data({}, types, {"v": row["value"]})
    except Exception:  # noqa: BLE001 - whatever it raises is a refusal
        return False
    return True


def test_eth_account_lets_values_pass_for_these_reasons_and_no_others():
    passed = Counter(row["reason"] for row in TABLE["values"] if passes(row))

    assert set(passed) == LENIENT
