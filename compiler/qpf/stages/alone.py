"""What is wrong in one schema file whatever others say: where nobody composes it, or what it names is gone.

Most of a layer can only be judged once all are merged: what is missing may come from another one, and what is
wrong may be replaced. A key that no section has, and a value of a type that its key never has, are wrong
by themselves.
"""

from collections.abc import Iterable

from qpf.model.diagnostic import Code, Report
from qpf.model.fleet import Document
from qpf.model.layer import Contribution
from qpf.model.node import Scalar, find
from qpf.stages.lifted import lifted
from qpf.stages.schema import Schema
from qpf.syntax.bind import bind
from qpf.syntax.codes import INVALID_VALUE, UNKNOWN_KEY, WRONG_TYPE

ALWAYS: frozenset[Code] = frozenset({UNKNOWN_KEY, WRONG_TYPE})
"""Certain of any layer; values that are not allowed may stand in a base for agents to replace."""

LAST = ALWAYS | {INVALID_VALUE}
"""Certain of an agent's own file, and of what an environment overrides of it."""


def alone(
    document: Document, contributions: Iterable[Contribution], schema: Schema, codes: frozenset[Code]
) -> Report:
    """Hold what a file says to the models of its sections, and tell of that what is certain.

    Args:
        document: The file.
        contributions: What it says.
        schema: The sections.
        codes: What may be told.
    """
    return lifted(certain(contributions, schema, codes), (document,))


def certain(contributions: Iterable[Contribution], schema: Schema, codes: frozenset[Code]) -> Report:
    """The same, for what is only a part of a file."""
    return Report.of(
        each
        for contribution in contributions
        for name, entry in contribution.body.entries.items()
        for each in bind(entry.node, schema.sections[name].model, prefix=(name,)).report.diagnostics
        if each.code in codes
        and (each.code == UNKNOWN_KEY or isinstance(find(entry.node, each.path[1:]), Scalar))
    )
