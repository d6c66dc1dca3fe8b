"""Recovers the signers of orders as eth-account does it; a process of its own, for its back end.

Reads {domain, types, orders} from the file named first; writes the CPU time per order of each
round, in microseconds, as JSON.
"""

import json
import sys
import time
from pathlib import Path

from eth_account import Account
from eth_account.messages import encode_typed_data


def main(file: str, rounds: str) -> None:
    told = json.loads(Path(file).read_text(encoding="utf-8"))
    numbers = {field["name"] for field in told["types"]["Order"] if field["type"] == "uint256"}
    orders = [
        ({k: int(v) if k in numbers else v for k, v in one["message"].items()}, one["signature"])
        for one in told["orders"]
    ]
    times = []
    for _ in range(int(rounds)):
        began = time.process_time()
        for message, signature in orders:
            signable = encode_typed_data(told["domain"], told["types"], message)
            signer = Account.recover_message(signable, signature=signature)
            assert signer.lower() == message["maker"]
        times.append(1e6 * (time.process_time() - began) / len(orders))
    print(json.dumps(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
