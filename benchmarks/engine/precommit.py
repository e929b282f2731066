"""What a pre-commit hook waits for: a large fleet of which one agent changed, beside a small one."""

from functools import partial
from pathlib import Path

from benchmarks import fleet
from benchmarks.engine.bench import QPF, agent_file, another
from benchmarks.measure import Row, interleave, seconds

SMALL = 10


def pre_commit(folder: Path, agents: int, runs: int) -> Row:
    """Validate both in turns, one agent of each changed in another way each time."""
    fleets = {size: fleet.make(size, folder / f"fleet-{size}") for size in (SMALL, agents)}
    for place in fleets.values():
        _validate(place)
    edits = {
        size: another(agent_file(place, 3), "title: Agent 3\n", "title: Agent 3, take %d\n")
        for size, place in fleets.items()
    }

    def changed(size: int) -> float:
        edits[size]()
        return _validate(fleets[size])

    figures = interleave({str(size): partial(changed, size) for size in fleets}, runs)
    return Row(
        case=f"qpf validate, 1 of {agents:,} agents changed",
        value=round(figures[str(agents)], 4),
        unit="s",
        reference=f"the same, 1 of {SMALL} changed",
        reference_value=round(figures[str(SMALL)], 4),
        target="ratio <= 2",
    )


def _validate(place: Path) -> float:
    return seconds([QPF, "-C", place, "validate"])
