"""A plugin that tells how long a run spent in its recorder: `-p benchmarks.recorder_meter`."""

import json
import os
import time
from functools import wraps
from pathlib import Path

from fixtures.clients.recording import Recorder

TIMED = ("begin", "write", "capped", "capped_json", "end", "close")
spent = {"recorder": 0.0, "deep": 0, "lines": 0}
began = time.perf_counter()


def _timed(name):
    whole = getattr(Recorder, name)

    @wraps(whole)
    def timed(self, *arguments, **named):
        spent["lines"] += name == "write"
        spent["deep"] += 1
        started = time.perf_counter()
        try:
            return whole(self, *arguments, **named)
        finally:
            spent["deep"] -= 1
            if not spent["deep"]:
                spent["recorder"] += time.perf_counter() - started

    return timed


for each in TIMED:
    setattr(Recorder, each, _timed(each))


def pytest_unconfigure():
    """Write down the seconds in the recorder and since this plugin was loaded, and the lines."""
    found = {**spent, "run": time.perf_counter() - began}
    Path(os.environ["METERED"]).write_text(json.dumps(found), encoding="utf-8")
