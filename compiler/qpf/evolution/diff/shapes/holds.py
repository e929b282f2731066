"""Shape and value → whether it fits, as far as a shape can tell: what it cannot read, it takes as fitting."""

from collections.abc import Iterator
from fractions import Fraction

from qpf.evolution.diff.shapes.content import compiled, named
from qpf.evolution.diff.shapes.plain import plain, type_of
from qpf.evolution.diff.shapes.shape import Shape
from qpf.evolution.diff.shapes.unite import same
from qpf.model.node import Data


def holds(shape: Shape, value: Data) -> bool:
    """Whether a value fits a shape; inside a cycle, everything does."""
    return _holds(shape, plain(value))


def _holds(shape: Shape, value: Data) -> bool:
    if shape.cycle:
        return True
    kind = type_of(value)
    if kind not in shape.types:
        return False
    listed = shape.value("enum")
    if listed is not None and value is not None and not any(same(value, each) for each in listed):
        return False
    fitting = sum(_holds(each, value) for each in shape.branches)
    if shape.branches and (fitting != 1 if shape.exclusive else not fitting):
        return False
    return all(_holds(part, value) for part in shape.parts) and all(_asked(shape, value, kind))


def _asked(shape: Shape, value: Data, kind: str) -> Iterator[bool]:
    """What constraints say of a value of their kind."""
    match kind:
        case "integer" | "fraction":
            yield from _number(shape, value)
        case "string":
            yield _within(shape, len(value), "minLength", "maxLength")
            pattern = shape.value("pattern")
            yield not isinstance(pattern, str) or compiled(pattern) is None or named(pattern, value)
        case "array":
            yield _within(shape, len(value), "minItems", "maxItems")
            yield shape.value("uniqueItems") is not True or _unique(value)
            yield from map(_holds, shape.prefix, value)
            if shape.items is not None:
                yield from (_holds(shape.items, each) for each in value[len(shape.prefix) :])
        case "object":
            yield _within(shape, len(value), "minProperties", "maxProperties")
            yield from (name in value for name, field in shape.fields.items() if field.required)
            yield from (_member(shape, name, inner) for name, inner in value.items())
            yield from _dependent(shape, value)


def _number(shape: Shape, value: Data) -> Iterator[bool]:
    yield _within(shape, value, "minimum", "maximum")
    least, most, step = (shape.value(word) for word in ("exclusiveMinimum", "exclusiveMaximum", "multipleOf"))
    yield not _number_like(least) or value > least
    yield not _number_like(most) or value < most
    yield not _number_like(step) or step <= 0 or Fraction(str(value)) % Fraction(str(step)) == 0


def _within(shape: Shape, value: float, least: str, most: str) -> bool:
    low, high = shape.value(least), shape.value(most)
    return not ((_number_like(low) and value < low) or (_number_like(high) and value > high))


def _number_like(value: Data) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unique(items: list[Data]) -> bool:
    return not any(same(one, other) for place, one in enumerate(items) for other in items[place + 1 :])


def _member(shape: Shape, name: str, value: Data) -> bool:
    """Whether a mapping may hold a value under a name."""
    several = [inner for pattern, inner in shape.patterns.items() if named(pattern, name)]
    if name in shape.fields:
        several.append(shape.fields[name].shape)
    if not several:
        return shape.extra if isinstance(shape.extra, bool) else _holds(shape.extra, value)
    return all(_holds(each, value) for each in several)


def _dependent(shape: Shape, value: dict[str, Data]) -> Iterator[bool]:
    wanted = shape.value("dependentRequired")
    for name, others in wanted.items() if isinstance(wanted, dict) else ():
        if name in value and isinstance(others, list):
            yield from (other in value for other in others)
