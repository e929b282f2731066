"""The tree a document is read into: plain values that know where they stand.

Nodes are immutable and shared: composing layers reuses the nodes it does not
change, so every value keeps the span of the layer that wrote it at no cost.
"""

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from qpf.model.path import Path
from qpf.model.span import Span

Atom: TypeAlias = str | int | float | bool | None


class Scalar(NamedTuple):
    """One value of the YAML 1.2 core schema."""

    value: Atom
    span: Span


class Sequence(NamedTuple):
    """A list."""

    items: "tuple[Node, ...]"
    span: Span


class Entry(NamedTuple):
    """One key of a mapping with what it holds; `span` is the key's."""

    span: Span
    node: "Node"


class Mapping(NamedTuple):
    """A mapping; keys are strings, in the order written."""

    entries: ReadOnly[str, Entry]
    span: Span


Node: TypeAlias = Scalar | Sequence | Mapping

Data: TypeAlias = Any
"""JSON-like data: dict, list, str, int, float, bool, None (read-only views where plugins see it)."""


def to_data(node: Node) -> Data:
    """The plain value of a node: fresh dicts and lists, free of spans."""
    kind = type(node)
    if kind is Scalar:
        return node.value  # type: ignore[union-attr]  # narrowed by type() above, which is faster here
    if kind is Mapping:
        return {key: to_data(entry.node) for key, entry in node.entries.items()}  # type: ignore[union-attr]  # as above
    return [to_data(item) for item in node.items]  # type: ignore[union-attr]  # as above


def freeze(data: Data) -> Data:
    """The same data behind read-only views: mappings refuse writes, lists are tuples."""
    if type(data) is dict:
        return MappingProxyType({key: freeze(value) for key, value in data.items()})
    if type(data) is list:
        return tuple([freeze(value) for value in data])
    return data


class Lookalike(ReadOnly[str, Data]):
    """A mapping that does all that those of `freeze` do, for one that stands for such a mapping."""

    __slots__ = ()

    def copy(self) -> dict[str, Data]:
        """A writable copy; what it holds stays read-only."""
        return dict(self)

    def __or__(self, other: object) -> dict[str, Data]:
        return {**self, **other} if isinstance(other, ReadOnly) else NotImplemented

    def __ror__(self, other: object) -> dict[str, Data]:
        return {**other, **self} if isinstance(other, ReadOnly) else NotImplemented

    def __reversed__(self) -> Iterator[str]:
        yield from reversed([*self])

    def __repr__(self) -> str:
        return repr(MappingProxyType(dict(self)))


def thaw(data: Data) -> Data:
    """A fresh, writable copy of frozen data."""
    if isinstance(data, ReadOnly):
        return {key: thaw(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [thaw(value) for value in data]
    return data


def find(node: Node, path: Path) -> Node | None:
    """The node at a path, or None."""
    for part in path:
        if isinstance(node, Mapping) and part in node.entries:
            node = node.entries[str(part)].node
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        else:
            return None
    return node


def locate(node: Node, path: Path) -> Span:
    """The span of the value at a path; of the nearest key above it where the path ends early."""
    span = node.span
    for part in path:
        if isinstance(node, Mapping) and part in node.entries:
            entry = node.entries[str(part)]
            node = entry.node
            span = entry.span if isinstance(node, Mapping | Sequence) else node.span
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            span = node.span
        else:
            break
    return span
