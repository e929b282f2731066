"""What two schemas ask of single values: bounds, patterns, listed values, and what they say of them."""

from collections.abc import Iterator
from fractions import Fraction

from qpf.evolution.diff.facts.defaults import defaults
from qpf.evolution.diff.facts.fact import Fact, Kind
from qpf.evolution.diff.facts.items import closed
from qpf.evolution.diff.facts.listed import gone_and_come, renamed
from qpf.evolution.diff.shapes.settle import PLAIN, fits, whole_bound
from qpf.evolution.diff.shapes.shape import ABOUT, ANNOTATIONS, DEPRECATION, NUMBERS, TYPES, Shape, Word
from qpf.evolution.diff.shapes.unite import same
from qpf.model.node import Data
from qpf.model.path import Path, parse_path
from qpf.model.schema_change import Direction

_LEAST = (
    ("minLength",),
    ("minItems",),
    ("minProperties",),
    ("minContains",),
    ("minimum", "exclusiveMinimum"),
)
_MOST = (("maxLength",), ("maxItems",), ("maxProperties",), ("maxContains",), ("maximum", "exclusiveMaximum"))
_KINDS: dict[str, Kind] = {
    "x-stability": "stability", "x-unit": "unit", "unit": "unit", "x-secret": "secret",
    "writeOnly": "secret", "dependentRequired": "dependency", "if": "condition", "not": "condition",
    "dependentSchemas": "condition", "unevaluatedItems": "condition", "unevaluatedProperties": "condition",
    "discriminator": "discriminator", "readOnly": "annotation",
    "contains": "constraint", "propertyNames": "constraint", "multipleOf": "constraint",
    "pattern": "constraint", "format": "constraint", "uniqueItems": "constraint",
    "contentEncoding": "annotation",
    "contentMediaType": "annotation",
}  # fmt: skip
_WITHIN = {
    "int32": frozenset({"int32"}),
    "int64": frozenset({"int32", "int64"}),
    "float": frozenset({"float"}),
    "double": frozenset({"float", "double"}),
}
"""Formats of numbers, each with those that fit it."""

_BOUNDS = frozenset(word for words in (*_LEAST, *_MOST) for word in words)


def constraints(old: Shape, new: Shape, at: Path) -> Iterator[Fact]:
    """Differences of keywords; of constraints only those that are about values both schemas know."""
    shared = old.types & new.types
    for words, up in (*((words, True) for words in _LEAST), *((words, False) for words in _MOST)):
        if not shared.isdisjoint(ABOUT.get(words[0], TYPES)) and not _told(old, new, words):
            yield from _bound(old, new, at, words, up=up)
    if not (old.types - {"null"}).isdisjoint(new.types - {"null"}):
        yield from _enum(old, new, at)
    yield from defaults(old, new, at)
    for word in sorted({*old.words, *new.words} - _BOUNDS - {"enum", "const", "default"}):
        about = ABOUT.get(word, TYPES)
        if not shared.isdisjoint(about) or about == TYPES:
            one, other = old.words.get(word), new.words.get(word)
            if (one is None or other is None or not _agree(one, other)) and not _told(old, new, (word,)):
                yield from _word(old, new, at, word)


def _agree(one: Word, other: Word) -> bool:
    return one.meaning == other.meaning if one.meaning or other.meaning else same(one.value, other.value)


def _told(old: Shape, new: Shape, words: tuple[str, ...]) -> bool:
    """Whether other words tell of a constraint what there is to tell.

    Values that one side lists, and that fit the constraint of the other one, do; how many items there
    must be that fit is nothing without what they must fit, and the last item of a closed list ends it.
    """
    if words[0] in {"minContains", "maxContains"}:
        return ("contains" in old.words) != ("contains" in new.words)
    if words == ("maxItems",) and closed(old) and closed(new):
        return len(old.prefix) != len(new.prefix)
    for listing, free in ((old, new), (new, old)):
        if "enum" in listing.words and "enum" not in free.words and PLAIN.issuperset(words):
            bounds = [(word, free.value(word)) for word in words if word in free.words]
            return all(fits(word, bound, each) for word, bound in bounds for each in listing.value("enum"))
    return False


def _word(old: Shape, new: Shape, at: Path, word: str) -> Iterator[Fact]:
    if word in DEPRECATION:
        yield from _deprecation(old, new, at, word)
        return
    if word == "x-merge":
        yield from _merging(old, new)
        return
    kind: Kind = "annotation" if word in ANNOTATIONS else _KINDS.get(word, "unknown")
    yield _fact(kind, old, new, at, word, _direction(old, new, word, kind))


def _deprecation(old: Shape, new: Shape, at: Path, word: str) -> Iterator[Fact]:
    """That a field is deprecated, until when, and for the sake of what, as one; or what changed of that."""
    said = [not shape.words.keys().isdisjoint(DEPRECATION) for shape in (old, new)]
    if all(said) and word != "deprecated":
        direction: Direction = (
            "added" if word not in old.words else "removed" if word not in new.words else "changed"
        )
        yield _fact("deprecation", old, new, at, word, direction)
    elif not all(said) and word == min({*old.words, *new.words} & set(DEPRECATION)):
        before, after = (
            _until(shape) if there else None for shape, there in zip((old, new), said, strict=True)
        )
        yield Fact(
            kind="deprecation", path=at, word="deprecated", direction="added" if said[1] else "removed",
            before=before, after=after, old=old, new=new, old_span=old.where(word), new_span=new.where(word),
        )  # fmt: skip


def _until(shape: Shape) -> dict[str, Data]:
    return {"removal": shape.value("x-removed-in"), "use": shape.value("x-use")}


def _merging(old: Shape, new: Shape) -> Iterator[Fact]:
    """How layers are merged, field by field; a schema that does not tell is not held to it."""
    before, after = old.value("x-merge"), new.value("x-merge")
    if isinstance(before, dict) and isinstance(after, dict):
        for path in sorted({*before, *after}):
            one, other = before.get(path), after.get(path)
            if one != other:
                yield Fact(
                    kind="merge", path=_place(path), word=path, before=one, after=other,
                    direction="added" if one is None else "removed" if other is None else "changed",
                    old=old, new=new, old_span=old.where("x-merge"), new_span=new.where("x-merge"),
                )  # fmt: skip


def _place(text: str) -> Path:
    try:
        return parse_path(text)
    except ValueError:  # whoever wrote the schema did not mean a path
        return (text,)


def _direction(old: Shape, new: Shape, word: str, kind: Kind) -> Direction:
    before, after = old.value(word), new.value(word)
    if word not in old.words:
        return "added"
    if word not in new.words:
        return "removed"
    if word == "multipleOf":
        one, other = Fraction(str(before)), Fraction(str(after))
        return "loosened" if one % other == 0 else "tightened" if other % one == 0 else "changed"
    if word == "format" and before in _WITHIN and after in _WITHIN:
        narrower, wider = _WITHIN[before], _WITHIN[after]
        return "loosened" if narrower < wider else "tightened" if wider < narrower else "changed"
    if kind == "dependency" and isinstance(before, dict) and isinstance(after, dict):
        return _wanted(before, after)
    return "changed"


def _wanted(before: dict[str, Data], after: dict[str, Data]) -> Direction:
    """Whether what fields ask for became more."""
    if not all(isinstance(each, list) for each in (*before.values(), *after.values())):
        return "changed"

    def asks(less: dict[str, Data], more: dict[str, Data]) -> bool:
        return all(set(names) <= set(more.get(key, [])) for key, names in less.items())

    return "tightened" if asks(before, after) else "loosened" if asks(after, before) else "changed"


def _bound(old: Shape, new: Shape, at: Path, words: tuple[str, ...], *, up: bool) -> Iterator[Fact]:
    """A bound, which may be written as one that does not fit itself."""
    whole = old.types & new.types & NUMBERS == {"integer"}
    before, after = _said(old, words), _said(new, words)
    if before is None and after is None:
        return
    if before is None or after is None:
        word = (before or after or ("",))[0]
        yield _fact("constraint", old, new, at, word, "added" if before is None else "removed")
        return
    mine, yours = _rank(*before, up=up, whole=whole), _rank(*after, up=up, whole=whole)
    if mine != yours:
        direction: Direction = "tightened" if yours > mine else "loosened"
        yield _fact("constraint", old, new, at, after[0], direction, before[0])


def _said(shape: Shape, words: tuple[str, ...]) -> tuple[str, float] | None:
    """The bound that a shape has, and how it is written; there is one at most."""
    return next(((word, shape.value(word)) for word in words if word in shape.words), None)


def _rank(word: str, bound: float, *, up: bool, whole: bool) -> tuple[float, bool]:
    """How tight a bound is."""
    if whole and word.endswith("imum"):
        word, bound = whole_bound(word, bound)
    return (bound if up else -bound, word.startswith("exclusive"))


def _enum(old: Shape, new: Shape, at: Path) -> Iterator[Fact]:
    """Which values are listed."""
    if "enum" not in old.words and "enum" not in new.words:
        return
    if "enum" not in old.words or "enum" not in new.words:
        yield _fact("enum", old, new, at, "enum", "added" if "enum" in new.words else "removed")
        return
    before, after = old.value("enum"), new.value("enum")
    gone, come = gone_and_come(before, after)
    constants = "const" in old.words and "const" in new.words
    if renamed(gone, come) or (gone and constants):
        yield _fact("enum", old, new, at, "enum", "changed")
        return
    if come:
        yield _fact("enum", old, new, at, "enum", "loosened")
    if gone:
        yield _fact("enum", old, new, at, "enum", "tightened")
    if not gone and not come and before != after:
        yield _fact("annotation", old, new, at, "enum", "changed")


def _fact(
    kind: Kind, old: Shape, new: Shape, at: Path, word: str, direction: Direction, old_word: str = ""
) -> Fact:
    return Fact(
        kind=kind, path=at, word=word, direction=direction,
        before=old.value(old_word or word), after=new.value(word), old=old, new=new,
        old_span=old.where(old_word or word), new_span=new.where(word),
    )  # fmt: skip
