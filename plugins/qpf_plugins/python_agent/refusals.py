"""What cannot become Python: names and defaults, all found before anything is written."""

from collections.abc import Iterator, Mapping

from qpf.api import Data, Diagnostic, EmitError, Span
from qpf_plugins.python_agent import codes, naming
from qpf_plugins.python_agent.anatomy import Anatomy, Method


def refuse(anatomy: Anatomy) -> None:
    """Let an agent pass whose names and defaults can all be written down.

    Raises:
        EmitError: With a finding for each that cannot.
    """
    found = [*_bad_names(anatomy), *_bad_packets(anatomy)]
    if found:
        raise EmitError(*found)


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
        if not part.own:
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
