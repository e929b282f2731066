"""How time and memory grow with the number of agents."""

import math
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.engine.bench import QPF, Bench
from benchmarks.engine.turns import take_turns
from benchmarks.measure import Row

DOUBLING = 2.05
SAMPLE_SECONDS = 0.02
PAGES_A_MIB = 2**20 / os.sysconf("SC_PAGE_SIZE")
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
        folder = bench.copy(source)
        yield Row(
            case=f"memory {each}",
            value=round(peak([QPF, "-C", folder, "compile"]), 1),
            unit="MiB",
            reference="no peer; of all processes together, one run, sampled",
            reference_value=None,
            target=f"value <= {MEMORY[each]}" if each in MEMORY else "",
        )


def peak(command: Sequence[str | Path]) -> float:
    """The most memory that a command and its children ever had, in MiB.

    It is looked at fifty times a second. A page that processes share counts once for each.

    Raises:
        subprocess.CalledProcessError: If it fails.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0.0
    while process.poll() is None:
        most = max(most, sum(map(resident, tree(process.pid))))
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


def resident(process: int) -> float:
    """MiB of memory a process has; none if it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) / PAGES_A_MIB
    except OSError:
        return 0.0
