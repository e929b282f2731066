"""QPF390: agents that do not keep to what the fleet's own constraints say."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from qpf.api import Agent, Diagnostic, Environment, Note, Pass, format_layer, format_path, start_of
from qpf_plugins.cue_constraints import engine
from qpf_plugins.cue_constraints.codes import BAD_ATTRIBUTE, UNFINISHED, VIOLATED
from qpf_plugins.cue_constraints.engine import FOLDER, engines
from qpf_plugins.cue_constraints.given import fleet_codes
from qpf_plugins.cue_constraints.place import document_of, span_of
from qpf_plugins.cue_constraints.rule import read_rule

if TYPE_CHECKING:
    from cuelang import Finding

CODE = VIOLATED[3]
_LONGEST = 160


def check(
    agent: Agent, environment: Environment, texts: Mapping[str, str], may_give: Callable[[str], bool]
) -> Iterator[Diagnostic]:
    """An agent does not keep to a constraint in `base/constraints`.

    What it does:
        Holds the agent, as it is composed for the environment and with defaults filled in, to every file of
        constraints. A constraint says in `@qpf(…)` with which code, of which layer, and in which words it is
        reported; one that gives no code is reported with the code of its layer.

        Of an agent that has errors, what is wrong is told as far as it is wrong however those are mended.
        Files that speak of what is in error, and of what is absent (`_|_`, a default), wait for that.

    Why is this bad:
        The fleet's own people forbade it.

    Example:
        ```cue
        deployment: {
            apimode: string
            if apimode == "private" {
                auth_required: true @qpf(code="L9-401", layer=4, message="a private API lets anyone in")
            }
        }
        ```

    Use instead:
        A value that the constraint allows, or another constraint.
    """
    try:
        found = engine.vet(texts, agent.name, *document_of(agent, environment))
    except engine.MissingError:  # That is said once, of the fleet.
        return
    for each in found:
        yield _finding(agent, each, min(texts), may_give)


def _finding(agent: Agent, found: "Finding", file: str, may_give: Callable[[str], bool]) -> Diagnostic:
    at = found.rule or next(iter(found.constraints), None)
    place = span_of(at) if at else start_of(file)
    if found.kind in {"unfinished", "skipped"}:
        who = "agents are" if found.kind == "skipped" else f"{agent.name} is"
        return Diagnostic(
            UNFINISHED,
            f"{who} not held to the constraints in {place.source}: {found.message}",
            place,
            hint="say it with fewer alternatives and without nested loops",
            subject=agent.name,
        )
    rule = read_rule(found.attribute, place.source)
    what = "is missing" if found.kind == "missing" else "is not what a constraint allows"
    others = [path for path in found.data if path != found.path]
    return Diagnostic(
        rule.code if may_give(rule.code.id) else rule.instead,
        rule.message or f"{format_path(found.path) or agent.name} {what}",
        agent.span(*found.path),
        found.path,
        notes=(
            *(Note(f"{format_path(path)} took part", agent.span(*path)) for path in others),
            Note(f"a constraint of layer {format_layer(rule.layer)}: {_short(found.message)}", place),
        ),
        hint=rule.hint,
        subject=agent.name,
    )


def _short(message: str) -> str:
    """What the engine says, without the end of the values it shows whole."""
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"


PASS = Pass(
    "constraint-violated",
    3,
    (*VIOLATED.values(), UNFINISHED, BAD_ATTRIBUTE),
    check,
    reads=FOLDER,
    engines=engines,
    fleet_codes=fleet_codes,
)
