import pytest

from fixtures.clients.log_archive import ACKNOWLEDGED, read_archive
from fixtures.clients.outcomes import ClientError, Inconclusive
from fixtures.clients.recording import NullRecorder

ENTRY = '[[error]]\nsignature = "ERROR x"\nby = "a@b.test"\nreason = "known"\n'


def archive(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return read_archive(folder, NullRecorder())


def test_the_lines_of_all_logs_are_read(tmp_path):
    found = archive(tmp_path, a_log="one\n", b_log="two\nthree\n", notes_txt="no log")

    assert found.lines == ("one", "two", "three")
    assert found.acknowledged == frozenset()


@pytest.mark.parametrize("files", [{}, {"a_log": ""}], ids=["no file", "no line"])
def test_nothing_kept_is_nothing_to_compare_with(tmp_path, files):
    with pytest.raises(Inconclusive, match="no line of an earlier log"):
        archive(tmp_path, **files)


def test_what_somebody_acknowledged_is_known(tmp_path):
    (tmp_path / ACKNOWLEDGED).write_text(ENTRY, encoding="utf-8")

    assert archive(tmp_path, a_log="one\n").acknowledged == {"ERROR x"}


@pytest.mark.parametrize("text", [ENTRY.replace("by =", "who ="), "not toml", "error = [1]"])
def test_an_acknowledgement_by_nobody_is_refused(tmp_path, text):
    (tmp_path / ACKNOWLEDGED).write_text(text, encoding="utf-8")

    with pytest.raises(ClientError, match="signature, by and reason"):
        archive(tmp_path, a_log="one\n")
