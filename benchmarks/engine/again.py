"""A fleet that was compiled before: nothing changed, or one agent did."""

import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from benchmarks import fleet_files
from benchmarks.engine.bench import Bench, another, committed, compile_fleet
from benchmarks.engine.cold import same_work
from benchmarks.engine.turns import beside, take_turns
from benchmarks.measure import Row, seconds
from benchmarks.peers.kapitan import Kapitan

CHANGED = 3
"""The agent that changes."""


def unchanged(bench: Bench) -> Iterator[Row]:
    """Compile what is compiled, in a work tree that git holds, and let git say the same of it."""
    folder = bench.copy(bench.sources())
    (folder / ".gitignore").write_text(".qpf/\n", encoding="utf-8")
    compile_fleet(folder)
    git = committed(folder)
    compile_fleet(folder)
    status = [*git, "status", "--porcelain"]
    demand_clean(status)
    name = "git status"
    figures = take_turns({"qpf": lambda: compile_fleet(folder)}, {name: lambda: seconds(status)}, bench.runs)
    demand_clean(status)
    yield beside(f"unchanged-{bench.agents}", figures["qpf"], name, figures[name], "ratio <= 4")


def demand_clean(status: list[str]) -> None:
    """See that compiling again changed nothing.

    Raises:
        ValueError: If it did.
    """
    said = subprocess.run(status, check=True, capture_output=True, text=True).stdout
    if said:
        message = f"compiling what is compiled changed {said.splitlines()[0]!r}"
        raise ValueError(message)


def one_changed(bench: Bench) -> Iterator[Row]:
    """Change one agent, each time in another way, beside Kapitan doing the same, and beside no change."""
    sources = bench.sources()
    folder = bench.compiled(sources)
    agent = fleet_files.agent_name(CHANGED)
    title = f"title: Agent {CHANGED}"
    edit = another(folder / "agents" / f"{agent}.yaml", f"{title}\n", f"{title}, take %d\n")

    def changed() -> float:
        edit()
        return compile_fleet(folder)

    kapitan, name = same_work(bench, sources, folder)
    others: dict[str, Callable[[], float]] = {}
    if kapitan is not None:
        name += " --targets"
        others[name] = theirs(kapitan, agent, bench.aside / "kapitan-out")
    figures = take_turns({"changed": changed, "none": lambda: compile_fleet(folder)}, others, bench.runs)
    case = f"one-changed-{bench.agents}"
    yield beside(case, figures["changed"], name, figures.get(name), "ratio <= 0.0167")
    yield beside(case, figures["changed"], "nothing changed", figures["none"], "ratio <= 2")


def theirs(kapitan: Kapitan, agent: str, out: Path) -> Callable[[], float]:
    """Kapitan compiling an agent that changed, each time in another way."""
    takes = count(1)

    def changed() -> float:
        kapitan.edit(CHANGED, next(takes))
        return kapitan.compile("--targets", agent, out=out)

    return changed
