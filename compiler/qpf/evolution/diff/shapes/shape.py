"""A schema in one spelling: what can be said in several ways is said in one, so that only meaning differs."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from qpf.model.digest import digest_of
from qpf.model.node import Data
from qpf.model.path import Path
from qpf.model.span import Span

TYPES = frozenset({"null", "boolean", "integer", "fraction", "string", "array", "object"})
"""Kinds of values, none of which is another: a `number` is an `integer` or a `fraction`."""

NUMBERS = frozenset({"integer", "fraction"})

ANNOTATIONS = frozenset({"title", "description", "examples", "example", "$comment"})
"""Words that mean nothing to any document."""

DEPRECATION = ("deprecated", "x-removed-in", "x-use")
"""How a schema says of a field that it is deprecated, until when, and what takes its place."""

ABOUT: dict[str, frozenset[str]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), NUMBERS),
    **dict.fromkeys(
        ("minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"), frozenset({"string"})
    ),
    "format": NUMBERS | {"string"},
    **dict.fromkeys(
        ("minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems"),
        frozenset({"array"}),
    ),
    **dict.fromkeys(
        (
            "minProperties", "maxProperties", "propertyNames", "dependentRequired", "dependentSchemas",
            "dependencies", "unevaluatedProperties",
        ),
        frozenset({"object"}),
    ),
}  # fmt: skip
"""Values that a constraint is about; it means nothing to others."""


class Word(NamedTuple):
    """What one keyword says, and where.

    Attributes:
        value: As it is written.
        span: Where.
        meaning: A digest of what a keyword means that holds schemas: references mean what they lead to.
    """

    value: Data
    span: Span
    meaning: str = ""


class Field(NamedTuple):
    """A field of a mapping.

    Attributes:
        span: Its key.
        shape: What it may hold.
        required: Whether it must be there.
        listed: Whether it is a field of its own; a field that is only asked for is one like any other.
    """

    span: Span
    shape: "Shape"
    required: bool = False
    listed: bool = True


class Loop:
    """A definition that is inside itself; which one says the name of the cycle, so that all are equal.

    Attributes:
        shape: What it says, once it is read.
    """

    def __init__(self) -> None:
        self.shape: Shape | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loop)

    def __hash__(self) -> int:
        return 0


class Shape(Struct, frozen=True, dict=True):
    """What a value may be.

    Attributes:
        span: Where that is written.
        types: Kinds of values that it may be; none: nothing fits.
        words: Constraints and annotations by keyword.
        fields: Of a mapping: its fields by name.
        patterns: Of a mapping: what fields may hold whose names match.
        extra: Of a mapping: what any other field may hold; True: anything; False: there may be none.
        items: Of a list: what its items may be; None: anything.
        prefix: Of a list: what its first items must be, by position.
        branches: One of these must fit, too; none: nothing more is asked.
        exclusive: Whether exactly one of the branches must fit.
        parts: All of these must fit, too, and could not be made one with the rest.
        cycle: The name of the definition around it that it is; such a shape says nothing else.
        loop: That definition.
        written: Whether it is a value that a document writes, and not a schema of values.
    """

    span: Span
    types: frozenset[str] = TYPES
    words: Mapping[str, Word] = MappingProxyType({})
    fields: Mapping[str, Field] = MappingProxyType({})
    patterns: Mapping[str, "Shape"] = MappingProxyType({})
    extra: "Shape | bool" = True
    items: "Shape | None" = None
    prefix: tuple["Shape", ...] = ()
    branches: tuple["Shape", ...] = ()
    exclusive: bool = False
    parts: tuple["Shape", ...] = ()
    cycle: str = ""
    loop: Loop | None = None
    written: bool = False

    def value(self, word: str) -> Data:
        """What a keyword says; None if it is not there."""
        found = self.words.get(word)
        return None if found is None else found.value

    def where(self, word: str) -> Span:
        """Where a keyword stands, or would."""
        found = self.words.get(word)
        return self.span if found is None else found.span

    @cached_property
    def anything(self) -> bool:
        """Whether every value fits."""
        return (
            self.types == TYPES
            and self.extra is True
            and not (set(self.words) - ANNOTATIONS - {"default"})
            and not (self.fields or self.patterns or self.prefix or self.branches or self.parts or self.cycle)
            and self.items is None
        )

    @property
    def entered(self) -> "Shape":
        """What it says: of a cycle, what the definition around it says."""
        return self if self.loop is None or self.loop.shape is None else self.loop.shape

    @cached_property
    def recursive(self) -> bool:
        """Whether values may nest in it without a bound."""
        several = [each.shape for each in self.fields.values()]
        several += [*self.patterns.values(), *self.prefix, *self.branches, *self.parts]
        several += [each for each in (self.items, self.extra) if isinstance(each, Shape)]
        return bool(self.cycle) or any(each.recursive for each in several)

    @cached_property
    def meaning(self) -> str:
        """A digest of all that decides which values fit, and of the default."""
        return digest_of(self._plain)

    @cached_property
    def _plain(self) -> Data:
        return [
            sorted(self.types),
            sorted(
                [word, found.meaning or _said(word, found.value)]
                for word, found in self.words.items()
                if word not in ANNOTATIONS and word != "const"
            ),
            sorted([name, each.shape.meaning, each.required] for name, each in self.fields.items()),
            sorted([pattern, each.meaning] for pattern, each in self.patterns.items()),
            self.extra if isinstance(self.extra, bool) else self.extra.meaning,
            None if self.items is None else self.items.meaning,
            [each.meaning for each in self.prefix],
            sorted(each.meaning for each in self.branches),
            self.exclusive,
            sorted(each.meaning for each in self.parts),
            self.cycle,
        ]

    def at(self, path: Path) -> "Field | None":
        """The field at a path; `*` stands for what any other key or item may be."""
        found = Field(self.span, self)
        for part in path:
            below = found.shape.below(str(part))
            if below is None:
                return None
            found = below
        return found

    def below(self, name: str) -> Field | None:
        """The field of a name; of `*`, what is asked of all that are not listed."""
        if name in self.fields:
            return self.fields[name]
        if name != "*":
            return None
        several = self.items
        if len(self.patterns) == 1 and self.extra is False:
            (several,) = self.patterns.values()
        elif isinstance(self.extra, Shape):
            several = self.extra
        return None if several is None else Field(several.span, several)

    def with_field(self, path: Path, new: Field | None) -> "Shape":
        """The shape with another field at a path, whose parents are made if need be; None: without."""
        part, *rest = map(str, path)
        if not rest and part != "*":
            fields = {name: each for name, each in self.fields.items() if name != part}
            return replace(self, fields=MappingProxyType(fields if new is None else {**fields, part: new}))
        below = self.below(part) or Field(self.span, Shape(self.span, frozenset({"object"})))
        shape = below.shape.with_field(tuple(rest), new) if rest else (new or below).shape
        if part != "*" or part in self.fields:
            return replace(self, fields=MappingProxyType({**self.fields, part: below._replace(shape=shape)}))
        if len(self.patterns) == 1 and self.extra is False:
            return replace(self, patterns=MappingProxyType(dict.fromkeys(self.patterns, shape)))
        if isinstance(self.extra, Shape):
            return replace(self, extra=shape)
        return replace(self, items=shape)


def _said(word: str, value: Data) -> Data:
    """What a keyword says, where the order of values has no meaning."""
    if word == "enum":
        return sorted(map(digest_of, value))
    return value
