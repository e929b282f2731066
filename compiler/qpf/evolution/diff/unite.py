"""Shapes made one: what must all fit, and of what one must fit, wherever that can be said more plainly."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from qpf.evolution.diff.plain import type_of
from qpf.evolution.diff.shape import ABOUT, ANNOTATIONS, SCALARS, TYPES, Field, Shape, Word
from qpf.model.digest import canonical
from qpf.model.node import Data
from qpf.model.span import Span

LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_GROUPS = (frozenset({"if", "then", "else"}), frozenset({"contains", "minContains", "maxContains"}))
"""Words that mean something together only."""

_SAID = ANNOTATIONS | {"default", "deprecated", "readOnly", "writeOnly"}


def together(parts: list[Shape]) -> Shape:
    """All of them must fit."""
    first, *others = parts
    for other in others:
        first = _both(first, other)
    return first


def united(branches: list[Shape], span: Span, *, exclusive: bool) -> Shape:
    """One of them must fit."""
    branches = [each for each in branches if each.types or len(branches) == 1]
    null = [each for each in branches if each.types == {"null"}]
    others = [each for each in branches if each.types != {"null"}]
    if len(null) == len(others) == 1 and _takes_null(null[0], others[0], exclusive=exclusive):
        return replace(others[0], types=others[0].types | {"null"})
    if len(branches) == 1:
        return branches[0]
    if _plainly_apart(branches):
        return _by_types(branches, span)
    if all(_only_lists(each) for each in others) and len(null) <= 1:
        values = [value for each in others for value in each.value("enum")]
        once = [
            value
            for place, value in enumerate(values)
            if not any(same(value, each) for each in values[:place])
        ]
        if not exclusive or (
            len(once) == len(values) and sum("null" in each.types for each in branches) <= 1
        ):
            types = frozenset().union(*(each.types for each in branches))
            return Shape(span, types, MappingProxyType({"enum": Word(once, span)}))
    return Shape(span, branches=tuple(branches), exclusive=exclusive)


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
    return shape


def _both(one: Shape, other: Shape) -> Shape:
    """A shape of what fits both; what cannot be made one stays a part."""
    if _says_nothing(other):
        return replace(one, words=MappingProxyType({**other.words, **one.words}))
    if _says_nothing(one):
        return replace(other, words=MappingProxyType({**other.words, **one.words}))
    words = _words(one.words, other.words)
    fields = _fields(one, other)
    alone = (
        (not one.branches or not other.branches)
        and not (one.cycle or other.cycle)
        and (not one.patterns or not other.patterns)
        and (one.items is None or other.items is None or one.items.meaning == other.items.meaning)
        and not (one.prefix and other.prefix)
    )
    if words is None or fields is None or not alone:
        return replace(one, parts=(*one.parts, other))
    types = one.types & other.types
    return Shape(
        one.span,
        types,
        MappingProxyType(listed(words, types)),
        MappingProxyType(fields),
        one.patterns or other.patterns,
        one.extra if other.extra is True else other.extra,
        one.items or other.items,
        one.prefix or other.prefix,
        one.branches or other.branches,
        one.exclusive or other.exclusive,
        (*one.parts, *other.parts),
    )


def _says_nothing(shape: Shape) -> bool:
    return replace(
        shape, words=MappingProxyType({k: v for k, v in shape.words.items() if k not in _SAID})
    ).anything


def _words(one: Mapping[str, Word], other: Mapping[str, Word]) -> dict[str, Word] | None:
    """Constraints of both; None if two of them cannot be made one."""
    for group in _GROUPS:
        grouped = [
            {word: each.value for word, each in words.items() if word in group} for words in (one, other)
        ]
        if all(grouped) and grouped[0] != grouped[1]:
            return None
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
            both = [each for each in mine.value if any(same(each, other) for other in said.value)]
            words[word] = Word(both, mine.span)
        elif not (word in LOWER or word in UPPER or word in _SAID or mine.value == said.value):
            return None
    return words


def _fields(one: Shape, other: Shape) -> dict[str, Field] | None:
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
            shapes = [_both(*shapes)]
        shape = shapes[0] if shapes else mine.shape
        fields[name] = Field(mine.span, shape, mine.required or field.required)
    return fields


def strictest(said: Iterable[tuple[str, Word]]) -> dict[str, Word]:
    """Constraints by keyword; of bounds that are said twice, in two spellings, the tighter one."""
    words: dict[str, Word] = {}
    for word, each in said:
        united = _words(words, {word: each})
        words = {**words, word: each} if united is None else united
    return words


def listed(words: Mapping[str, Word], types: frozenset[str]) -> dict[str, Word]:
    """Constraints, without listed values that are of no type that fits."""
    if "enum" not in words:
        return dict(words)
    said = words["enum"]
    return {**words, "enum": Word([each for each in said.value if type_of(each) in types], said.span)}


def scalar(shape: Shape) -> bool:
    """Whether only single values fit."""
    return bool(shape.types) and shape.types <= SCALARS


def same(one: Data, other: Data) -> bool:
    """Whether two values are one: true is not 1."""
    return canonical(one) == canonical(other)
