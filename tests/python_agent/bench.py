"""A bench for the emitter: valid agents from plain data, and tools like the compiler's."""

import json
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from qpf.api import Agent, Artifact, Connection, Data, Environment, Glue, Port, Span
from qpf.model.fleet import Composed, EnvironmentSettings, FleetSettings
from qpf.model.layer import AGENT, BASE, SUB, Contribution
from qpf.model.node import Entry, Node, Scalar, Sequence, freeze
from qpf.model.node import Mapping as MappingNode
from qpf_plugins.agent_schema.sections import SECTIONS
from qpf_plugins.python_agent.emit import EMITTER


class FakeTools:
    """Renders the emitter's own templates, strictly."""

    def __init__(self) -> None:
        """Compile the templates."""
        environment = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
        self._templates = {name: environment.from_string(text) for name, text in EMITTER.templates().items()}

    def render(self, template: str, values: Mapping[str, Data]) -> bytes:
        """Render a template."""
        return self._templates[template].render(values).encode()

    def yaml(self, *documents: Data) -> bytes:
        """Not what an emitter of Python needs."""
        raise NotImplementedError

    def json(self, data: Data) -> bytes:
        """Write JSON, sorted and indented."""
        return (json.dumps(data, indent=2, sort_keys=True) + "\n").encode()


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
        composed=composed,
        base="core_service",
        subs=freeze(dict(subs)),
        role=role,
        source=source,
    )


def make_environment(
    agents: Mapping[str, Agent], packets: Mapping[str, Any], connections: tuple[str, ...]
) -> Environment:
    """An environment; a connection is written `a.out -> b.in: packet`."""
    spans = {kind: Span("glue.yaml", line, 3, line, 3 + len(kind)) for line, kind in enumerate(packets, 3)}
    return Environment(
        settings=EnvironmentSettings("dev", ("python_agent",)),
        fleet=FleetSettings("fixture", "6.0.0", None, {"dev": {}}, ("python_agent",)),
        agents=agents,
        glue=Glue(freeze(dict(packets)), spans, tuple(_connection(text) for text in connections)),
        source="environments/dev/environment.yaml",
    )


def _connection(text: str) -> Connection:
    ends, packet = text.split(": ")
    source, target = ends.split(" -> ")
    span = Span("glue.yaml", 1, 1, 1, 2)
    sender, output = source.split(".")
    receiver, taker = target.split(".")
    return Connection(Port(sender, output, span), Port(receiver, taker, span), packet, "high", span)


def emit(environment: Environment, tools: FakeTools | None = None) -> tuple[Artifact, ...]:
    """Everything the emitter writes for an environment."""
    used = tools or FakeTools()
    artifacts = [
        artifact
        for agent in environment.agents.values()
        for artifact in EMITTER.emit_agent(used, agent, environment)
    ]
    return (*artifacts, *EMITTER.emit_environment(used, environment))
