"""Finds the two ends of a connection; knows nothing of what makes them wrong."""

from collections.abc import Iterable, Iterator

from qpf.api import Agent, Connection, Data, Environment, Port, Span


def port_of(environment: Environment, end: Port, side: str) -> Data | None:
    """What an agent says about a port, or None where the agent or the port does not exist."""
    agent = environment.agents.get(end.agent)
    return agent.values["communicationstack"][side].get(end.port) if agent else None


def port_span(environment: Environment, end: Port, side: str, *field: str) -> Span:
    """Where an agent says something about a port it has."""
    return environment.agents[end.agent].span("communicationstack", side, end.port, *field)


def joined(environment: Environment) -> Iterator[tuple[Connection, Data, Data]]:
    """Connections both of whose ends exist, with what the ends say."""
    for connection in environment.glue.connections:
        source = port_of(environment, connection.source, "output")
        target = port_of(environment, connection.target, "input")
        if source is not None and target is not None:
            yield connection, source, target


def sides(agent: Agent) -> Iterator[tuple[str, str, Data]]:
    """Every port of an agent as side, name and what it says."""
    stack = agent.values["communicationstack"]
    for side in ("input", "output"):
        for name, port in stack[side].items():
            yield side, name, port


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a, b`, or `none`."""
    return ", ".join(sorted(names)) or "none"
