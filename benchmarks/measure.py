"""Times ours beside a peer or a floor, interleaved, and prints rows that programs can read.

A row is `{"case", "value", "unit", "reference", "reference_value", "ratio", "target", "met"}`. `target`
says what must hold, of `value` or of `ratio`; `met` is computed from it, never written by hand.
Single figures move by half on a busy machine; ratios of interleaved medians are worth trusting.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = re.compile(r"(value|ratio) (<=|>=) ([0-9.]+)\Z")
MISSING = "no figure"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measured case.

    Attributes:
        case: What was done.
        value: Our figure; the median.
        unit: Its unit.
        reference: What it stands beside, and how often that was run if not as often as ours.
        reference_value: Its figure; None if it could not be run.
        target: `value <= 6` or `ratio >= 0.5`; empty where there is none.
    """

    case: str
    value: float
    unit: str
    reference: str
    reference_value: float | None
    target: str
    ratio: float | None = field(init=False)
    met: bool | None = field(init=False)

    def __post_init__(self) -> None:
        """Compute what follows from the rest."""
        ratio = None if self.reference_value is None else round(self.value / self.reference_value, 4)
        object.__setattr__(self, "ratio", ratio)
        object.__setattr__(self, "met", judge(self.target, self.value, ratio))


def judge(target: str, value: float, ratio: float | None) -> bool | None:
    """Whether a target holds; None where there is none or nothing to hold it against."""
    if not target:
        return None
    match = TARGET.match(target)
    if match is None:
        message = f"not a target: {target!r}"
        raise ValueError(message)
    subject = {"value": value, "ratio": ratio}[match[1]]
    if subject is None:
        return None
    limit = float(match[3])
    return subject <= limit if match[2] == "<=" else subject >= limit


def interleave(contenders: Mapping[str, Callable[[], float]], runs: int) -> dict[str, float]:
    """Run contenders in turn, `runs` times round; returns the median of each."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, contender in contenders.items():
            seconds[name].append(contender())
    return {name: statistics.median(each) for name, each in seconds.items()}


def seconds(command: Sequence[str | Path], *, limit: float = 600.0, **environment: str) -> float:
    """How long a command takes, its output thrown away.

    Programs in Python keep what they compile of their modules, whatever the shell says of that: without, each
    run compiles all it imports, which nobody's installed program does.

    Raises:
        subprocess.TimeoutExpired: If it takes longer than `limit`.
        subprocess.CalledProcessError: If it fails; its message is printed.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=limit,
        env={**kept, **environment},
    )
    elapsed = time.perf_counter() - started
    if done.returncode:
        sys.stderr.write(done.stderr.decode("utf-8", "replace"))
        raise subprocess.CalledProcessError(done.returncode, [str(part) for part in command])
    return elapsed


def parser(description: str) -> argparse.ArgumentParser:
    """A parser with what every benchmark takes."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("-o", "--output", choices=("text", "json"), default="text", help="how to print rows")
    made.add_argument("--runs", type=int, default=5, help="how often each is run; the median counts")
    return made


def show(rows: Sequence[Row], output: str) -> int:
    """Print the rows; returns 1 if a target was missed."""
    if output == "json":
        print(json.dumps({"version": 1, "rows": [asdict(row) for row in rows]}, indent=2))
    else:
        for row in rows:
            peer = MISSING if row.reference_value is None else f"{row.reference_value:.3f} {row.unit}"
            verdict = {True: "met", False: "MISSED", None: ""}[row.met]
            ratio = "" if row.ratio is None else f"ratio {row.ratio:.3f}"
            print(f"{row.case:<22} {row.value:9.3f} {row.unit:<3} {ratio:<14} {row.target:<14} {verdict}")
            print(f"{'':<22} beside {row.reference}: {peer}")
    return int(any(row.met is False for row in rows))
