"""What two schemas give to choose from: branches of a union, and parts that must all fit."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from qpf.evolution.diff.fact import Fact
from qpf.evolution.diff.shape import Shape
from qpf.model.path import Path

Step = tuple[Shape, Shape, Path]
_ALIKE = 0.5


def branches(old: Shape, new: Shape, at: Path) -> Iterator[Fact | Step]:
    """Differences of branches and parts."""
    if old.branches or new.branches:
        yield from _union(old, new, at)
    for gone, word in ((_left(old.parts, new.parts), "removed"), (_left(new.parts, old.parts), "added")):
        for part in gone:
            added = word == "added"
            yield Fact(
                kind="part", path=at, word="allOf", direction="added" if added else "removed", old=old, new=new,
                old_span=old.span if added else part.span, new_span=part.span if added else new.span,
            )  # fmt: skip


def _union(old: Shape, new: Shape, at: Path) -> Iterator[Fact | Step]:
    if not old.branches or not new.branches:
        kind = "branches added" if new.branches else "branches removed"
        tightened = bool(new.branches)
        yield Fact(
            kind="part", path=at, word=kind, direction="added" if tightened else "removed", old=old, new=new,
            old_span=old.span, new_span=new.span,
        )  # fmt: skip
        return
    gone, come = _left(old.branches, new.branches), _left(new.branches, old.branches)
    for one, other in _pairs(gone, come):
        gone.remove(one)
        come.remove(other)
        yield one, other, at
    for each in gone:
        yield Fact(kind="branch-removed", path=at, before=label(each), old=old, new=new,
                   old_span=each.span, new_span=new.span)  # fmt: skip
    for each in come:
        yield Fact(kind="branch-added", path=at, after=label(each), old=old, new=new,
                   old_span=old.span, new_span=each.span)  # fmt: skip
    if new.exclusive and (not old.exclusive or (_overlap(new) and not _overlap(old))):
        yield Fact(kind="branches-overlap", path=at, direction="" if old.exclusive else "added", old=old, new=new,
                   old_span=old.span, new_span=new.span)  # fmt: skip


def label(shape: Shape) -> str:
    """What a branch is called: its title, what tells it from others, or its types."""
    title = shape.value("title")
    if isinstance(title, str):
        return title
    for name, field in shape.fields.items():
        values = field.shape.value("enum")
        if field.required and values is not None and len(values) == 1:
            return f"{name}: {values[0]}"
    return " or ".join(sorted(shape.types))


def _left(some: Sequence[Shape], others: Sequence[Shape]) -> list[Shape]:
    """Those that the others do not have."""
    known = {each.meaning for each in others}
    return [each for each in some if each.meaning not in known]


def _pairs(gone: list[Shape], come: list[Shape]) -> list[tuple[Shape, Shape]]:
    """Branches that were changed, rather than taken away and added."""
    pairs: list[tuple[Shape, Shape]] = []
    left = list(come)
    for one in gone:
        best = max(left, key=lambda other: _likeness(one, other), default=None)
        if best is not None and _likeness(one, best) >= _ALIKE:
            pairs.append((one, best))
            left.remove(best)
    return pairs


def _likeness(one: Shape, other: Shape) -> float:
    if one.types.isdisjoint(other.types):
        return 0
    if one.fields or other.fields:
        shared, every = set(one.fields) & set(other.fields), set(one.fields) | set(other.fields)
        return len(shared) / len(every) + (label(one) == label(other)) / 2
    return SequenceMatcher(None, label(one), label(other)).ratio()


def _overlap(shape: Shape) -> bool:
    """Whether a value may fit two branches, as far as that can be told."""
    return any(
        not _apart(one, other)
        for position, one in enumerate(shape.branches)
        for other in shape.branches[position + 1 :]
    )


def _apart(one: Shape, other: Shape) -> bool:
    """Whether it is certain that no value fits both."""
    if one.types.isdisjoint(other.types):
        return True
    if not _meet(one, other):
        return True
    if not (one.types & other.types) <= {"object"}:
        return False
    for first, second in ((one, other), (other, one)):
        for name, field in first.fields.items():
            theirs = second.fields.get(name)
            if field.required and theirs is None and second.extra is False and not second.patterns:
                return True
            if field.required and theirs is not None and _apart(field.shape, theirs.shape):
                return True
    return False


def _meet(one: Shape, other: Shape) -> bool:
    first, second = one.value("enum"), other.value("enum")
    return first is None or second is None or any(value in second for value in first)
