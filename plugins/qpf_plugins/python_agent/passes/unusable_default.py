"""QPF643: a default that its own field would refuse."""

from collections.abc import Iterator, Mapping

from qpf.api import Agent, Code, Data, Diagnostic, Environment, Pass, Severity
from qpf_plugins.python_agent.anatomy import kinds_of
from qpf_plugins.python_agent.naming import NAME

CODE = Code(
    "QPF643",
    "unusable-default",
    Severity.ERROR,
    "A packet field's default is not a value of the field's type.",
)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def check(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    """A packet field's default is not a value of the field's type.

    What it does:
        Where `python_agent` is a target, holds the defaults of the fields of the packet kinds an
        agent knows to their own types and bounds.

    Why is this bad:
        The emitted class would be refused by type checkers, and packets without the field by the
        agents that receive them.

    Example:
        ```yaml
        fields:
          retries: {type: integer, required: false, default: three, description: Tries so far.}
        ```

    Use instead:
        ```yaml
        fields:
          retries: {type: integer, required: false, default: 3, description: Tries so far.}
        ```
    """
    if NAME not in environment.settings.targets:
        return
    glue = environment.glue
    for kind in kinds_of(agent):
        for field, shape in glue.packets[kind]["fields"].items() if kind in glue.packets else ():
            problem = _problem(shape)
            if problem:
                yield Diagnostic(
                    CODE,
                    f"the default {shape['default']!r} of field {field} of packet kind {kind} {problem}",
                    glue.packet_span(kind, "fields", field, "default"),
                    hint="give the field a default of its own type and within its bounds",
                )


def _problem(shape: Mapping[str, Data]) -> str:
    """What is wrong with a field's default; empty if nothing is."""
    default, kind = shape.get("default"), shape["type"]
    if default is None:
        return ""
    wanted = _TYPES.get(kind, ())
    if not isinstance(default, wanted) or (isinstance(default, bool) and bool not in wanted):
        return f"is not of type {kind}"
    low, high = shape.get("minimum"), shape.get("maximum")
    beyond = (low is not None and default < low) or (high is not None and default > high)
    return "is out of the field's bounds" if beyond and kind in ("integer", "number") else ""


PASS = Pass("unusable-default", 6, (CODE,), check)
