"""Glue → Shapes: what packets carry, which agents that send and agents that receive must agree on."""

from collections.abc import Iterator
from types import MappingProxyType

from qpf.evolution.diff.shapes.shape import NUMBERS, TYPES, Field, Shape, Word
from qpf.model.node import Entry, Node, Scalar, to_data
from qpf.model.node import Mapping as MappingNode

_TYPES = {
    "string": frozenset({"string"}),
    "integer": frozenset({"integer"}),
    "number": NUMBERS,
    "boolean": frozenset({"boolean"}),
    "array": frozenset({"array"}),
    "map": frozenset({"object"}),
}
_WORDS = {
    "description": "description",
    "unit": "x-unit",
    "default": "default",
    "minimum": "minimum",
    "maximum": "maximum",
}


def packets(body: MappingNode) -> Iterator[tuple[str, MappingNode]]:
    """The fields of every kind of packets by name; what is not well formed is left to validation."""
    kinds = body.entries.get("packets")
    if kinds is not None and isinstance(kinds.node, MappingNode):
        for name, entry in kinds.node.entries.items():
            fields = entry.node.entries.get("fields") if isinstance(entry.node, MappingNode) else None
            if fields is not None and isinstance(fields.node, MappingNode):
                yield name, fields.node


def packet_shape(node: MappingNode) -> Shape:
    """What a kind of packets carries, by its fields."""
    fields = {
        name: Field(entry.span, _field(entry.node), _plain(entry.node, "required") is not False)
        for name, entry in node.entries.items()
    }
    return Shape(node.span, frozenset({"object"}), fields=MappingProxyType(fields), extra=False)


def _field(node: Node) -> Shape:
    if not isinstance(node, MappingNode):
        return Shape(node.span)
    words = {
        _WORDS[key]: Word(to_data(entry.node), entry.node.span)
        for key, entry in node.entries.items()
        if key in _WORDS
    }
    type_ = str(_plain(node, "type"))
    inner = node.entries.get("values" if type_ == "map" else "items")
    below = None if inner is None else Shape(inner.node.span, _types(inner))
    return Shape(
        node.span,
        _TYPES.get(type_, TYPES),
        MappingProxyType(words),
        extra=below if below is not None and type_ == "map" else True,
        items=below if type_ == "array" else None,
    )


def _types(entry: Entry) -> frozenset[str]:
    return _TYPES.get(str(to_data(entry.node)), TYPES)


def _plain(node: Node, key: str) -> object:
    entry = node.entries.get(key) if isinstance(node, MappingNode) else None
    return entry.node.value if entry is not None and isinstance(entry.node, Scalar) else None
