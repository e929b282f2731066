"""Tests of the fleet as a whole: the contracts of the glue, and all agents on one bus."""

from collections.abc import Iterator

from qpf.api import Artifact, Environment, Tools
from qpf_plugins.python_agent.layout import Expression, lay_out

FOLDER = "tests"


def emit_tests(tools: Tools, environment: Environment) -> Iterator[Artifact]:
    """The tests of an environment; they import every agent's package."""
    ways = sorted({(str(each.source), str(each.target)) for each in environment.glue.connections})
    connections = sorted(
        {
            (str(each.source), str(each.target), each.packet, each.priority)
            for each in environment.glue.connections
        }
    )
    entries = sorted(_entries(environment))
    contracts = sorted(set(_contracts(environment)))
    yield Artifact(f"{FOLDER}/pyproject.toml", tools.render("fleet_pyproject.toml.jinja", {}))
    yield Artifact(f"{FOLDER}/conftest.py", tools.render("fleet_conftest.py.jinja", {}))
    if connections:
        values = {
            "connections": _table("CONNECTIONS", "tuple[tuple[str, str, str, str], ...]", connections),
            "contracts": _table("CONTRACTS", "tuple[tuple[str, str, str], ...]", contracts),
        }
        yield Artifact(f"{FOLDER}/test_contracts.py", tools.render("test_contracts.py.jinja", values))
    fleet = {
        "agents": _table("AGENTS", "tuple[str, ...]", sorted(environment.agents)),
        "ways": _table("WAYS", "tuple[tuple[str, str], ...]", ways),
        "entries": _table("ENTRIES", "tuple[tuple[str, str], ...]", entries),
        "entered": bool(entries),
    }
    yield Artifact(f"{FOLDER}/test_fleet.py", tools.render("test_fleet.py.jinja", fleet))


def _entries(environment: Environment) -> Iterator[tuple[str, str]]:
    """Input ports that no connection leads to: packets come to them from outside, or not at all."""
    connected = {(each.target.agent, each.target.port) for each in environment.glue.connections}
    for name, agent in environment.agents.items():
        for port in agent.values["communicationstack"]["input"]:
            if (name, port) not in connected:
                yield name, port


def _contracts(environment: Environment) -> Iterator[tuple[str, str, str]]:
    """Who gives which kind of packet to whom."""
    for each in environment.glue.connections:
        yield each.source.agent, each.target.agent, each.packet
        sender = environment.agents.get(each.source.agent)
        port = sender.values["communicationstack"]["output"].get(each.source.port) if sender else None
        reply = port["reply"] if port else None
        if reply:
            yield each.target.agent, each.source.agent, reply


def _table(name: str, kind: str, rows: Expression) -> str:
    label = f"{name}: Final[{kind}] = "
    return label + lay_out(rows, before=len(label))
