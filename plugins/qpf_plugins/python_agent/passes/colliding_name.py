"""QPF641: two names that become one."""

from collections.abc import Iterable, Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity, Span
from qpf_plugins.python_agent import naming
from qpf_plugins.python_agent.anatomy import kinds_of, owners_of

CODE = Code(
    "QPF641",
    "colliding-name",
    Severity.ERROR,
    "Two names of the schema become the same name in emitted Python.",
)


def check(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    """Two names of the schema become the same name in emitted Python.

    What it does:
        Where `python_agent` is a target, forms the classes of an agent's sub-schemas and of the
        packet kinds it knows: `hot_1` and `hot1` both become `Hot1`.

    Why is this bad:
        One of the two classes would hide the other.

    Example:
        ```yaml
        packets:
          score_1: {...}
          score1: {...}
        ```

    Use instead:
        ```yaml
        packets:
          first_score: {...}
          second_score: {...}
        ```
    """
    if naming.NAME not in environment.settings.targets:
        return
    methods = {sub: method for method, sub in owners_of(agent).items()}
    for first, second in _alike(sub for sub in agent.subs if sub in methods):
        spans = [agent.span("integration", "methods", methods[sub]) for sub in (first, second)]
        yield _found("sub-schemas", first, second, spans[0], spans[1])
    glue = environment.glue
    for first, second in _alike(kind for kind in kinds_of(agent) if kind in glue.packets):
        yield _found("packet kinds", first, second, glue.packet_span(first), glue.packet_span(second))


def _alike(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that become the class of an earlier one, behind that one."""
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(naming.class_name(name), name)
        if first != name:
            yield first, name


def _found(what: str, first: str, second: str, earlier: Span, later: Span) -> Diagnostic:
    return Diagnostic(
        CODE,
        f"the {what} {second} and {first} both become the class {naming.class_name(first)}",
        later,
        notes=(Note(f"{first} stands here", earlier),),
        hint="rename one of them so that they differ in more than underscores",
    )


PASS = Pass("colliding-name", 6, (CODE,), check)
