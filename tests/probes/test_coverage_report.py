"""Coverage reports: three forms, counts instead of rounded percentages, no file forgotten."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.coverage_report import Count, Coverage, of_files, read, together

SUMMARY = {
    "total": {"lines": {"total": 1, "covered": 1, "pct": 100}},
    "/anywhere/contracts/A.sol": {
        "lines": {"total": 4, "covered": 3, "pct": 100},
        "branches": {"total": 2, "covered": 1, "pct": 100},
    },
}
MAP = {
    "contracts/A.sol": {
        "statementMap": {
            "1": {"start": {"line": 3}},
            "2": {"start": {"line": 3}},
            "3": {"start": {"line": 5}},
        },
        "s": {"1": 0, "2": 2, "3": 0},
        "b": {"1": [1, 0]},
        "branchMap": {},
        "fnMap": {},
    }
}
LCOV = """TN:
SF:contracts/A.sol
DA:3,2
DA:5,0
BRDA:3,0,0,1
BRDA:3,0,1,-
end_of_record
"""


def test_a_summary_is_read_by_its_counts():
    assert read(json.dumps(SUMMARY)) == {
        "/anywhere/contracts/A.sol": Coverage(Count(4, 3), Count(2, 1))
    }


@pytest.mark.parametrize("text", [json.dumps(MAP), LCOV], ids=["istanbul map", "lcov"])
def test_a_line_counts_once_however_many_statements_it_has(text):
    assert read(text) == {"contracts/A.sol": Coverage(Count(2, 1), Count(2, 1))}


def test_a_map_with_lines_of_its_own_is_read_by_them():
    entry = MAP["contracts/A.sol"] | {"l": {"3": 1, "4": 0, "5": 0}}
    assert read(json.dumps({"A.sol": entry}))["A.sol"].lines == Count(3, 1)


@pytest.mark.parametrize("text", ["", "{", "nothing of this", "[1]"])
def test_another_text_holds_no_coverage(text):
    assert read(text) == {}


def test_files_are_found_by_their_place_in_the_repository():
    report = {"/x/contracts/A.sol": Coverage(Count(1, 1)), "/x/contracts/BA.sol": Coverage()}
    assert set(of_files(report, ["contracts/A.sol", "contracts/C.sol"])) == {"contracts/A.sol"}
    assert of_files(report, ["A.sol"])["A.sol"].lines == Count(1, 1)


@given(
    st.lists(
        st.integers(0, 500).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=6
    )
)
def test_only_what_is_covered_whole_is_a_hundred_per_cent(pairs):
    whole = together(Coverage(Count(total, covered)) for total, covered in pairs).lines
    assert (whole.percent == 100) == all(total == covered for total, covered in pairs)
    assert 0 <= whole.percent <= 100
