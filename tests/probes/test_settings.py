import pytest

from fixtures.probes.settings import settings


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=b", {"A": "b"}),
        ("export A = b ", {"A": "b"}),
        ('A="b # c"', {"A": "b # c"}),
        ("A=b # why", {"A": "b"}),
        ("A=x=y", {"A": "x=y"}),
        ("A=", {"A": ""}),
        ("# A=b", {}),
        ("A=1\nA=2", {"A": "2"}),
    ],
)
def test_settings_are_read_as_shells_do(line, expected):
    assert settings(line) == expected
