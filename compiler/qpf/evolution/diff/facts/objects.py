"""What two schemas ask of mappings: which fields there are, which must be, and whether others may."""

from collections.abc import Iterator

from qpf.evolution.diff.facts.branches import Step
from qpf.evolution.diff.facts.defaults import within
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.shapes.content import content
from qpf.evolution.diff.shapes.shape import Field, Shape
from qpf.model.path import Path


def objects(old: Shape, new: Shape, at: Path) -> Iterator[Fact | Step]:
    """Differences of fields; pairs of shapes that are to be compared in turn."""
    shared = old.types & new.types
    if "object" not in shared and not (old.written and "array" in shared):  # items of a list may have names
        return
    for name in (*old.fields, *(name for name in new.fields if name not in old.fields)):
        yield from _field(old, new, (*at, name), name)
    yield from _patterns(old, new, at)
    yield from _rest(old, new, at)


def _field(old: Shape, new: Shape, path: Path, name: str) -> Iterator[Fact | Step]:
    before, after = _at(old, name, new), _at(new, name, old)
    if before is None and after is not None:
        yield Fact(
            kind="field-added", path=path, word=name, after=after.shape.value("default"), old=old, new=new,
            new_field=after, old_span=old.span, new_span=after.span,
        )  # fmt: skip
        allowed = content(old, name)
        if isinstance(allowed, Shape):
            yield Step(allowed, after.shape, path)
        else:
            yield from within(old, after.shape, path)
    elif before is not None and after is None:
        yield Fact(
            kind="field-removed", path=path, word=name, before=before.shape.value("default"),
            old=old, new=new, old_field=before, old_span=before.span, new_span=new.span,
        )  # fmt: skip
        allowed = content(new, name)
        if isinstance(allowed, Shape):
            yield Step(before.shape, allowed, path)
    elif before is not None and after is not None:
        yield from _requiredness(old, new, path, before, after)
        yield Step(before.shape, after.shape, path)


def _at(shape: Shape, name: str, other: Shape) -> Field | None:
    """The field of a name; where the other shape only asks for it, what may stand there."""
    if name in shape.fields or other.fields[name].listed:
        return shape.fields.get(name)
    allowed = content(shape, name)
    if allowed is False:
        return None
    return Field(shape.span, Shape(shape.span) if allowed is True else allowed, listed=False)


def _requiredness(old: Shape, new: Shape, path: Path, before: Field, after: Field) -> Iterator[Fact]:
    if before.required != after.required:
        yield Fact(
            kind="required", path=path, word=str(path[-1]),
            before=before.shape.value("default"), after=after.shape.value("default"),
            direction="tightened" if after.required else "loosened", old=old, new=new,
            old_field=before, new_field=after, old_span=before.span, new_span=after.span,
        )  # fmt: skip


def _patterns(old: Shape, new: Shape, at: Path) -> Iterator[Fact | Step]:
    if len(old.patterns) == len(new.patterns) == 1 and set(old.patterns) != set(new.patterns):
        ((pattern, one),) = old.patterns.items()
        ((other_pattern, other),) = new.patterns.items()
        yield _keys(old, new, at, "changed", pattern, other_pattern)
        yield Step(one, other, (*at, "*"), "mapping")
        return
    for pattern in (*old.patterns, *(each for each in new.patterns if each not in old.patterns)):
        if pattern in old.patterns and pattern in new.patterns:
            yield Step(old.patterns[pattern], new.patterns[pattern], (*at, "*"), "mapping")
        elif pattern in new.patterns:
            yield _keys(old, new, at, "added", None, pattern)
        else:
            yield _keys(old, new, at, "removed", pattern, None)


def _keys(old: Shape, new: Shape, at: Path, how: str, before: str | None, after: str | None) -> Fact:
    one = old.patterns[before].span if before is not None else old.span
    other = new.patterns[after].span if after is not None else new.span
    return Fact(
        kind="pattern-fields", path=(*at, "*"), word="patternProperties", before=before, after=after,
        old=old, new=new,
        direction="added" if how == "added" else "removed" if how == "removed" else "changed",
        old_span=one, new_span=other,
    )  # fmt: skip


def _rest(old: Shape, new: Shape, at: Path) -> Iterator[Fact | Step]:
    """What fields may be there that nothing lists."""
    before, after = old.extra, new.extra
    if isinstance(before, Shape) and isinstance(after, Shape):
        yield Step(before, after, (*at, "*"), "mapping")
    elif before is not after:
        yield Fact(
            kind="openness", path=at, word="additionalProperties", before=_said(before), after=_said(after),
            direction="loosened" if before is False or after is True else "tightened", old=old, new=new,
            old_span=old.span if isinstance(before, bool) else before.span,
            new_span=new.span if isinstance(after, bool) else after.span,
        )  # fmt: skip


def _said(extra: Shape | bool) -> str:  # noqa: FBT001  # what the keyword says
    return "open" if extra is True else "closed" if extra is False else "partially open"
