import pytest

from contracts import metrics


def test_every_figure_names_its_unit_and_its_window_is_filled_in():
    found = metrics.figures("nctool")
    assert found["error_rate"].unit == "ratio"
    assert "{window}" not in found["error_rate"].over("5m")


@pytest.mark.parametrize(
    ("unit", "value", "expected"), [("ratio", 0.03, 3.0), ("percent", 3.0, 3.0), ("ratio", 1, 100)]
)
def test_a_share_is_read_in_its_unit(unit, value, expected):
    assert metrics.Figure("x", "", "x", unit).percent(value) == expected


@pytest.mark.parametrize(("unit", "value"), [("ratio", 3.0), ("percent", 101), ("seconds", 0.5)])
def test_a_share_in_another_unit_is_found_out(unit, value):
    with pytest.raises(ValueError, match="x is"):
        metrics.Figure("x", "", "x", unit).percent(value)


def test_times_are_read_in_seconds():
    assert metrics.Figure("x", "", "x", "milliseconds").seconds(1500) == 1.5
    with pytest.raises(ValueError, match="not a time"):
        metrics.Figure("x", "", "x", "ratio").seconds(1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format = 2\n[figures]", "format = 1"),
        ('format = 1\n[figures.a]\nwhat=""\nexpression=""\nunit="ratio"\nmore=1', "unknown keys"),
        ('format = 1\n[figures.a]\nwhat=""\nexpression=""', "lacks"),
        ('format = 1\n[figures.a]\nwhat=""\nexpression=""\nunit="furlong"', "unknown unit"),
    ],
    ids=["format", "unknown", "missing", "unit"],
)
def test_a_file_that_is_not_as_documented_is_refused(tmp_path, text, said):
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        metrics.read(path)
