"""What a pre-commit hook waits for: one agent changed, of a large fleet, a small one, or one around a hub."""

from functools import partial
from pathlib import Path

from benchmarks import fleet
from benchmarks.engine.bench import QPF, agent_file, another, edit
from benchmarks.fleet_files import CHAIN, agent_name, next_of
from benchmarks.measure import Row, interleave, seconds

SMALL = 10


def pre_commit(folder: Path, agents: int, runs: int) -> Row:
    """Validate both in turns, one agent of each changed in another way each time."""
    fleets = {size: fleet.make(size, folder / f"fleet-{size}") for size in (SMALL, agents)}
    figures = _changed({str(size): place for size, place in fleets.items()}, runs)
    return Row(
        case=f"qpf validate, 1 of {agents:,} agents changed",
        value=round(figures[str(agents)], 4),
        unit="s",
        reference=f"the same, 1 of {SMALL} changed",
        reference_value=round(figures[str(SMALL)], 4),
        target="ratio <= 2",
    )


def around_a_hub(folder: Path, agents: int, runs: int) -> Row:
    """Validate a fleet of which nearly all agents need one, beside the same fleet of chains only."""
    chains, hub = (fleet.make(agents, folder / name) for name in ("chains", "hub"))
    gather(hub, agents)
    figures = _changed({"chains": chains, "hub": hub}, runs)
    return Row(
        case=f"qpf validate, 1 of {agents:,} agents changed, 90 % need one",
        value=round(figures["hub"], 4),
        unit="s",
        reference="the same, none needs more than one other",
        reference_value=round(figures["chains"], 4),
        target="ratio <= 1.5",
    )


def gather(place: Path, agents: int) -> None:
    """Let all agents of a synthetic fleet that need another need the end of the first chain too."""
    for number in range(CHAIN, agents):
        following = next_of(number, agents)
        if following is not None:
            named = f"connectto: [{agent_name(following)}"
            edit(agent_file(place, number), f"{named}]", f"{named}, {agent_name(CHAIN - 1)}]")


def _changed(fleets: dict[str, Path], runs: int) -> dict[str, float]:
    """How long each takes when one agent changed, in turns."""
    for place in fleets.values():
        _validate(place)
    edits = {
        name: another(agent_file(place, 3), "title: Agent 3\n", "title: Agent 3, take %d\n")
        for name, place in fleets.items()
    }

    def changed(name: str) -> float:
        edits[name]()
        return _validate(fleets[name])

    return interleave({name: partial(changed, name) for name in fleets}, runs)


def _validate(place: Path) -> float:
    return seconds([QPF, "-C", place, "validate"])
