import pytest

from contracts.evm.build import committed_input
from fixtures.probes.solidity import (
    compiler_of,
    unchecked_arithmetic,
    unchecked_compilers,
    version_of,
)

HEAD = "pragma solidity ^0.8.28;\n"


@pytest.mark.parametrize(
    "block",
    [
        "unchecked { fee = amount * bps; }",
        "unchecked\n{\n  if (a) { total -= b; }\n}",
        "unchecked { i++; sum += i; }",
    ],
    ids=["product", "nested", "beside-a-counter"],
)
def test_arithmetic_without_checks_is_found_with_its_line(block):
    [found] = unchecked_arithmetic({"A.sol": f"{HEAD}contract A {{\n{block}\n}}"})
    assert found.startswith("A.sol:3: unchecked {")


@pytest.mark.parametrize(
    "text",
    [
        "unchecked { ++i; }",
        "unchecked { i++; }",
        "// unchecked { a * b; }",
        "/* unchecked {\n a * b; } */",
        'string s = "unchecked { a * b }";',
        "uint256 uncheckedSum = a + b;",
    ],
    ids=["counting-up", "counting-up-after", "comment", "long-comment", "text", "name"],
)
def test_what_computes_nothing_unchecked_is_let_through(text):
    assert unchecked_arithmetic({"A.sol": HEAD + text}) == []


@pytest.mark.parametrize(
    ("pragma", "fits"),
    [
        ("pragma solidity ^0.8.28;", True),
        ("pragma solidity >=0.8.4 <0.9.0;", True),
        ("pragma solidity ^0.7.6;", False),
        ("pragma solidity >=0.6.0 <0.9.0;", False),
        ("// pragma solidity ^0.8.28;", False),
    ],
    ids=["caret", "range", "old", "range-from-old", "commented-out"],
)
def test_a_pragma_lets_only_checking_compilers_through(pragma, fits):
    assert (unchecked_compilers({"A.sol": pragma}) == []) is fits


def test_our_own_sources_compute_with_checks():
    sources = {
        unit: source["content"]
        for unit, source in committed_input("Escrow")["sources"].items()
        if not unit.startswith("@")
    }
    assert unchecked_arithmetic(sources) == unchecked_compilers(sources) == []


def test_the_compiler_is_read_from_the_metadata_where_there_is_one():
    metadata = b"\xa1\x64solc\x43" + bytes([0, 8, 37])
    assert compiler_of(b"\x60\x00" + metadata + len(metadata).to_bytes(2, "big")) == (0, 8, 37)
    assert compiler_of(b"\x60\x00\x52") is None
    assert compiler_of(b"") is None


def test_versions_are_read_from_a_name():
    assert version_of("solc 0.8.37") == (0, 8, 37)
    assert version_of("solc") == ()
