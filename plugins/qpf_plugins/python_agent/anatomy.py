"""An agent taken apart as its Python will be put together: components, methods, ports, packets.

Everything here is read from the valid agent and the glue; nothing is text yet.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from qpf.api import Agent, Connection, Data, Environment
from qpf_plugins.python_agent import naming

CORE = "core"
"""Module of the component that holds the methods of the base and of the agent itself."""


class Method(Struct, frozen=True):
    """One step: its name, its words, the code behind it, and the file that says so."""

    name: str
    description: str
    module: str
    function: str
    source: str


class Part(Struct, frozen=True):
    """One component.

    Attributes:
        name: Its module: the sub-schema's name, or `core`.
        class_name: Its class.
        role: What it is for, in its schema's words.
        methods: Its methods, in the order of the composed schema.
        sources: The files that say all this, its own first.
        own: Whether its methods are the base's and the agent's own.
    """

    name: str
    class_name: str
    role: str
    methods: tuple[Method, ...]
    sources: tuple[str, ...]
    own: bool


class Anatomy(Struct, frozen=True, dict=True):
    """An agent, ready to be written down.

    Attributes:
        agent: What it was read from.
        environment: Where its packets come from and go to.
        parts: Components with methods, the core first, then subs in dependency order.
        kinds: Packet kinds it takes in, sends, or is answered with, sorted, with their contracts.
        sources: Its schema file, then the files of its other layers.
    """

    agent: Agent
    environment: Environment
    parts: tuple[Part, ...]
    kinds: Mapping[str, Data]
    sources: tuple[str, ...]

    @property
    def name(self) -> str:
        """The agent's name, which is its package's."""
        return self.agent.name

    @cached_property
    def inputs(self) -> Mapping[str, Data]:
        """Input ports by name."""
        ports: Mapping[str, Data] = self.agent.values["communicationstack"]["input"]
        return ports

    @cached_property
    def outputs(self) -> Mapping[str, Data]:
        """Output ports by name."""
        ports: Mapping[str, Data] = self.agent.values["communicationstack"]["output"]
        return ports

    @cached_property
    def routes(self) -> tuple[Connection, ...]:
        """Where its packets go, in glue order."""
        return self.environment.connections_from(self.name)

    @cached_property
    def owners(self) -> Mapping[str, Part]:
        """Each method's component."""
        return {method.name: part for part in self.parts for method in part.methods}

    @cached_property
    def wired(self) -> tuple[Part, ...]:
        """The components whose methods some flow runs."""
        steps = {step for port in self.inputs.values() for step in port["flow"]}
        return tuple([part for part in self.parts if any(method.name in steps for method in part.methods)])

    @cached_property
    def own_logic(self) -> bool:
        """Whether a method or a tool is implemented by the fleet, not by the runtime."""
        modules = [method.module for part in self.parts for method in part.methods]
        modules += [tool["implementation"] for tool in self.tools.values()]
        return any(not module.startswith("qpf_runtime.") for module in modules)

    @cached_property
    def tools(self) -> Mapping[str, Data]:
        """What its model may call, by name."""
        tools: Mapping[str, Data] = self.agent.values["reasoningengine"]["tools"]
        return tools


def dissect(agent: Agent, environment: Environment) -> Anatomy:
    """Take an agent apart."""
    sources = _sources(agent)
    packets = environment.glue.packets
    return Anatomy(
        agent,
        environment,
        tuple(_parts(agent, sources)),
        {kind: packets[kind] for kind in kinds_of(agent)},
        tuple(dict.fromkeys((agent.source, *sorted(set(sources.values()))))),
    )


def _sources(agent: Agent) -> dict[tuple[str, str], str]:
    """The file of each layer, by the layer's kind and name."""
    return {
        (each.layer.name, each.name): each.body.span.source
        for each in agent.composed.contributions
        if each.layer.rank
    }


def kinds_of(agent: Agent) -> list[str]:
    """Packet kinds an agent takes in, sends, or is answered with, sorted."""
    stack = agent.values["communicationstack"]
    ports = [*stack["input"].values(), *stack["output"].values()]
    return sorted({kind for port in ports for kind in (port["packet"], port["reply"]) if kind})


def owners_of(agent: Agent) -> dict[str, str]:
    """The sub-schema of each method that one brings.

    A sub-schema is here as it is written: what is wrong in it is found elsewhere, and brings nothing.
    """
    return {
        method: sub
        for sub, document in agent.subs.items()
        for place in (document.get("adds"), document.get("integration"))
        if isinstance(place, Mapping) and isinstance(place.get("methods"), Mapping)
        for method in place["methods"]
    }


def _parts(agent: Agent, sources: Mapping[tuple[str, str], str]) -> Iterator[Part]:
    methods: Mapping[str, Data] = agent.values["integration"]["methods"]
    owners = owners_of(agent)
    grouped: dict[str | None, list[Method]] = {}
    for name, method in methods.items():
        module, _, function = method["implementation"].partition(":")
        written = agent.span("integration", "methods", name).source
        grouped.setdefault(owners.get(name), []).append(
            Method(name, method["description"], module, function, written)
        )
    if None in grouped:
        role = f"What {agent.name} does itself, beyond its sub-schemas."
        yield _part(CORE, role, agent.source, grouped[None], own=True)
    for sub, document in agent.subs.items():
        if sub in grouped:
            source = sources.get(("sub", sub), f"sub/{sub}.yaml")
            yield _part(sub, document.get("role") or "", source, grouped[sub], own=False)


def _part(name: str, role: str, source: str, methods: list[Method], *, own: bool) -> Part:
    written = {method.source for method in methods} - {source}
    return Part(name, naming.class_name(name), role, tuple(methods), (source, *sorted(written)), own)
