"""What two schemas give to choose from: branches of a union, and parts that must all fit."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from qpf.evolution.diff.facts.fact import Fact, Within
from qpf.evolution.diff.shapes.apart import all_apart, apart
from qpf.evolution.diff.shapes.keywords import LEFT_OVER
from qpf.evolution.diff.shapes.settle import settled
from qpf.evolution.diff.shapes.shape import ABOUT, ANNOTATIONS, NUMBERS, TYPES, Field, Shape
from qpf.model.path import Path


class Step(NamedTuple):
    """Two shapes that are to be compared in turn.

    Attributes:
        old: Of the earlier schema.
        new: Of the later one.
        at: Where both stand.
        within: What they are any member of: `list` or `mapping`; empty if they have a name.
        among: Whether values that one of them refuses may fit beside them, or be refused beside them anyway.
    """

    old: Shape
    new: Shape
    at: Path
    within: Within = ""
    among: bool = False


class Doubt(NamedTuple):
    """A difference that there is only if shapes differ that are still to be compared.

    Attributes:
        fact: The difference.
        certain: Whether there is one anyway.
        pairs: The shapes.
    """

    fact: Fact
    certain: bool
    pairs: tuple[tuple[Shape, Shape], ...]


_ALIKE, _SAME = 0.5, 3
_FEW = 3


def branches(old: Shape, new: Shape, at: Path, within: Within = "") -> Iterator[Fact | Doubt | Step]:
    """Differences of branches and parts."""
    if old.branches and new.branches:
        yield from _union(old, new, at, within)
    elif old.branches or new.branches:
        added = bool(new.branches)
        yield Fact(
            kind="part", path=at, word=_word(new if added else old),
            direction="added" if added else "removed", old=old, new=new, old_span=old.span, new_span=new.span,
        )  # fmt: skip
    yield from _left_over(old, new, at)
    gone, come, pairs = _matched(old.parts, new.parts)
    yield from (Step(one, other, at, within, among=True) for one, other in pairs)
    for some, added in ((gone, False), (come, True)):
        for part in some:
            yield Fact(
                kind="part", path=at, word="allOf", direction="added" if added else "removed",
                old=old, new=new, before=None if added else label(part), after=label(part) if added else None,
                old_span=old.span if added else part.span, new_span=part.span if added else new.span,
            )  # fmt: skip


def _left_over(old: Shape, new: Shape, at: Path) -> Iterator[Doubt]:
    """What is asked of whatever nothing else is about, which differs wherever something else does."""
    for word in sorted(LEFT_OVER):
        if word in old.words and word in new.words:
            fact = Fact(
                kind="condition", path=at, word=word, direction="changed", before=old.value(word),
                after=new.value(word), old=old, new=new, old_span=old.where(word), new_span=new.where(word),
            )  # fmt: skip
            yield Doubt(fact, certain=False, pairs=((old, new),))


def lifted(old: Shape, new: Shape) -> tuple[Shape, Shape]:
    """Both as unions, where one is nothing but a union: a shape alone is the only branch of one."""
    if old.branches and not new.branches and _only_branches(old):
        return old, _as_union(new, old)
    if new.branches and not old.branches and _only_branches(new):
        return _as_union(old, new), new
    return old, new


def label(shape: Shape) -> str:
    """What a branch is called: its title, what tells it from others, or its types."""
    shape = shape.entered
    title = shape.value("title")
    if isinstance(title, str):
        return title
    for name, field in shape.fields.items():
        values = field.shape.value("enum")
        if field.required and values is not None and len(values) == 1:
            return f"{name}: {values[0]}"
    types = shape.types
    named = types - {"fraction", "integer"} | {"number"} if "fraction" in types else types
    if types == TYPES:
        said = sorted({*shape.words, *shape.fields, *shape.patterns} - ANNOTATIONS)
        return ", ".join(said[:_FEW]) or "anything"
    return " or ".join(sorted(named)) or "nothing"


def _only_branches(shape: Shape) -> bool:
    """Whether a shape says nothing but that one of its branches must fit."""
    words = {word: said for word, said in shape.words.items() if word in ANNOTATIONS | {"default"}}
    return (
        len(words) == len(shape.words)
        and shape.types == frozenset().union(*(each.types for each in shape.branches))
        and replace(shape, branches=(), types=TYPES).anything
    )


def _as_union(shape: Shape, other: Shape) -> Shape:
    """A union of one; of several, if no branch of the other one takes all types, and that says the same."""
    said = {word for word in shape.words if word in ANNOTATIONS | {"default"}}
    alone = replace(shape, words=MappingProxyType({w: s for w, s in shape.words.items() if w not in said}))
    several = [alone]
    plain = not (shape.branches or shape.parts or shape.cycle) and set(alone.words) <= set(ABOUT)
    if plain and not any(shape.types <= each.entered.types for each in other.branches):
        kinds = [NUMBERS & shape.types, *map(_only, sorted(shape.types - NUMBERS))]
        several = [_part(alone, kind) for kind in kinds if kind]
    words = {word: shape.words[word] for word in said}
    return Shape(shape.span, shape.types, MappingProxyType(words), branches=tuple(several))


def _only(kind: str) -> frozenset[str]:
    return frozenset({kind})


def _part(shape: Shape, kinds: frozenset[str]) -> Shape:
    """What a shape says of values of some kinds."""
    bare = Shape(shape.span, kinds, shape.words)
    if "object" in kinds:
        bare = replace(bare, fields=shape.fields, patterns=shape.patterns, extra=shape.extra)
    if "array" in kinds:
        bare = replace(bare, items=shape.items, prefix=shape.prefix)
    return settled(bare)


def _union(old: Shape, new: Shape, at: Path, within: Within) -> Iterator[Fact | Doubt | Step]:
    gone, come, pairs = _matched(old.branches, new.branches)
    for one, other in pairs:
        alone = all(apart(one, each) for each in new.branches if each is not other) and all(
            apart(other, each) for each in old.branches if each is not one
        )
        yield Step(one, other, at, within, among=not alone)
    for each in gone:
        yield Fact(kind="branch-removed", path=at, word=_word(old), direction="removed", before=label(each),
                   old_field=Field(each.span, each),
                   old=old, new=new, old_span=each.span, new_span=new.span)  # fmt: skip
    for each in come:
        yield Fact(kind="branch-added", path=at, word=_word(new), direction="added", after=label(each),
                   new_field=Field(each.span, each),
                   old=old, new=new, old_span=old.span, new_span=each.span)  # fmt: skip
    doubtful = [each.exclusive and not all_apart(each.branches) for each in (old, new)]
    if any(doubtful):
        fact = Fact(
            kind="branches-overlap", path=at, word="oneOf", before=doubtful[0], after=doubtful[1],
            direction="changed" if all(doubtful) else "tightened" if doubtful[1] else "loosened",
            old=old, new=new, old_span=old.span, new_span=new.span, within=within,
        )  # fmt: skip
        yield Doubt(fact, bool(gone or come) or doubtful[0] != doubtful[1], tuple(pairs))


def _word(shape: Shape) -> str:
    return "oneOf" if shape.exclusive else "anyOf"


def _matched(
    old: Sequence[Shape], new: Sequence[Shape]
) -> tuple[list[Shape], list[Shape], list[tuple[Shape, Shape]]]:
    """Those that are gone, those that came, and pairs, of which the most alike are found first."""
    alike = [
        (-score, place + other_place, abs(place - other_place), place, other_place)
        for place, one in enumerate(old)
        for other_place, other in enumerate(new)
        if (score := _likeness(one, other)) >= _ALIKE
    ]
    pairs: dict[int, int] = {}
    for *_, place, other_place in sorted(alike):
        if place not in pairs and other_place not in pairs.values():
            pairs[place] = other_place
    gone = [one for place, one in enumerate(old) if place not in pairs]
    come = [other for place, other in enumerate(new) if place not in pairs.values()]
    return gone, come, [(old[place], new[other]) for place, other in sorted(pairs.items())]


def _likeness(one: Shape, other: Shape) -> float:
    """How alike two are; those that are the same, more than any others."""
    if one.meaning == other.meaning:
        return _SAME
    one, other = one.entered, other.entered
    if one.types.isdisjoint(other.types):
        return 0
    if one.fields or other.fields:
        shared, every = set(one.fields) & set(other.fields), set(one.fields) | set(other.fields)
        return len(shared) / len(every) + (label(one) == label(other)) / 2
    names = label(one), label(other)
    return SequenceMatcher(None, min(names), max(names)).ratio()
