"""Valid agents and environments to break on purpose: every value stands on a line of its own."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from qpf.api import Agent, Connection, Diagnostic, Environment, Glue, Pass, Port, Span
from qpf.model.fleet import Composed, EnvironmentSettings, FleetSettings
from qpf.model.node import Mapping as MappingNode
from qpf.model.node import freeze
from qpf_plugins.agent_schema.sections import SECTIONS
from tests.stages.trees import node

AMOUNTS = {"cpu": "100m", "memory": "128Mi"}
LEAST: Mapping[str, Any] = {
    "system": {"title": "An Agent", "owner": "team", "criticality": "low"},
    "integration": {},
    "governance": {"mode": "autonomous", "humanoverride": False},
    "memorytopology": {
        "workingmemory": {"storagetype": "in_process", "keyspace": "agent_v6:an_agent:*"},
        "episodicmemory": {"storagetype": "sqlite"},
    },
    "communicationstack": {},
    "reasoningengine": {},
    "collaborationnetwork": {"pattern": "flat", "role": "member"},
    "learningsystem": {"enabled": False},
    "worldmodelintegration": {"enabled": False},
    "cursorinstructions": {},
    "deployment": {
        "image": "registry.example/fleet/agent:1.0.0",
        "resources": {"requests": AMOUNTS, "limits": AMOUNTS},
    },
    "metadata": {"owner": "team", "description": "Does one thing."},
}
PACKETS = {
    name: {
        "description": name,
        "version": 1,
        "fields": {"request_id": {"type": "string"}, figure: {"type": kind}},
    }
    for name, figure, kind in (
        ("question", "urgency", "integer"),
        ("answer", "score", "number"),
        ("news", "text", "string"),
    )
}


def deep(low: Any, high: Any) -> Any:
    """Lay one value over another: mappings deeply, all else whole."""
    if isinstance(low, Mapping) and isinstance(high, Mapping):
        return {
            key: deep(low[key], high[key]) if key in low and key in high else high.get(key, low.get(key))
            for key in (*low, *(key for key in high if key not in low))
        }
    return copy.deepcopy(high)


def agent(name: str = "an_agent", **sections: Any) -> Agent:
    """The least valid agent, with some sections changed; defaults are filled in as the compiler does."""
    own = {"memorytopology": {"workingmemory": {"keyspace": f"agent_v6:{name}:*"}}}
    written = deep(deep(LEAST, own), sections)
    values = {
        section.name: section.model.model_validate(written[section.name]).model_dump() for section in SECTIONS
    }
    body = node(written, f"agents/{name}.yaml")
    assert isinstance(body, MappingNode)
    return Agent(
        name=name,
        environment="dev",
        values=freeze(values),
        compose=lambda: Composed(name, "dev", body, (), "", ()),
    )


def wire(text: str, line: int = 1) -> Connection:
    """A connection, written `one.port > other.port: packet`."""
    ends, packet = text.split(": ")
    span = Span("glue.yaml", line, 1, line, 2)
    source, target = (_port(end, span) for end in ends.split(" > "))
    return Connection(source, target, packet, "medium", span)


def _port(end: str, span: Span) -> Port:
    name, _, port = end.partition(".")
    return Port(name, port, span)


def environment(*agents: Agent, wires: Iterable[str] = ()) -> Environment:
    """An environment of some agents."""
    connections = tuple(wire(text, line) for line, text in enumerate(wires, 1))
    return Environment(
        settings=EnvironmentSettings("dev", ()),
        fleet=FleetSettings("fleet", "6.0.0", None, {}, ()),
        agents={each.name: each for each in agents},
        glue=Glue(freeze(PACKETS), connections),
        known=frozenset(each.name for each in agents),
    )


def run(rule: Pass, fleet: Environment) -> list[Diagnostic]:
    """What a rule finds in an environment."""
    if rule.scope == "environment":
        return list(rule.check(fleet))
    return [found for each in fleet.agents.values() for found in rule.check(each, fleet)]


def asks(reply: str | None = "answer", packet: str = "question") -> dict[str, Any]:
    """A communicationstack with the output port `ask`."""
    return {"output": {"ask": {"packet": packet, "description": "Asks.", "reply": reply}}}


def answers(
    reply: str | None = "answer", packet: str = "question", flow: Iterable[str] = ("work",)
) -> dict[str, Any]:
    """A communicationstack with the input port `asked`."""
    return {
        "input": {"asked": {"packet": packet, "description": "Answers.", "flow": list(flow), "reply": reply}}
    }


WORK = {
    "methods": {"work": {"description": "Works.", "implementation": "some.module:work"}},
    "imports": ["some.module"],
}
"""An integration with the one method that `answers` uses."""
