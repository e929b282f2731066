"""What a mapping may hold under a name that it does not list."""

import re
from functools import cache

from qpf.evolution.diff.shape import Shape
from qpf.evolution.diff.unite import together


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
    return found is not None and found.search(name) is not None


@cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern; None if it cannot be read."""
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
