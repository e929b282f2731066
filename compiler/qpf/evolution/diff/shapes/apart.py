"""Whether it is certain that no value fits two shapes."""

from qpf.evolution.diff.shapes.shape import Shape
from qpf.model.digest import canonical

_DEEPEST = 3


def apart(one: Shape, other: Shape, depth: int = _DEEPEST) -> bool:
    """Whether it is certain that no value fits both; what cannot be told is not."""
    one, other = one.entered, other.entered
    if one.types.isdisjoint(other.types) or _nothing_listed(one, other):
        return True
    if depth == 0:
        return False
    for first, second in ((one, other), (other, one)):
        if first.branches and all(apart(each, second, depth - 1) for each in first.branches):
            return True
        if any(apart(each, second, depth - 1) for each in first.parts):
            return True
    return one.types & other.types == {"object"} and _fields_apart(one, other, depth)


def all_apart(shapes: tuple[Shape, ...] | list[Shape]) -> bool:
    """Whether it is certain that no value fits two of some shapes."""
    return all(apart(one, other) for place, one in enumerate(shapes) for other in shapes[place + 1 :])


def _fields_apart(one: Shape, other: Shape, depth: int) -> bool:
    """Whether one mapping needs a field that the other one refuses, or that cannot be what both ask for."""
    for first, second in ((one, other), (other, one)):
        for name, field in first.fields.items():
            theirs = second.fields.get(name)
            if field.required and theirs is None and second.extra is False and not second.patterns:
                return True
            if field.required and theirs is not None and apart(field.shape, theirs.shape, depth - 1):
                return True
    return False


def _nothing_listed(one: Shape, other: Shape) -> bool:
    """Whether both list values, and none of them is the same."""
    first, second = one.value("enum"), other.value("enum")
    if first is None or second is None or "null" in one.types & other.types:
        return False
    return {canonical(value) for value in first}.isdisjoint(canonical(value) for value in second)
