"""What a text that is no document says of fields: a template, a constraint."""

from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from qpf.evolution.places import ANY
from qpf.model.path import Path

UNKNOWN = "?"
"""Name of a part that is found out only when the text is put to use."""

Style: TypeAlias = Literal["", "name", "dot", "bracket", "text", "label", "marked"]


class Part(Struct, frozen=True):
    """One name on the way to a field.

    Attributes:
        name: The name; `*` for each, `UNKNOWN` for one that nobody knows beforehand.
        start: Where it is written, quotes not included; or what stands there for an unknown one.
        end: Where that ends.
        outer: Where it begins and ends with what comes and goes with it, a dot or brackets.
        style: How it is written: alone, behind a dot, in brackets, as a text, as a label, as a label with a
            mark; empty if it is not written as it is.
        site: The chain that it is written in, by its place: another part of the same reference may be
            written elsewhere, where a name was given to what it leads to.
    """

    name: str | int
    start: int = -1
    end: int = -1
    outer: tuple[int, int] = (-1, -1)
    style: Style = ""
    site: int = -1


EACH = Part(ANY)
SOME = Part(UNKNOWN)


class Reference(Struct, frozen=True):
    """A way to a field.

    Attributes:
        parts: From the section on.
        unclear: Why nobody knows which section the parts are in, or where in it; empty if it is known.
        bound: Whether the text itself says what its first name is.
    """

    parts: tuple[Part, ...]
    unclear: str = ""
    bound: bool = False

    @property
    def path(self) -> Path:
        """The names."""
        return tuple(part.name for part in self.parts)

    def to(self, *parts: Part) -> "Reference":
        """The way further on."""
        return Reference((*self.parts, *parts), self.unclear, self.bound)


class Word(NamedTuple):
    """A text in an expression, which may be a name; where it stands, quotes included."""

    text: str
    start: int
    end: int


class Mentions(NamedTuple):
    """All that a text says of fields."""

    references: tuple[Reference, ...] = ()
    words: tuple[Word, ...] = ()
