"""The operations of a step: each one word of the vocabulary with what it does, read or found wanting."""

from qpf.evolution.codes import BAD_OPERATION
from qpf.evolution.words import WORDS, Words, in_full
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.migration import (
    FieldAdd,
    FieldDeprecated,
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    ListToMap,
    Operation,
    Rewrite,
    Split,
    TypeChange,
    ValueMap,
)
from qpf.model.nearest import did_you_mean
from qpf.model.node import Mapping as MappingNode
from qpf.model.node import Node, Scalar, Sequence
from qpf.model.path import Path, parse_path
from qpf.model.span import Span
from qpf.syntax.bind import bind


def read_operations(nodes: Sequence, at: Path) -> Outcome[tuple[Operation, ...]]:
    """Read the operations of a step; those that cannot be understood are findings.

    Args:
        nodes: The list.
        at: Where it stands in its document.
    """
    operations: list[Operation] = []
    report = Report()
    for position, node in enumerate(nodes.items):
        outcome = _read(node, (*at, position))
        report += outcome.report
        if outcome.value is not None:
            operations.append(outcome.value)
    return Outcome(tuple(operations), report)


def _read(node: Node, at: Path) -> Outcome[Operation | None]:
    if not isinstance(node, MappingNode) or len(node.entries) != 1:
        hint = f"write `- field_rename: {WORDS['field_rename'].example}`"
        return _bad("an operation is one word with what it does", node.span, at, hint)
    ((word, entry),) = node.entries.items()
    model = WORDS.get(word)
    if model is None:
        return _bad(f"there is no operation {word}", entry.span, at, did_you_mean(word, WORDS))
    words: Words | None
    if isinstance(entry.node, Scalar):
        full, report = in_full(entry.node.value, model), Report()
        if full is None:
            return _bad(f"{word} cannot be read", entry.node.span, at, f"write `{word}: {model.example}`")
        words = model.model_validate(full)
    else:
        bound = bind(entry.node, model, prefix=(*at, word))
        words, report = bound.value, bound.report
    if words is None:
        return Outcome(None, report)
    operation = words.operation(entry.span)
    found = [
        Diagnostic(BAD_OPERATION, f"`{path}` {why}", entry.node.span, at, hint="write it as `section.field`")
        for path in paths_of(operation)
        if (why := why_not(path))
    ]
    return Outcome(None if found else operation, report + Report.of(found))


def _bad(message: str, span: Span, at: Path, hint: str) -> Outcome[None]:
    return Outcome(None, Report.of([Diagnostic(BAD_OPERATION, message, span, at, hint=hint)]))


def paths_of(operation: Operation) -> tuple[str, ...]:
    """Every field that an operation is about."""
    match operation:
        case FieldRename(old, new) | FieldMove(old, new):
            return (old, new)
        case Split(path, into):
            return (path, *into)
        case Join(paths, into):
            return (*paths, into)
        case FieldAdd(path) | FieldRemove(path) | FieldDeprecated(path):
            return (path,)
        case ValueMap(path) | TypeChange(path) | ListToMap(path) | Rewrite(path):
            return (path,)
    raise TypeError(operation)


def why_not(path: str) -> str:
    """Why something is no path of a field; nothing, if it is one."""
    try:
        parts = parse_path(path)
    except (ValueError, TypeError):
        return "is no path"
    if len(parts) < 2:  # noqa: PLR2004  # a section and a field
        return "names no field of a section"
    if any(isinstance(part, int) for part in parts):
        return "counts items of a list, which have no names; `*` stands for all"
    return "names no section" if parts[0] == "*" else ""
