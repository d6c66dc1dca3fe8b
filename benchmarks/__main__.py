"""`python -m benchmarks [NAME ...]`: run the named benchmarks, or all."""

import os
import platform
import sys

from benchmarks import gate, orders, recorder, token_corruptions, token_stores

BENCHMARKS = {
    **gate.BENCHMARKS,
    **recorder.BENCHMARKS,
    **orders.BENCHMARKS,
    **token_stores.BENCHMARKS,
    **token_corruptions.BENCHMARKS,
}


def main() -> int:
    """Run and print; 2 for an unknown name."""
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}")
        return 2
    cached = "no" if os.environ.get("PYTHONDONTWRITEBYTECODE") else "yes"
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, byte code kept: {cached}; "
        "medians of rounds in turn"
    )
    for name in names:
        print(f"\n{name}: {(BENCHMARKS[name].__doc__ or '').strip()}")
        print(BENCHMARKS[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main())
