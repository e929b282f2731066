"""What concerns one agent: all that its passes and emitters are shown, and so all that its key must cover.

A key that misses an input makes a cache lie. So the line does not list what emitters are known to
read; it shows them nothing else.
"""

from collections.abc import Iterable
from types import MappingProxyType

from msgspec.structs import replace

from qpf.model.fleet import Agent, Composed, Connection, Environment
from qpf.model.node import Data, Mapping, freeze, thaw
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
        for name in neighbour_names(agent.name, needs_of(agent, schema), environment)
        if name in environment.agents
    )


def needs_of(agent: Agent, schema: Schema) -> tuple[str, ...]:
    """The agents that an agent says it needs, sorted, each once."""
    return tuple(sorted({name for _, name in dependencies_of(agent, schema)}))


def neighbour_names(agent: str, needs: Iterable[str], environment: Environment) -> tuple[str, ...]:
    """Whose interface an agent may see, sorted."""
    wired = {end.agent for wire in wires_of(agent, environment) for end in (wire.source, wire.target)}
    return tuple(sorted((wired | set(needs)) - {agent}))


def wires_of(agent: str, environment: Environment) -> tuple[Connection, ...]:
    """The connections that begin or end at an agent, in glue order, each once."""
    leaving = environment.connections_from(agent)
    return (*leaving, *(each for each in environment.connections_to(agent) if each.source.agent != agent))


def interface_only(agent: Agent, schema: Schema) -> Agent:
    """An agent of which only those values are left that sections declare as interface."""
    return shell(agent.name, agent.environment, agent.source, shown_of(agent, schema))


def shown_of(agent: Agent, schema: Schema) -> Data:
    """What neighbours may see of an agent's values, as fresh dicts."""
    values: dict[str, Data] = {}
    for path in schema.interface:
        value = value_at(agent.values, path)
        if value is not None:
            _place(values, path, thaw(value))
    return values


def shell(name: str, environment: str, source: str, values: Data) -> Agent:
    """An agent that consists of some values and of nothing behind them."""
    nothing = Composed(name, environment, Mapping({}, start_of(source)), (), "", ())
    return Agent(
        name=name, environment=environment, values=freeze(values), compose=lambda: nothing, source=source
    )


def _place(values: dict[str, Data], path: Path, value: Data) -> None:
    *above, last = path
    for part in above:
        values = values.setdefault(str(part), {})
    values[str(last)] = value
