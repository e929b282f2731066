"""What concerns one agent: all that its passes and emitters are shown, and so all that its key must cover.

A key that misses an input makes a cache lie. So the line does not list what emitters are known to
read; it shows them nothing else.
"""

from collections.abc import Iterable
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from types import MappingProxyType

from qpf.model.fleet import Agent, Composed, Connection, Environment
from qpf.model.node import Data, Mapping
from qpf.model.path import Path
from qpf.model.span import start_of
from qpf.stages.order import dependencies_of, value_at
from qpf.stages.schema import Schema


def seen_by(agent: Agent, environment: Environment, others: Iterable[Agent] = ()) -> Environment:
    """An environment reduced to what concerns one agent.

    Args:
        agent: Whom it is for.
        environment: All of it.
        others: The neighbours to show beside it, as `neighbours` reduces them.
    """
    wires = wires_of(agent.name, environment)
    shown = {each.name: each for each in (*others, agent)}
    ends = {end.agent for wire in wires for end in (wire.source, wire.target)}
    return replace(
        environment,
        fleet=replace(environment.fleet, agents=None),
        agents=MappingProxyType(dict(sorted(shown.items()))),
        glue=replace(environment.glue, connections=wires),
        known=frozenset({*shown, *ends}),
    )


def neighbours(agent: Agent, environment: Environment, schema: Schema) -> tuple[Agent, ...]:
    """The agents that an agent depends on or shares a connection with, reduced to their interfaces."""
    return tuple(
        interface_only(environment.agents[name], schema)
        for name in neighbour_names(agent, environment, schema)
        if name in environment.agents
    )


def neighbour_names(agent: Agent, environment: Environment, schema: Schema) -> tuple[str, ...]:
    """Whose interface an agent may see, sorted."""
    wired = {end.agent for wire in wires_of(agent.name, environment) for end in (wire.source, wire.target)}
    needed = {name for _, name in dependencies_of(agent, schema)}
    return tuple(sorted((wired | needed) - {agent.name}))


def wires_of(agent: str, environment: Environment) -> tuple[Connection, ...]:
    """The connections that begin or end at an agent, in glue order, each once."""
    leaving = environment.connections_from(agent)
    return (*leaving, *(each for each in environment.connections_to(agent) if each.source.agent != agent))


def interface_only(agent: Agent, schema: Schema) -> Agent:
    """An agent of which only those values are left that sections declare as interface."""
    values: dict[str, Data] = {}
    for path in schema.interface:
        value = value_at(agent.values, path)
        if value is not None:
            _place(values, path, value)
    shell = Composed(agent.name, agent.environment, Mapping({}, start_of(agent.source)), (), "", ())
    return Agent(
        name=agent.name,
        environment=agent.environment,
        values=_frozen(values),
        compose=lambda: shell,
        source=agent.source,
    )


def _place(values: dict[str, Data], path: Path, value: Data) -> None:
    *above, last = path
    for part in above:
        values = values.setdefault(str(part), {})
        if type(values) is not dict:
            return  # A path above it is interface as a whole.
    values[str(last)] = value


def _frozen(values: Data) -> ReadOnly[str, Data]:
    return MappingProxyType(
        {key: _frozen(value) if type(value) is dict else value for key, value in values.items()}
    )
