"""An agent taken apart as its Python will be put together: components, methods, ports, packets.

Everything here is read from the valid agent and the glue; nothing is text yet. A name that
cannot become Python is found here, before anything is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from qpf.api import Agent, Connection, Data, Diagnostic, EmitError, Environment, Span
from qpf_plugins.python_agent import codes, naming

CORE = "core"
"""The component that holds the methods of the base and of the agent itself."""


@dataclass(frozen=True, slots=True)
class Method:
    """One step: its name, its words, and the code behind it."""

    name: str
    description: str
    module: str
    function: str
    span: Span


@dataclass(frozen=True, slots=True)
class Part:
    """One component: a sub-schema's methods, or the agent's own."""

    name: str
    class_name: str
    role: str
    methods: tuple[Method, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Anatomy:
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
        """Whether a method is implemented by the fleet, not by the runtime."""
        return any(
            not method.module.startswith("qpf_runtime.") for part in self.parts for method in part.methods
        )


def dissect(agent: Agent, environment: Environment) -> Anatomy:
    """Take an agent apart.

    Raises:
        EmitError: If a name cannot become Python.
    """
    sources = _sources(agent)
    stack = agent.values["communicationstack"]
    ports = [*stack["input"].values(), *stack["output"].values()]
    kinds = sorted({kind for port in ports for kind in (port["packet"], port["reply"]) if kind})
    packets = environment.glue.packets
    anatomy = Anatomy(
        agent,
        environment,
        tuple(_parts(agent, sources)),
        {kind: packets[kind] for kind in kinds},
        tuple(dict.fromkeys((agent.source, *sorted(set(sources.values()))))),
    )
    found = [*_bad_names(anatomy), *_bad_packets(anatomy)]
    if found:
        raise EmitError(*found)
    return anatomy


def _sources(agent: Agent) -> dict[tuple[str, str], str]:
    """The file of each layer, by the layer's kind and name."""
    return {
        (each.layer.name, each.name): each.body.span.source
        for each in agent.composed.contributions
        if each.layer.rank
    }


def _parts(agent: Agent, sources: Mapping[tuple[str, str], str]) -> Iterator[Part]:
    methods: Mapping[str, Data] = agent.values["integration"]["methods"]
    owners = {
        method: sub
        for sub, document in agent.subs.items()
        for method in (
            *((document.get("adds") or {}).get("methods") or ()),
            *((document.get("integration") or {}).get("methods") or ()),
        )
    }
    grouped: dict[str, list[Method]] = {}
    for name, method in methods.items():
        module, _, function = method["implementation"].partition(":")
        span = agent.span("integration", "methods", name)
        grouped.setdefault(owners.get(name, CORE), []).append(
            Method(name, method["description"], module, function, span)
        )
    for name in (CORE, *agent.subs):
        if name not in grouped:
            continue
        found = tuple(grouped[name])
        written = {method.span.source for method in found}
        if name == CORE:
            role, own = f"What {agent.name} does itself, beyond its sub-schemas.", agent.source
        else:
            role, own = agent.subs[name].get("role") or "", sources.get(("sub", name), f"sub/{name}.yaml")
        written.discard(own)
        part_class = naming.class_name(name)
        yield Part(
            name, part_class, role, found, (own, *sorted(written)) if name != CORE else tuple(sorted(written))
        )


def _bad_names(anatomy: Anatomy) -> Iterator[Diagnostic]:
    agent = anatomy.agent
    top = agent.composed.body.span
    yield from naming.reserved("an agent", agent.name, naming.PACKAGES, top)
    if naming.is_standard(agent.name):
        yield Diagnostic(
            codes.SHADOWING_AGENT,
            f"the package of agent {agent.name} would hide a module of Python's standard library",
            top,
            hint=f"rename the agent, for instance to {agent.name}_agent",
        )
    for part in anatomy.parts:
        span = part.methods[0].span
        if part.name != CORE:
            yield from naming.reserved("a sub-schema", part.name, naming.MODULES, span)
            yield from naming.reserved(
                "a sub-schema", part.name, naming.CLASSES, span, becomes=part.class_name
            )
        for method in part.methods:
            yield from naming.reserved("a method", method.name, naming.METHODS, method.span)
            yield from _bad_implementation(agent.name, method)
    yield from naming.colliding(
        "the sub-schemas", ((part.name, part.methods[0].span) for part in anatomy.parts)
    )


def _bad_implementation(agent: str, method: Method) -> Iterator[Diagnostic]:
    for word in (*method.module.split("."), method.function):
        yield from naming.reserved("a module or function", word, frozenset(), method.span)
    if method.module.partition(".")[0] == agent:
        yield Diagnostic(
            codes.SHADOWING_AGENT,
            f"method {method.name} is implemented in {method.module}, which the package of {agent} hides",
            method.span,
            hint="rename the hand-written module: an agent's name belongs to what is emitted for it",
        )


def _bad_packets(anatomy: Anatomy) -> Iterator[Diagnostic]:
    spans = anatomy.environment.glue.packet_spans
    top = anatomy.agent.composed.body.span
    for kind, contract in anatomy.kinds.items():
        span = spans.get(kind, top)
        yield from naming.reserved(
            "a packet kind", kind, naming.PACKETS, span, becomes=naming.class_name(kind)
        )
        for field, shape in contract["fields"].items():
            taken = frozenset({field}) if naming.is_packet_attribute(field) else frozenset[str]()
            yield from naming.reserved("a field", field, taken, span)
            yield from _bad_default(kind, field, shape, span)
    yield from naming.colliding("the packet kinds", ((kind, spans.get(kind, top)) for kind in anatomy.kinds))


def _bad_default(kind: str, field: str, shape: Mapping[str, Data], span: Span) -> Iterator[Diagnostic]:
    default = shape.get("default")
    if default is None:
        return
    wanted = _TYPES.get(shape["type"], ())
    low, high = shape.get("minimum"), shape.get("maximum")
    if not isinstance(default, wanted) or (isinstance(default, bool) and bool not in wanted):
        problem = f"is not of type {shape['type']}"
    elif shape["type"] in ("integer", "number") and (
        (low is not None and default < low) or (high is not None and default > high)
    ):
        problem = "is out of the field's bounds"
    else:
        return
    yield Diagnostic(
        codes.UNUSABLE_DEFAULT,
        f"the default {default!r} of field {field} of packet kind {kind} {problem}",
        span,
        hint="give the field a default of its own type and within its bounds",
    )


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
