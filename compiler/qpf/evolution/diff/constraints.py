"""What two schemas ask of single values: bounds, patterns, listed values, and what they say of them."""

from collections.abc import Iterator
from typing import Literal

from qpf.evolution.diff.defaults import defaults
from qpf.evolution.diff.deprecated import WORDS
from qpf.evolution.diff.fact import Fact, Kind
from qpf.evolution.diff.shape import ABOUT, ANNOTATIONS, TYPES, Shape, Word
from qpf.evolution.diff.unite import same
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
    "writeOnly": "secret", "dependentRequired": "dependency", "dependencies": "dependency", "if": "condition",
    "then": "condition", "else": "condition", "not": "condition", "dependentSchemas": "condition",
    "discriminator": "discriminator", "readOnly": "annotation", "const": "annotation",
    "contains": "constraint", "propertyNames": "constraint", "multipleOf": "constraint", "pattern": "constraint",
    "format": "constraint", "uniqueItems": "constraint", "contentEncoding": "constraint",
    "contentMediaType": "constraint",
}  # fmt: skip
_BOUNDS = frozenset(word for words in (*_LEAST, *_MOST) for word in words)


def constraints(old: Shape, new: Shape, at: Path) -> Iterator[Fact]:
    """Differences of keywords; of constraints only those that are about values both schemas know."""
    shared = old.types & new.types
    for words, up in (*((words, True) for words in _LEAST), *((words, False) for words in _MOST)):
        if not shared.isdisjoint(ABOUT.get(words[0], TYPES)):
            yield from _bound(old, new, at, words, up=up)
    if not (old.types - {"null"}).isdisjoint(new.types - {"null"}):
        yield from _enum(old, new, at)
    yield from defaults(old, new, at)
    for word in sorted({*old.words, *new.words} - _BOUNDS - {"enum", "default"}):
        one, other = old.words.get(word), new.words.get(word)
        about = ABOUT.get(word, TYPES)
        if (one is None or other is None or not same(one.value, other.value)) and not (
            shared.isdisjoint(about) and about != TYPES
        ):
            yield from _word(old, new, at, word)


def _word(old: Shape, new: Shape, at: Path, word: str) -> Iterator[Fact]:
    if word == "const":
        return  # told by its values
    if word in WORDS:
        yield from _deprecation(old, new, at, word)
        return
    if word == "x-merge":
        yield from _merging(old, new)
        return
    kind: Kind = "annotation" if word in ANNOTATIONS else _KINDS.get(word, "unknown")
    yield _fact(kind, old, new, at, word, _direction(old, new, word, kind))


def _deprecation(old: Shape, new: Shape, at: Path, word: str) -> Iterator[Fact]:
    """That a field is deprecated, until when, and for the sake of what, as one; or what changed of that."""
    said = [not shape.words.keys().isdisjoint(WORDS) for shape in (old, new)]
    if all(said) and word != "deprecated":
        direction: Direction = (
            "added" if word not in old.words else "removed" if word not in new.words else "changed"
        )
        yield _fact("deprecation", old, new, at, word, direction)
    elif not all(said) and word == min({*old.words, *new.words} & set(WORDS)):
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
    if word == "multipleOf" and all(isinstance(each, int) and each for each in (before, after)):
        return "loosened" if before % after == 0 else "tightened" if after % before == 0 else "changed"
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
    before, after = _strictest(old, words, up=up), _strictest(new, words, up=up)
    if before is None and after is None:
        return
    if before is None or after is None:
        word = (before or after or ("",))[0]
        yield _fact("constraint", old, new, at, word, "added" if before is None else "removed")
        return
    (word, one), (other_word, other) = before, after
    mine, yours = (one.value, word), (other.value, other_word)
    if not all(isinstance(value, int | float) for value in (one.value, other.value)):
        if mine != yours:
            yield _fact("constraint", old, new, at, other_word, "changed", word)
        return
    if mine == yours:
        return
    tighter = _rank(other, other_word, up=up) > _rank(one, word, up=up)
    yield _fact("constraint", old, new, at, other_word, "tightened" if tighter else "loosened", word)


def _strictest(shape: Shape, words: tuple[str, ...], *, up: bool) -> tuple[str, Word] | None:
    there = [(word, shape.words[word]) for word in words if word in shape.words]
    numbers = [each for each in there if isinstance(each[1].value, int | float)]
    if len(numbers) < len(there) or not there:
        return there[0] if there else None
    return max(there, key=lambda each: _rank(each[1], each[0], up=up))


def _rank(said: Word, word: str, *, up: bool) -> tuple[float, bool]:
    """How tight a bound is."""
    return (said.value if up else -said.value, word.startswith("exclusive"))


def _enum(old: Shape, new: Shape, at: Path) -> Iterator[Fact]:
    """Which values are listed."""
    if "enum" not in old.words and "enum" not in new.words:
        return
    if "enum" not in old.words or "enum" not in new.words:
        yield _fact("enum", old, new, at, "enum", "added" if "enum" in new.words else "removed")
        return
    before, after = old.value("enum"), new.value("enum")
    gone = [value for value in before if not any(same(value, each) for each in after)]
    come = [value for value in after if not any(same(value, each) for each in before)]
    if not gone and not come:
        if before != after:
            yield _fact("annotation", old, new, at, "enum", "changed")
        return
    direction: Literal["loosened", "tightened", "changed"]
    direction = "changed" if gone and come else "tightened" if gone else "loosened"
    yield _fact("enum", old, new, at, "enum", direction)


def _fact(
    kind: Kind, old: Shape, new: Shape, at: Path, word: str, direction: Direction, old_word: str = ""
) -> Fact:
    return Fact(
        kind=kind, path=at, word=word, direction=direction,
        before=old.value(old_word or word), after=new.value(word), old=old, new=new,
        old_span=old.where(old_word or word), new_span=new.where(word),
    )  # fmt: skip
