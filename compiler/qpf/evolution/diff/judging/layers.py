"""Layers as one shape, as far as governed fields go: of those, the tightest value of any layer holds."""

from collections.abc import Callable
from types import MappingProxyType

from msgspec.structs import replace

from qpf.evolution.diff.judging.tightness import Governed, moved
from qpf.evolution.diff.shapes.shape import Shape, Word
from qpf.evolution.diff.shapes.unite import same
from qpf.model.path import Path


def layered(shape: Shape, governing: Callable[[Path], Governed | None]) -> Shape:
    """The parts of a written shape laid over each other, the later ones above."""
    if not shape.parts:
        return shape
    first, *others = shape.parts
    for other in others:
        first = _over(first, other, (), governing)
    return first


def _over(low: Shape, high: Shape, at: Path, governing: Callable[[Path], Governed | None]) -> Shape:
    if low.types != high.types or not (low.fields or high.fields):
        return _value(low, high, governing(at))
    fields = dict(low.fields)
    for name, field in high.fields.items():
        below = fields.get(name)
        shape = field.shape if below is None else _over(below.shape, field.shape, (*at, name), governing)
        fields[name] = field._replace(shape=shape)
    return replace(high, fields=MappingProxyType(fields))


def _value(low: Shape, high: Shape, governed: Governed | None) -> Shape:
    """Which of two values holds; of lists of a governed field, their members together."""
    one, other = low.value("default"), high.value("default")
    if governed is None:
        return high
    if isinstance(one, list) and isinstance(other, list):
        both = [*one, *(each for each in other if not any(same(each, known) for known in one))]
        return replace(high, words=MappingProxyType({"default": Word(both, high.where("default"))}))
    held = governed.merged and moved(one, other, governed.strategy) == "loosens"
    return low if held else high
