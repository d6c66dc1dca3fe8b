import threading

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.melting import Melting
from fixtures.clients.nctool import NcTool
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor
from tests.clients.stub import stub

NPUB = "npub1x"
PATH = f"/api/wallets/{NPUB}/melt"


@pytest.fixture
def melting():
    recorder = NullRecorder(Redactor([]))
    recorder.grant(("read", "write"))
    return lambda url: Melting(NcTool(HttpClient(url, recorder)), NPUB, "lnbc1", key="k")


def test_a_melt_runs_beside_the_check_until_it_is_answered(melting):
    answer = threading.Event()

    def late(*_):
        assert answer.wait(5)
        return {"state": "PAID"}

    with stub({PATH: late}) as server, melting(server.url) as melt:
        assert not melt.ended(0.05)
        assert "no answer to the melt yet" in melt.explain("PAID")
        answer.set()
        assert melt.ended(5)
        (request,) = server.requests
    assert melt.reply.json() == {"state": "PAID"}
    assert melt.took_s > 0.05
    assert "PAID" in melt.explain("PAID")
    assert request[2]["Idempotency-Key"] == "k"


def test_a_melt_that_is_cut_off_says_so(melting):
    with melting("http://127.0.0.1:9") as melt:
        assert melt.ended(5)
    assert melt.reply is None
    assert melt.lost
    assert melt.lost in melt.explain("PAID")
