"""What a mapping may hold under a name that it does not list."""

from functools import cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError

from qpf.evolution.diff.shapes.shape import Shape
from qpf.evolution.diff.shapes.unite import together


def content(shape: Shape, name: str) -> Shape | bool:
    """By the patterns that the name has, or as any other field; True: anything, False: there may be none."""
    several = [inner for pattern, inner in shape.patterns.items() if named(pattern, name)]
    if several:
        inner = together(several)
        return True if inner.anything else inner if inner.types else False
    return shape.extra


def named(pattern: str, name: str) -> bool:
    """Whether a pattern is found in a text; one that is not understood is found in none."""
    found = compiled(pattern)
    if found is None:
        return False
    try:
        found.validate_python(name)
    except ValidationError:
        return False
    return True


@cache
def compiled(pattern: str) -> SchemaValidator | None:
    """A pattern, which takes time in proportion to the text that it is held to; None if it cannot be read."""
    try:
        return SchemaValidator({"type": "str", "pattern": pattern})
    except SchemaError:
        return None
