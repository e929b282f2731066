"""Shapes made one: what must all fit, and of what one must fit, wherever that can be said more plainly."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from msgspec.structs import replace

from qpf.evolution.diff.shapes.apart import all_apart
from qpf.evolution.diff.shapes.plain import type_of
from qpf.evolution.diff.shapes.settle import settled
from qpf.evolution.diff.shapes.shape import ABOUT, ANNOTATIONS, TYPES, Field, Shape, Word
from qpf.model.digest import canonical, digest_of
from qpf.model.node import Data
from qpf.model.span import Span

LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_SAID = ANNOTATIONS | {"default", "deprecated", "readOnly", "writeOnly", "x-secret"}


Known: TypeAlias = dict[tuple[int, int], tuple[Shape, Shape, Shape]]
"""Pairs of shapes that were made one already, with what came of it: what is shared stays shared."""


def together(parts: list[Shape], known: Known | None = None) -> Shape:
    """All of them must fit."""
    known = {} if known is None else known
    first, *others = parts
    for other in others:
        first = _both(first, other, known)
    return first


def united(branches: list[Shape], span: Span, *, exclusive: bool) -> Shape:
    """One of them must fit."""
    branches = [each for each in branches if each.types]
    exclusive = exclusive and not all_apart(branches)
    if not exclusive:
        branches = _without_echoes(branches)
    null = [each for each in branches if each.types == {"null"}]
    others = [each for each in branches if each.types != {"null"}]
    if len(null) == len(others) == 1 and _takes_null(null[0], others[0], exclusive=exclusive):
        return settled(replace(others[0], types=others[0].types | {"null"}))
    if len(branches) == 1:
        return branches[0]
    if _plainly_apart(branches):
        return _by_types(branches, span)
    if all(_only_lists(each) for each in others) and len(null) <= 1:
        values = [value for each in others for value in each.value("enum")]
        once = distinct(values)
        if not exclusive or (
            len(once) == len(values) and sum("null" in each.types for each in branches) <= 1
        ):
            types = frozenset().union(*(each.types for each in branches))
            return settled(Shape(span, types, MappingProxyType({"enum": Word(once, span)})))
    types = frozenset().union(*(each.types for each in branches))
    return Shape(span, types, branches=tuple(branches), exclusive=exclusive)


def _without_echoes(branches: list[Shape]) -> list[Shape]:
    """Branches of which one is enough, without what is said twice; branches of branches are branches."""
    flat: list[Shape] = []
    for each in branches:
        flat += each.branches if _only_branches(each) and not each.exclusive else [each]
    anything = [each for each in flat if each.anything]
    flat = _null_alone(flat)
    told = {each.meaning: each for each in reversed(flat)}
    return anything[:1] or [each for each in flat if told[each.meaning] is each]


def _null_alone(branches: list[Shape]) -> list[Shape]:
    """Branches that take null beside other values, with null as a branch of its own."""
    nothing = Shape(branches[0].span, frozenset({"null"})) if branches else None
    if nothing is None or len(branches) == 1:
        return branches
    beside = [
        len(each.types) > 1 and "null" in each.types and _takes_null(nothing, each, exclusive=False)
        for each in branches
    ]
    if not any(beside):
        return branches
    alone = [
        replace(each, types=each.types - {"null"}) if takes else each
        for each, takes in zip(branches, beside, strict=True)
    ]
    return [*alone, nothing]


def _only_branches(shape: Shape) -> bool:
    """Whether a shape says nothing but that one of its branches must fit."""
    types = frozenset().union(*(each.types for each in shape.branches))
    bare = replace(shape, branches=(), types=TYPES)
    return bool(shape.branches) and shape.types == types and bare.anything


def _takes_null(null: Shape, other: Shape, *, exclusive: bool) -> bool:
    """Whether a shape that nothing may take the place of is the same with null among its types."""
    said = _of_all(null) | (_of_all(other) - {"enum", "const"})
    whole = not (other.branches or other.parts or other.cycle or null.branches or null.parts)
    return whole and not said and not (exclusive and "null" in other.types)


def _only_lists(shape: Shape) -> bool:
    """Whether a shape does nothing but list values."""
    if set(shape.words) - ANNOTATIONS - {"const"} != {"enum"}:
        return False
    kinds = frozenset(map(type_of, shape.value("enum"))) | (shape.types & {"null"})
    return shape.types == kinds and replace(shape, types=TYPES, words=MappingProxyType({})).anything


def _of_all(shape: Shape) -> set[str]:
    """Keywords that say something of values of every type."""
    return {word for word in shape.words if not word.startswith("x-")} - _SAID - set(ABOUT)


def _plainly_apart(branches: list[Shape]) -> bool:
    """Whether no value fits two of them, and each says nothing but of its own types."""
    seen: set[str] = set()
    for each in branches:
        if (
            _of_all(each)
            or each.branches
            or each.parts
            or each.cycle
            or (each.types & seen)
            or each.types == TYPES
        ):
            return False
        seen |= each.types
    return True


def _by_types(branches: list[Shape], span: Span) -> Shape:
    """Branches of different types as one shape: a constraint is about values of its own type only."""
    shape = Shape(span, frozenset())
    for each in branches:
        words = {
            word: said
            for word, said in each.words.items()
            if word not in ANNOTATIONS and not each.types.isdisjoint(ABOUT.get(word, TYPES))
        }
        shape = replace(
            shape,
            types=shape.types | each.types,
            words=MappingProxyType({**shape.words, **words}),
        )
        if "object" in each.types:
            shape = replace(shape, fields=each.fields, patterns=each.patterns, extra=each.extra)
        if "array" in each.types:
            shape = replace(shape, items=each.items, prefix=each.prefix)
    return settled(shape)


def _both(one: Shape, other: Shape, known: Known) -> Shape:
    """A shape of what fits both; what cannot be made one stays a part."""
    pair = (id(one), id(other))
    if pair not in known:
        known[pair] = (one, other, _joined(one, other, known))
    return known[pair][2]


def _joined(one: Shape, other: Shape, known: Known) -> Shape:
    if _says_nothing(other):
        return replace(one, words=MappingProxyType({**other.words, **one.words}))
    if _says_nothing(one):
        return replace(other, words=MappingProxyType({**other.words, **one.words}))
    words = _words(one.words, other.words)
    fields = _fields(one, other, known)
    alone = (
        (not one.branches or not other.branches)
        and not (one.cycle or other.cycle)
        and (not one.patterns or not other.patterns)
        and _items_agree(one, other)
    )
    if words is None or fields is None or not alone:
        if one.cycle:
            return Shape(one.span, parts=(one, other))
        return replace(one, types=one.types & other.types, parts=(*one.parts, other))
    return settled(
        Shape(
            one.span,
            one.types & other.types,
            MappingProxyType(words),
            MappingProxyType(fields),
            one.patterns or other.patterns,
            one.extra if other.extra is True else other.extra,
            one.items or other.items,
            one.prefix or other.prefix,
            one.branches or other.branches,
            one.exclusive or other.exclusive,
            (*one.parts, *other.parts),
        )
    )


def _items_agree(one: Shape, other: Shape) -> bool:
    """Whether what both say of items can be said together: a prefix says nothing of what follows it."""
    if one.prefix and other.prefix:
        return False
    if (one.prefix and other.items is not None) or (other.prefix and one.items is not None):
        return False
    return one.items is None or other.items is None or one.items.meaning == other.items.meaning


def _says_nothing(shape: Shape) -> bool:
    return replace(
        shape, words=MappingProxyType({k: v for k, v in shape.words.items() if k not in _SAID})
    ).anything


def _words(one: Mapping[str, Word], other: Mapping[str, Word]) -> dict[str, Word] | None:
    """Constraints of both; None if two of them cannot be made one."""
    words = dict(one)
    for word, said in other.items():
        mine = words.get(word)
        if (
            mine is None
            or (word in LOWER and said.value > mine.value)
            or (word in UPPER and said.value < mine.value)
        ):
            words[word] = said
        elif word == "enum":
            both = [each for each in mine.value if in_list(each, said.value)]
            words[word] = Word(both, mine.span)
        elif not (word in LOWER or word in UPPER or word in _SAID or _meaning(mine) == _meaning(said)):
            return None
    return words


def _meaning(said: Word) -> str:
    return said.meaning or digest_of(said.value)


def _fields(one: Shape, other: Shape, known: Known) -> dict[str, Field] | None:
    """Fields of both; None if one is closed to what the other one lists, or both say something of a field."""
    for first, second in ((one, other), (other, one)):
        if (first.extra is not True or first.patterns) and not (set(second.fields) <= set(first.fields)):
            return None
        if first.extra is not True and second.patterns:
            return None
    if one.extra is not True and other.extra is not True:
        return None
    fields = dict(one.fields)
    for name, field in other.fields.items():
        mine = fields.get(name)
        if mine is None:
            fields[name] = field
            continue
        shapes = [each.shape for each in (mine, field) if not _says_nothing(each.shape)]
        if len(shapes) > 1 and shapes[0].meaning != shapes[1].meaning:
            shapes = [_both(shapes[0], shapes[1], known)]
        shape = shapes[0] if shapes else mine.shape
        fields[name] = Field(mine.span, shape, mine.required or field.required)
    return fields


def distinct(values: list[Data]) -> list[Data]:
    """Values, each once."""
    found: dict[bytes, Data] = {}
    for value in values:
        found.setdefault(canonical(value), value)
    return list(found.values())


def in_list(value: Data, values: list[Data]) -> bool:
    """Whether a value is one of several."""
    return any(same(value, each) for each in values)


def same(one: Data, other: Data) -> bool:
    """Whether two values are one: true is not 1."""
    return canonical(one) == canonical(other)
