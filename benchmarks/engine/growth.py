"""How time and memory grow with the number of agents."""

import math
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engine.bench import QPF, Bench
from benchmarks.engine.turns import take_turns
from benchmarks.measure import Row

DOUBLING = 2.05
SAMPLE_SECONDS = 0.02
MEMORY = {1000: 120, 10_000: 300}
"""MiB that a fleet's compile may take, by its size."""


def growth(bench: Bench) -> Iterator[Row]:
    """Compile a tenth of the agents, all, twice and ten times as many, cold; then again, for their memory."""
    size = bench.agents
    sources = {each: bench.sources(each) for each in (size // 10, size, 2 * size, 10 * size)}
    figures = take_turns({str(each): bench.cold(sources[each]) for each in sources}, {}, bench.runs)
    for first, last in ((size // 10, size), (size, 2 * size), (size, 10 * size)):
        before, after = (figures[str(each)].median for each in (first, last))
        doublings = math.log2(last / first)
        yield Row(
            case=f"growth {first} to {last}",
            value=round((after / before) ** (1 / doublings), 3),
            unit="x",
            reference=f"a doubling of agents ({before:.2f} s to {after:.2f} s in {doublings:.1f} of them)",
            reference_value=2.0,
            target=f"value <= {DOUBLING}",
        )
    for each, source in sources.items():
        most = peak([QPF, "-C", bench.copy(source), "compile"])
        yield Row(
            case=f"memory {each}",
            value=round(most.resident, 1),
            unit="MiB",
            reference="pages that processes share counted once",
            reference_value=round(most.proportional, 1),
            target=f"value <= {MEMORY[each]}" if each in MEMORY else "",
        )


@dataclass(frozen=True)
class Memory:
    """What processes have together, in MiB.

    Attributes:
        resident: A page that processes share counts in each.
        proportional: A page that processes share counts once.
    """

    resident: float
    proportional: float


def peak(command: Sequence[str | Path]) -> Memory:
    """The most memory that a command and its children had at once, looked at fifty times a second.

    Raises:
        subprocess.CalledProcessError: If it fails.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = Memory(0.0, 0.0)
    while process.poll() is None:
        now = memory(tree(process.pid))
        most = Memory(max(most.resident, now.resident), max(most.proportional, now.proportional))
        time.sleep(SAMPLE_SECONDS)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command])
    return most


def tree(root: int) -> set[int]:
    """A process and all below it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                said = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:  # it has ended meanwhile
                continue
            parents[int(folder.name)] = int(said.rpartition(")")[2].split()[1])
    found, reached = {root}, {root}
    while reached:
        reached = {process for process, parent in parents.items() if parent in reached} - found
        found |= reached
    return found


def memory(processes: Iterable[int]) -> Memory:
    """What processes have; those that have ended have none."""
    kibibytes = {"Rss": 0, "Pss": 0}
    for process in processes:
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, rest = line.partition(":")
            if name in kibibytes:
                kibibytes[name] += int(rest.split()[0])
    return Memory(kibibytes["Rss"] / 1024, kibibytes["Pss"] / 1024)
