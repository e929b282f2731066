"""Agents in dependency order: what an agent needs comes before it."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.doubt import InDoubtError
from qpf.model.fleet import Agent, Environment
from qpf.model.nearest import did_you_mean
from qpf.model.node import Data
from qpf.model.path import Path
from qpf.model.respelling import respelt
from qpf.stages import codes
from qpf.stages.schema import Schema


def order(environment: Environment, schema: Schema) -> Outcome[tuple[str, ...]]:
    """Sort agents by what their sections depend on, ties by name.

    Of several circles, those are told that have no agent in common.

    Args:
        environment: The agents.
        schema: Which paths of an agent list the agents it needs.
    """
    found: list[Diagnostic] = []
    needs: dict[str, set[str]] = {}
    for name, agent in environment.agents.items():
        needs[name] = set()
        if agent.needs is not None and environment.agents.keys() >= set(agent.needs):
            needs[name].update(agent.needs)
            continue
        for path, dependency in dependencies_of(agent, schema):
            if dependency in environment.agents:
                needs[name].add(dependency)
            elif dependency not in environment.known:
                found.append(
                    Diagnostic(
                        codes.DEPENDENCY_UNKNOWN,
                        f"{name} depends on {dependency}, which does not exist",
                        agent.span(*path),
                        path,
                        hint=did_you_mean(dependency, environment.known),
                        fix=respelt(agent.span(*path), dependency, environment.known),
                        subject=name,
                    )
                )
    sorted_names, cycle = sort(needs)
    while cycle:
        found.append(_cycle(cycle, environment.agents, schema))
        needs = {name: needs[name].difference(cycle) for name in needs.keys() - {*cycle}}
        _, cycle = sort(needs)
    return Outcome(sorted_names, Report.of(found))


def dependencies_of(agent: Agent, schema: Schema) -> list[tuple[Path, str]]:
    """Every agent that an agent surely says it needs, with the path where it says so."""
    found: list[tuple[Path, str]] = []
    for path in schema.dependencies:
        with suppress(InDoubtError):
            found += [((*path, index), name) for index, name in enumerate(value_at(agent.values, path) or ())]
    return found


def value_at(values: Data, path: Path) -> Data:
    """The value at a path of plain data; None where there is none."""
    for part in path:
        if not isinstance(values, Mapping) or part not in values:
            return None
        values = values[part]
    return values


def sort(needs: Mapping[str, Collection[str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names in dependency order, ties by name; and, where there is one, a cycle (then by name alone)."""
    sorter = TopologicalSorter({name: sorted(needs[name]) for name in sorted(needs)})
    try:
        sorter.prepare()
    except CycleError as error:
        return tuple(sorted(needs)), tuple(error.args[1])
    result: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        result += ready
        sorter.done(*ready)
    return tuple(result), ()


def _cycle(cycle: tuple[str, ...], agents: Mapping[str, Agent], schema: Schema) -> Diagnostic:
    start = min(range(len(cycle) - 1), key=lambda index: cycle[index])
    names = (*cycle[start:-1], *cycle[:start], cycle[start])[::-1]
    links = [
        (
            name,
            below,
            next(path for path, dependency in dependencies_of(agents[name], schema) if dependency == below),
        )
        for name, below in pairwise(names)
    ]
    first, first_below, first_path = links[0]
    return Diagnostic(
        codes.DEPENDENCY_CYCLE,
        f"agents depend on each other in a circle: {' → '.join(names)}",
        agents[first].span(*first_path),
        first_path,
        tuple(
            Note(f"{name} depends on {below} here", agents[name].span(*path))
            for name, below, path in links[1:]
        ),
        hint=f"let one go, for instance {first} → {first_below}; packets may still flow both ways by glue",
        subject=first,
    )
