"""A bench for the emitter: valid agents from plain data, and tools like the compiler's."""

from collections.abc import Mapping
from typing import Any

from qpf.api import Agent, Artifact, Connection, Data, Environment, Glue, Port, Span
from qpf.model.fleet import Composed, EnvironmentSettings, FleetSettings
from qpf.model.layer import AGENT, BASE, SUB, Contribution
from qpf.model.node import Entry, Node, Scalar, Sequence, freeze
from qpf.model.node import Mapping as MappingNode
from qpf.syntax.jsontext import write_json
from qpf.syntax.template import TemplateSet
from qpf.syntax.writer import write_yaml
from qpf_plugins.agent_schema.sections import SECTIONS
from qpf_plugins.python_agent.emit import EMITTER


class Bench:
    """The compiler's tools, with the emitter's own templates or a fleet's in their place."""

    def __init__(self, **instead: str) -> None:
        """Take the templates; `instead` replaces some of them."""
        self._templates = TemplateSet({**EMITTER.templates(), **instead}, EMITTER.filters)

    def render(self, template: str, values: Mapping[str, Data]) -> bytes:
        """Render a template."""
        return self._templates.render(template, values).encode()

    def yaml(self, *documents: Data) -> bytes:
        """Write YAML."""
        return write_yaml(*documents)

    def json(self, data: Data) -> bytes:
        """Write JSON."""
        return write_json(data)


def node(data: Data, source: str, line: int = 1) -> Node:
    """A tree whose spans count the lines of the data as if each key had one."""
    span = Span(source, line, 1, line, 2)
    if isinstance(data, Mapping):
        entries = {}
        for offset, (key, value) in enumerate(data.items(), 1):
            here = line + offset
            entries[key] = Entry(Span(source, here, 1, here, 2), node(value, source, here))
        return MappingNode(entries, span)
    if isinstance(data, list | tuple):
        return Sequence(tuple(node(each, source, line) for each in data), span)
    return Scalar(data, span)


def tree(data: Data, source: str) -> MappingNode:
    """The tree of a whole document."""
    found = node(data, source)
    assert isinstance(found, MappingNode)
    return found


def make_agent(name: str, sections: Mapping[str, Any], subs: Mapping[str, Any], role: str) -> Agent:
    """An agent as validation leaves it: defaults filled in, read-only."""
    values = {
        section.name: freeze(section.model.model_validate(sections[section.name]).model_dump())
        for section in SECTIONS
    }
    source = f"agents/{name}.yaml"
    contributions = (
        Contribution(BASE, "core_service", tree({}, "base/core_service.yaml")),
        *(Contribution(SUB, sub, tree(document, f"sub/{sub}.yaml")) for sub, document in subs.items()),
        Contribution(AGENT, name, tree(sections, source)),
    )
    composed = Composed(name, "dev", tree(sections, source), contributions, "core_service", tuple(subs))
    return Agent(
        name=name,
        environment="dev",
        values=freeze(values),
        compose=lambda: composed,
        base="core_service",
        subs=freeze(dict(subs)),
        role=role,
        source=source,
    )


def make_environment(
    agents: Mapping[str, Agent], packets: Mapping[str, Any], connections: tuple[str, ...]
) -> Environment:
    """An environment; a connection is written `a.out -> b.in: packet`."""
    return Environment(
        settings=EnvironmentSettings("dev", ("python_agent",)),
        fleet=FleetSettings("fixture", "6.0.0", None, {"dev": {}}, ("python_agent",)),
        agents=agents,
        glue=Glue(
            freeze(dict(packets)),
            tuple(_connection(text) for text in connections),
            body=tree(packets, "glue.yaml"),
        ),
        source="environments/dev/environment.yaml",
    )


def _connection(text: str) -> Connection:
    ends, packet = text.split(": ")
    source, target = ends.split(" -> ")
    span = Span("glue.yaml", 1, 1, 1, 2)
    sender, output = source.split(".")
    receiver, taker = target.split(".")
    return Connection(Port(sender, output, span), Port(receiver, taker, span), packet, "high", span)


def emit(environment: Environment, tools: Bench | None = None) -> tuple[Artifact, ...]:
    """Everything the emitter writes for an environment."""
    used = tools or Bench()
    artifacts = [
        artifact
        for agent in environment.agents.values()
        for artifact in EMITTER.emit_agent(used, agent, environment)
    ]
    return (*artifacts, *EMITTER.emit_environment(used, environment))
