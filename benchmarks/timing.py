"""Whole commands, timed in turn, so that a drift of the machine meets all of them."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import truediv
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Command:
    """A command under a name, with the exit codes that it may end with."""

    name: str
    argv: Sequence[str]
    cwd: Path = ROOT
    codes: tuple[int, ...] = (0,)
    environ: Mapping[str, str] = field(default_factory=dict)


def seconds(command: Command) -> float:
    """Wall time of one run.

    Raises:
        RuntimeError: the command ended with another exit code than expected.
    """
    began = time.perf_counter()
    done = subprocess.run(
        command.argv,
        cwd=command.cwd,
        env={**os.environ, **command.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode not in command.codes:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise RuntimeError(f"{command.name}: exit code {done.returncode}\n{tail}")
    return took


def compare(commands: Sequence[Command], runs: int) -> dict[str, list[float]]:
    """Times of all commands, one warm-up each, then `runs` rounds in turn."""
    for command in commands:
        seconds(command)
    times: dict[str, list[float]] = {command.name: [] for command in commands}
    for _ in range(runs):
        for command in commands:
            times[command.name].append(seconds(command))
    return times


def table(times: Mapping[str, list[float]], *bases: str) -> str:
    """Median and range of each, and the medians of its ratios to the bases, round by round."""
    lines = [f"{'':<44}{'median':>9}{'min':>9}{'max':>9}   ratio to {', to '.join(bases)}"]
    for name, values in times.items():
        ratios = (statistics.median(map(truediv, values, times[base])) for base in bases)
        lines.append(
            f"{name:<44}{statistics.median(values):>8.3f}s{min(values):>8.3f}s"
            f"{max(values):>8.3f}s  {''.join(f'{ratio:>7.2f}' for ratio in ratios)}"
        )
    return "\n".join(lines)
