"""Document → Shape: each value is what a field holds unless a later layer says something else."""

from collections.abc import Callable
from types import MappingProxyType

from qpf.evolution.diff.shapes.shape import NUMBERS, Field, Shape, Word
from qpf.model.merge import Keyed, Strategy
from qpf.model.node import Mapping as MappingNode
from qpf.model.node import Node, Scalar, Sequence, to_data
from qpf.model.path import Path

Merging = Callable[[Path], Strategy | None]


def shape_of(body: MappingNode, sections: frozenset[str], merging: Merging) -> Shape:
    """The shape of the sections of a document.

    Args:
        body: The document, or the part of it that holds sections.
        sections: Which keys are sections.
        merging: How values at a path are merged: items of some lists have names.
    """
    kept = {key: entry for key, entry in body.entries.items() if key in sections}
    return _shape(MappingNode(MappingProxyType(kept), body.span), (), merging)


def _shape(node: Node, at: Path, merging: Merging) -> Shape:
    if isinstance(node, MappingNode):
        fields = {
            key: Field(entry.span, _shape(entry.node, (*at, key), merging))
            for key, entry in node.entries.items()
        }
        return Shape(
            node.span, frozenset({"object"}), fields=MappingProxyType(fields), extra=False, written=True
        )
    if isinstance(node, Scalar):
        return Shape(node.span, _types(node), _default(node), written=True)
    strategy = merging(at)
    if isinstance(strategy, Keyed):
        named = _named(node, strategy.field)
        if named is not None:
            fields = {key: Field(each.span, _shape(each, (*at, key), merging)) for key, each in named.items()}
            return Shape(
                node.span, frozenset({"array"}), fields=MappingProxyType(fields), extra=False, written=True
            )
    return Shape(node.span, frozenset({"array"}), _default(node), written=True)


def _default(node: Node) -> "MappingProxyType[str, Word]":
    return MappingProxyType({"default": Word(to_data(node), node.span)})


def _types(node: Scalar) -> frozenset[str]:
    match node.value:
        case None:
            return frozenset({"null"})
        case bool():
            return frozenset({"boolean"})
        case int() | float():
            return NUMBERS
    return frozenset({"string"})


def _named(node: Sequence, key: str) -> dict[str, MappingNode] | None:
    """Items by name; None if one has none, or two have the same."""
    named: dict[str, MappingNode] = {}
    for item in node.items:
        entry = item.entries.get(key) if isinstance(item, MappingNode) else None
        name = entry.node.value if entry is not None and isinstance(entry.node, Scalar) else None
        if not isinstance(item, MappingNode) or name is None or str(name) in named:
            return None
        named[str(name)] = item
    return named
