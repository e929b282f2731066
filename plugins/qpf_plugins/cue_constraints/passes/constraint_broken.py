"""QPF391: constraints that make no sense themselves, whatever agents say."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from qpf.api import Code, Diagnostic, Environment, Note, Pass, Severity, Span, start_of
from qpf_plugins.cue_constraints import engine
from qpf_plugins.cue_constraints.codes import BAD_ATTRIBUTE, ENGINE_MISSING, UNFINISHED
from qpf_plugins.cue_constraints.engine import FOLDER, engines
from qpf_plugins.cue_constraints.place import span_of
from qpf_plugins.cue_constraints.rule import faults, read_rule

if TYPE_CHECKING:
    from cuelang import Finding, Rule

CODE = Code(
    "QPF391",
    "constraint-broken",
    Severity.ERROR,
    "A file of constraints is no CUE, or contradicts itself.",
)


def check(_environment: Environment, texts: Mapping[str, str]) -> Iterator[Diagnostic]:
    """A file in `base/constraints` is no CUE, names what there is not, or contradicts itself.

    What it does:
        Compiles every file, alone or with the others of its package, and evaluates what it says without any
        agent. Checks what constraints say of themselves in `@qpf(…)`. A file with a fault is left out; the
        others are checked all the same.

    Why is this bad:
        What it was to forbid is not forbidden while it is broken.

    Example:
        ```cue
        deployment: replicas: >=2
        deployment: replicas: <2
        ```

    Use instead:
        ```cue
        deployment: replicas: >=2
        ```
    """
    try:
        found = engine.faults(texts)
    except engine.MissingError as error:
        yield _missing(texts, error)
        return
    yield from map(_fault, found)
    yield from _attributes(engine.rules(texts))


_UNKNOWN = re.compile(r'reference "(\w+)" not found')


def _fault(found: "Finding") -> Diagnostic:
    place = span_of(found.constraints[0])
    others = tuple(Note("this took part", span_of(at)) for at in found.constraints[1:])
    if found.kind == "constraint":
        unknown = _UNKNOWN.search(found.message)
        # A file is read without any agent: what it asks about, it has to name first.
        hint = (
            f"a section is named before it is asked about: write `{unknown[1]}: _` above" if unknown else ""
        )
        return Diagnostic(
            CODE, f"this is no sound constraint: {found.message}", place, notes=others, hint=hint
        )
    return Diagnostic(
        UNFINISHED,
        f"nobody is held to the constraints in {place.source}: {found.message}",
        place,
        notes=others,
        hint="say it with fewer alternatives and without nested loops",
    )


def _attributes(rules: Iterable["Rule"]) -> Iterator[Diagnostic]:
    """What cannot be in attributes, and what two of them say differently."""
    meanings: dict[str, tuple[Code, Span]] = {}
    for rule in rules:
        place = span_of(rule.at)
        for what, remedy in faults(rule.says):
            yield Diagnostic(BAD_ATTRIBUTE, what, place, hint=remedy)
        code = read_rule(rule.says, rule.at.file).code
        first, where = meanings.setdefault(code.id, (code, place))
        if (first.name, first.severity) != (code.name, code.severity):
            what = "names" if first.name != code.name else "severities"
            yield Diagnostic(
                BAD_ATTRIBUTE,
                f"code {code.id} has two {what}",
                place,
                notes=(Note("the other is here", where),),
                hint="give each defect a code of its own, and say the same of it everywhere",
            )


def _missing(texts: Mapping[str, str], error: Exception) -> Diagnostic:
    """The finding that there are constraints and nobody to hold agents to them."""
    first = min(texts)
    return Diagnostic(
        ENGINE_MISSING,
        f"there are constraints in {FOLDER}, and the engine cannot be used: {error}",
        start_of(first),
        hint="install it: `pip install 'qpf[constraints]'`",
    )


PASS = Pass(
    "constraint-broken",
    3,
    (CODE, BAD_ATTRIBUTE, ENGINE_MISSING, UNFINISHED),
    check,
    scope="fleet",
    reads=FOLDER,
    engines=engines,
)
