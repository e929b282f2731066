"""What `qpf.yaml` says about findings, and how bad they are by that."""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from pydantic import Field

from qpf.model.diagnostic import Code, Diagnostic, Outcome, Report, Severity
from qpf.model.fleet import Document
from qpf.model.nearest import nearest_code
from qpf.model.node import Mapping as MappingNode
from qpf.model.node import find
from qpf.model.policy import is_firm
from qpf.model.span import Span, start_of
from qpf.stages import codes
from qpf.syntax.codes import FIRM_ERROR
from qpf.syntax.header import Header

Level: TypeAlias = Literal["error", "warning", "note", "off"]
LEVELS: Mapping[str, Severity | None] = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "note": Severity.NOTE,
    "off": None,
}


class Validation(Header):
    """How the fleet is validated."""

    severity: dict[str, Level] = Field(
        default={},
        description="How bad findings are, by the id or the name of their code; `off`: they are not told. "
        "An error of the core stays one.",
    )
    seconds_per_pass: int | float = Field(
        default=20,
        gt=0,
        le=3600,
        description="Processor time that one pass may take for one agent; ten times as long by the clock.",
    )


def severities(
    document: Document,
    settings: Validation,
    known: Mapping[str, Code],
    may_be: Callable[[str], bool],
) -> Outcome[Mapping[str, Severity | None]]:
    """How bad findings are, by the id of their code.

    Args:
        document: `qpf.yaml`.
        settings: What it says.
        known: Every code, by its id and by its name.
        may_be: Whether a word may be a code that could not be told; what is said of it counts for nothing.
    """
    levels: dict[str, Severity | None] = {}
    found: list[Diagnostic] = []
    for word, level in settings.severity.items():
        code = known.get(word)
        span = _key(document, word)
        path = ("validation", "severity", word)
        if code is None and may_be(word):
            continue
        if code is None:
            hint = nearest_code(word, known)
            found.append(Diagnostic(codes.UNKNOWN_CODE, f"there is no code {word}", span, path, hint=hint))
        elif is_firm(code) and level != "error":
            found.append(
                Diagnostic(
                    FIRM_ERROR,
                    f"{code.id} ({code.name}) is an error, which no fleet lowers to `{level}`",
                    span,
                    path,
                    hint="mend what it finds; only warnings, notes and the errors of other plugins give way",
                )
            )
        else:
            levels[code.id] = LEVELS[level]
    return Outcome(levels, Report.of(found))


def _key(document: Document, word: str) -> Span:
    """Where a code is named."""
    node = find(document.body, ("validation", "severity"))
    if isinstance(node, MappingNode) and word in node.entries:
        return node.entries[word].span
    return start_of(document.source)
