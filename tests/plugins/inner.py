"""The suites that most inner sessions run."""

import pytest

GREEN = '''
@pytest.mark.item("MA-POST-01")
def test_first(target, evidence):
    """A claim."""
    observe(target, evidence)
    assert target.profile.name == "inner"


@pytest.mark.item("MA-POST-02")
def test_second(target, evidence):
    """A claim."""
    observe(target, evidence)
    assert target.profile.name == "inner"
'''

BOTH = ["MA-POST-01", "MA-POST-02"]

workers = pytest.mark.parametrize(
    "parallel", [pytest.param((), id="serial"), pytest.param(("-n", "2"), id="xdist")]
)


def check(body, item="MA-POST-02", decorators=""):
    """The green suite, with the second check replaced."""
    first = GREEN[: GREEN.index('\n\n@pytest.mark.item("MA-POST-02")')]
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return f'''{first}

{decorators}
@pytest.mark.item("{item}")
def test_second(target, evidence):
    """A claim."""
{indented}
'''


CASES = '''
@pytest.mark.item("MA-POST-01")
@pytest.mark.parametrize("case", ["one", pytest.param("two", marks=pytest.mark.writes)])
def test_cases(case, target, evidence):
    """A claim."""
    observe(target, evidence)
    assert case in ("one", "two")
'''
