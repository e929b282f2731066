"""QPF640: a name that cannot stand in Python."""

import keyword
from collections.abc import Iterator
from typing import NamedTuple

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Path, Severity
from qpf_plugins.python_agent import naming
from qpf_plugins.python_agent.anatomy import kinds_of, owners_of

CODE = Code(
    "QPF640",
    "reserved-name",
    Severity.ERROR,
    "A name of the schema cannot be a name in emitted Python: a keyword, or taken by the code around it.",
)


class Name(NamedTuple):
    """A name of the schema, and what it becomes."""

    what: str
    said: str
    python: str
    taken: frozenset[str]
    free: str
    path: Path
    glue: bool = False


def check(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    """A name cannot be a name in emitted Python.

    What it does:
        Where `python_agent` is a target, looks at what agents, sub-schemas with methods, methods
        and their implementations, packet kinds and their fields are called: none may be a keyword
        of Python, or the name of something that is emitted or imported beside it.

    Why is this bad:
        The emitted package could not be imported, or would do something else than it says.

    Example:
        ```yaml
        packets:
          score_request:
            fields:
              class: {type: string, description: What is scored.}
        ```

    Use instead:
        ```yaml
        packets:
          score_request:
            fields:
              class_value: {type: string, description: What is scored.}
        ```
    """
    if naming.NAME not in environment.settings.targets:
        return
    for name in (*_of_agent(agent), *_of_packets(agent, environment)):
        if keyword.iskeyword(name.python):
            why = "a keyword of Python"
        elif name.python in name.taken:
            why = "taken by the code around it"
        else:
            continue
        shown = "" if name.python == name.said else f" (in Python: {name.python})"
        span = environment.glue.packet_span(*name.path) if name.glue else agent.span(*name.path)
        yield Diagnostic(
            CODE,
            f"{name.what} cannot be called {name.said}{shown}: the name is {why}",
            span,
            hint=f"rename it, for instance to {name.said}{name.free}",
        )


def _of_agent(agent: Agent) -> Iterator[Name]:
    yield Name("an agent", agent.name, agent.name, naming.PACKAGES, "_agent", ("name",))
    owners = owners_of(agent)
    told: set[str] = set()
    for method, binding in agent.values["integration"]["methods"].items():
        path = ("integration", "methods", method)
        sub = owners.get(method)
        if sub is not None and sub not in told:
            told.add(sub)
            yield Name("a sub-schema", sub, sub, naming.MODULES, "_sub", path)
            yield Name("a sub-schema", sub, naming.class_name(sub), naming.CLASSES, "_sub", path)
        yield Name("a method", method, method, naming.METHODS, "_packet", path)
        module, _, function = binding["implementation"].partition(":")
        for word in (*module.split("."), function):
            yield Name("a module or function", word, word, frozenset(), "_", (*path, "implementation"))


def _of_packets(agent: Agent, environment: Environment) -> Iterator[Name]:
    packets = environment.glue.packets
    for kind in kinds_of(agent):
        if kind in packets:
            yield Name(
                "a packet kind", kind, naming.class_name(kind), naming.PACKETS, "_packet", (kind,), glue=True
            )
            for field in packets[kind]["fields"]:
                taken = frozenset({field}) if naming.is_packet_attribute(field) else frozenset[str]()
                yield Name("a field", field, field, taken, "_value", (kind, "fields", field), glue=True)


PASS = Pass("reserved-name", 6, (CODE,), check)
