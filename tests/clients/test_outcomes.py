import pytest

from fixtures.clients.outcomes import CapabilityMissing

SAID = {
    "a sentence": ("None is named.", "Name one.", "tool is missing: None is named. Name one."),
    "a clause": ("is not named", "name one", "tool is missing: is not named; name one"),
    "no remedy": ("is not named", "", "tool is missing: is not named"),
}


@pytest.mark.parametrize(("reason", "remedy", "message"), SAID.values(), ids=SAID)
def test_what_is_missing_and_what_to_do_read_as_one(reason, remedy, message):
    assert str(CapabilityMissing("tool", reason, remedy)) == message
