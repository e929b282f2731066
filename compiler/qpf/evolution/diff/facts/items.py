"""What two schemas ask of items of lists: of each by its position, and of all that follow."""

from collections.abc import Iterator

from qpf.evolution.diff.facts.branches import Step
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.shapes.shape import Shape
from qpf.model.path import Path


def items(old: Shape, new: Shape, at: Path) -> Iterator[Fact | Step]:
    """Differences of what a list may hold."""
    if "array" not in old.types & new.types:
        return
    if _reordered(old, new):
        yield _prefix(old, new, at, "order")
    else:
        for one, other in zip(old.prefix, new.prefix, strict=False):
            yield Step(one, other, (*at, "*"), "list")
        if len(old.prefix) != len(new.prefix):
            yield _prefix(old, new, at, "length")
    if old.items is not None or new.items is not None:
        yield Step(old.items or Shape(old.span), new.items or Shape(new.span), (*at, "*"), "list")


def closed(shape: Shape) -> bool:
    """Whether a list has no items but those that its prefix is about."""
    most = shape.value("maxItems")
    return bool(shape.prefix) and most is not None and most <= len(shape.prefix)


def _reordered(old: Shape, new: Shape) -> bool:
    before, after = [each.meaning for each in old.prefix], [each.meaning for each in new.prefix]
    return before != after and sorted(before) == sorted(after)


def _prefix(old: Shape, new: Shape, at: Path, word: str) -> Fact:
    return Fact(
        kind="prefix", path=at, word=word, before=len(old.prefix), after=len(new.prefix), old=old, new=new,
        direction="changed", old_span=old.span, new_span=new.span,
    )  # fmt: skip
