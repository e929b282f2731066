"""What an operation on values does to the shape of those values."""

from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from qpf.evolution.diff.facts.fact import Kind
from qpf.evolution.diff.shapes.shape import ANNOTATIONS, NUMBERS, Shape, Word
from qpf.evolution.diff.shapes.unite import same
from qpf.evolution.values import node_of, rewritten
from qpf.model.migration import ListToMap, Operation, TypeChange, ValueMap
from qpf.model.node import Data, to_data

_TYPES = {
    "string": frozenset({"string"}),
    "integer": frozenset({"integer"}),
    "number": NUMBERS,
    "boolean": frozenset({"boolean"}),
    "list": frozenset({"array"}),
}


class Recast(NamedTuple):
    """A shape after an operation, and what the operation says of it."""

    shape: Shape
    kind: Kind
    word: str
    before: Data
    after: Data


def recast(operation: Operation, old: Shape, new: Shape) -> Recast:
    """What an operation makes of a shape; where only code could tell, the later shape is believed."""
    match operation:
        case ValueMap(values=values):
            return _mapped(operation, old, dict(values))
        case TypeChange(to="item"):
            made = old.items or Shape(old.span)
        case TypeChange(to="list"):
            made = Shape(
                old.span, _TYPES["list"], _default(operation, old), items=None if old.written else old
            )
        case TypeChange(to=to):
            null = old.types & {"null"}
            made = Shape(old.span, _TYPES[to] | null, _default(operation, old))
        case ListToMap(key=key) if old.items is not None:
            item = old.items
            fields = MappingProxyType({name: each for name, each in item.fields.items() if name != key})
            made = Shape(old.span, frozenset({"object"}), extra=replace(item, fields=fields))
        case _:
            made = new
    made = replace(made, written=old.written)
    return Recast(made, "type", type(operation).__name__, sorted(old.types), sorted(made.types))


def _mapped(operation: ValueMap, old: Shape, values: dict[Data, Data]) -> Recast:
    words = {**old.words, **_default(operation, old)}
    before = old.value("enum")
    if before is not None:
        after: list[Data] = []
        for value in before:
            new = next((to for known, to in operation.values if same(known, value)), value)
            if not any(same(new, each) for each in after):
                after.append(new)
        words["enum"] = Word(after, old.where("enum"))
    shown = {str(one): other for one, other in values.items()}
    return Recast(
        replace(old, words=MappingProxyType(words)), "enum", "ValueMap", list(shown), list(shown.values())
    )


def _default(operation: Operation, old: Shape) -> "MappingProxyType[str, Word]":
    """The annotations of a shape, its default rewritten as values are."""
    words = {word: said for word, said in old.words.items() if word in ANNOTATIONS | {"default"}}
    if "default" in words:
        said = words["default"]
        try:
            words["default"] = Word(to_data(rewritten(operation, node_of(said.value, said.span))), said.span)
        except ValueError:
            del words["default"]
    return MappingProxyType(words)
