"""A sub-schema that some agents share changes: the time follows how many have it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import fleet_files
from benchmarks.engine.bench import Bench, another, compile_fleet, edit, output
from benchmarks.engine.turns import beside, take_turns
from benchmarks.measure import Row

SHARED = fleet_files.SUBS
"""A sub-schema beyond those that every fleet has."""

SHARED_BY = 3
"""So many agents of each chain have it."""

SLACK = 1.15


def shared_sub(bench: Bench) -> Iterator[Row]:
    """Change a sub-schema that three agents of ten have, and something that all have.

    What the three may take is three tenths of the way from nothing changed to all changed.
    """
    sources = bench.sources()
    users = share(sources, bench.agents)
    folder = bench.compiled(sources)
    sub = folder / "sub" / f"{fleet_files.sub_name(SHARED)}.yaml"
    role = f"role: Skill {SHARED}"
    edit_sub = another(sub, role, f"{role}, take %d,")
    deployment = "    deployment:\n"
    edit_all = another(
        output(folder) / "environment.yaml", deployment, f"{deployment}      timeout_ms: 2%03d\n"
    )

    def some() -> float:
        edit_sub()
        return compile_fleet(folder)

    def all_of_them() -> float:
        edit_all()
        return compile_fleet(folder)

    before = artifacts(folder)
    some()
    after = artifacts(folder)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    agents = {after[path]["subject"] for path in changed} - {""}
    yield Row(
        case=f"shared-sub-{bench.agents}",
        value=len(agents),
        unit="agents",
        reference="agents that have the sub-schema that changed",
        reference_value=users,
        target="ratio <= 1",
    )
    turns = {"some": some, "none": lambda: compile_fleet(folder), "all": all_of_them}
    figures = take_turns(turns, {}, bench.runs)
    none, every = figures["none"].median, figures["all"].median
    part = beside(f"shared-sub-{bench.agents}", figures["some"], "", figures["all"])
    yield Row(
        case=part.case,
        value=part.value,
        unit=part.unit,
        reference=f"{users} of {bench.agents} of the way from none ({none:.3f} s) to all ({every:.3f} s)",
        reference_value=round(none + (every - none) * users / bench.agents, 4),
        target=f"ratio <= {SLACK}",
    )


def share(sources: Path, agents: int) -> int:
    """Give the sub-schema to three agents of each chain; returns how many that are."""
    (sources / "sub" / f"{fleet_files.sub_name(SHARED)}.yaml").write_text(
        fleet_files.sub(SHARED), encoding="utf-8"
    )
    users = [number for number in range(agents) if number % fleet_files.CHAIN < SHARED_BY]
    for number in users:
        path = sources / "agents" / f"{fleet_files.agent_name(number)}.yaml"
        edit(path, "  type: composite", f"    - {fleet_files.sub_name(SHARED)}\n  type: composite")
        edit(path, "        - build_reply\n", f"        - apply_{SHARED}\n        - build_reply\n")
    return len(users)


def artifacts(folder: Path) -> dict[str, Any]:
    """What the lock says was emitted, by path, and for whom."""
    lock = json.loads((output(folder) / "qpf.lock").read_text(encoding="utf-8"))
    return dict(lock["artifacts"])
