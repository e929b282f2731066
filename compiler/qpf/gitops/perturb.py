"""Another document that differs in what one line says: how the reach of such a line is found."""

from types import MappingProxyType

from msgspec.structs import replace

from qpf.model.fleet import Document
from qpf.model.node import Entry, Mapping, Node, Scalar, Sequence
from qpf.model.path import Path
from qpf.model.span import Span


def perturb(document: Document, line: int) -> tuple[Document, tuple[tuple[Path, Node], ...]]:
    """The document with every value on a line changed, and what the line says now.

    Values below a key on the line count as said by it.
    """
    said: list[tuple[Path, Node]] = []

    def walk(node: Node, path: Path, *, whole: bool) -> Node:
        if isinstance(node, Mapping):
            entries = {
                key: Entry(
                    entry.span,
                    walk(entry.node, (*path, key), whole=whole or covers(entry.span, document.source, line)),
                )
                for key, entry in node.entries.items()
            }
            return Mapping(MappingProxyType(entries), node.span)
        if isinstance(node, Sequence):
            items = [walk(item, (*path, index), whole=whole) for index, item in enumerate(node.items)]
            return Sequence(tuple(items), node.span)
        if whole or covers(node.span, document.source, line):
            said.append((path, node))
            return Scalar(another(node.value), node.span)
        return node

    body = walk(document.body, (), whole=False)
    return (replace(document, body=body) if isinstance(body, Mapping) else document), tuple(said)


def another(value: object) -> str | int | float | bool:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def covers(span: Span, source: str, line: int) -> bool:
    """Whether a span touches a line; the line after a final line break does not count."""
    return span.source == source and span.line <= line <= max(
        span.line, span.end_line - (span.end_column == 1)
    )
