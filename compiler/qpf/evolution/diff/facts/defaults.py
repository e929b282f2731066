"""What fields are where nobody says it: what differs of that, and what could never be said."""

from collections.abc import Iterator

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.shapes.holds import holds
from qpf.evolution.diff.shapes.shape import Shape
from qpf.evolution.diff.shapes.unite import same
from qpf.model.path import Path
from qpf.model.schema_change import Declared

INVALID = "invalid"
"""The word of a fact that a default does not fit."""


def defaults(old: Shape, new: Shape, at: Path) -> Iterator[Fact]:
    """How the default of a field differs, or that it came not to fit."""
    before, after = old.words.get("default"), new.words.get("default")
    if _unfit(new) and not _unfit(old):
        yield _fact(old, new, at)
    elif (before is None) != (after is None) or (before and after and not same(before.value, after.value)):
        yield Fact(
            kind="default", path=at, word="default",
            direction="added" if before is None else "removed" if after is None else "changed",
            before=old.value("default"), after=new.value("default"), old=old, new=new,
            old_span=old.where("default"), new_span=new.where("default"),
        )  # fmt: skip


def within(old: Shape, new: Shape, at: Path, seen: set[int] | None = None) -> Iterator[Fact]:
    """Defaults that do not fit in a shape that is new; what is referred to often is looked at once.

    Args:
        old: What stood around it before.
        new: The shape.
        at: Where it is.
        seen: Shapes that were looked at, by identity.
    """
    seen = set() if seen is None else seen
    if id(new) in seen:
        return
    seen.add(id(new))
    if _unfit(new):
        yield _fact(old, new, at)
    for name, field in new.fields.items():
        yield from within(old, field.shape, (*at, name), seen)
    for each in (*new.patterns.values(), new.extra, new.items, *new.prefix):
        if isinstance(each, Shape):
            yield from within(old, each, (*at, "*"), seen)


def declared_unfit(new: Shape, at: Path, declared: Declared) -> Iterator[Fact]:
    """That the default which a migration gives does not fit."""
    if _unfit(new):
        yield _fact(Shape(new.span), new, at, declared)


def _fact(old: Shape, new: Shape, at: Path, declared: Declared | None = None) -> Fact:
    return Fact(
        kind="default", path=at, word=INVALID, before=old.value("default"), after=new.value("default"),
        direction="changed" if "default" in old.words else "added", old=old, new=new,
        old_span=old.where("default"), new_span=new.where("default"), declared=declared,
    )  # fmt: skip


def _unfit(shape: Shape) -> bool:
    return "default" in shape.words and not shape.written and not holds(shape, shape.value("default"))
