"""The braces of a CUE text: what they belong to, which names are known in them, and where these lead."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from qpf.evolution.references.mention import EACH, SOME, Part, Reference
from qpf.model.path import Path
from qpf.syntax.cue import Token, partners

LOST = Reference((), "what it belongs to is computed")


class Given(NamedTuple):
    """An expression that has a name.

    Attributes:
        tokens: The expression.
        within: Where it stands.
        what: What the name stands for: all of it, each of its values, or each of its keys.
    """

    tokens: tuple[Token, ...]
    within: "Block"
    what: str = "all"


Meaning: TypeAlias = Reference | Given | None
"""What a name stands for: a field, an expression, or nothing that leads to a field."""


@dataclass(eq=False)
class Block:
    """What stands in braces, or behind a label that spares them.

    Attributes:
        way: What it says something about.
        above: What it stands in.
        names: What names stand for in it.
    """

    way: Reference
    above: "Block | None" = None
    names: dict[str, Meaning] = field(default_factory=dict)

    def holding(self, name: str) -> "Block | None":
        """The nearest block that knows a name."""
        block: Block | None = self
        while block is not None and name not in block.names:
            block = block.above
        return block


@dataclass
class Uses:
    """Where definitions and hidden fields are used as the value of a field; they are told apart by name.

    Attributes:
        places: The ways to these fields, by name; the first part of a way may be such a name again.
    """

    places: dict[str, set[Path]] = field(default_factory=dict)

    def add(self, name: str, way: Reference) -> None:
        """Note a use."""
        self.places.setdefault(name, set()).add(way.path)

    def resolved(self, reference: Reference) -> Reference:
        """A way from the section on; one that begins with a definition begins where that is used.

        A definition that nothing uses is about a whole document.
        """
        seen: set[str] = set()
        parts = reference.parts
        while parts and is_apart(parts[0].name):
            name = str(parts[0].name)
            places = self.places.get(name, {()})
            if len(places) > 1 or name in seen:
                return Reference(parts[1:], f"`{name}` is used in several places", reference.bound)
            seen.add(name)
            (place,) = places
            parts = (*map(Part, place), *parts[1:])
        return Reference(parts, reference.unclear, reference.bound)


def is_apart(name: str | int) -> bool:
    """Whether a name is that of a definition or a hidden field, which no document has."""
    return isinstance(name, str) and name.startswith(("#", "_")) and len(name) > 1


def way_of(tokens: tuple[Token, ...], within: Block) -> Reference | None:
    """Where a name leads, with what follows it; None if that is no field."""
    token = tokens[0]
    where = (token.start, token.end)
    here = Part(token.text, *where, where, "name", token.start)
    block = within.holding(token.text)
    if block is None:
        way: Reference | None = Reference((here,))
    else:
        meaning = block.names[token.text]
        if isinstance(meaning, Given):
            way = _given(meaning)
        elif meaning is not None and meaning.parts[-1].name == token.text:
            way = replace(meaning, parts=(*meaning.parts[:-1], here))
        else:
            way = meaning
    return None if way is None else way.to(*_members(tokens, within, way))


def name_end(tokens: tuple[Token, ...], at: int, end: int, closing: dict[int, int]) -> int:
    """Where a name ends with all that it leads on to, before a place."""
    at += 1
    while at + 1 < end and tokens[at].kind == "sign" and tokens[at].text in {".", "["}:
        at = closing[at] + 1 if tokens[at].text == "[" else at + 2
    return at


def _given(given: Given) -> Reference | None:
    """What a name stands for that an expression has; keys of a field are none."""
    if given.what == "keys" or not given.tokens or given.tokens[0].kind != "name":
        return None
    holder = given.within.holding(given.tokens[0].text)
    if holder is not None and holder.names[given.tokens[0].text] is given:
        return None
    alone = name_end(given.tokens, 0, len(given.tokens), partners(given.tokens)) == len(given.tokens)
    way = way_of(given.tokens, given.within) if alone else LOST
    return way.to(EACH) if way is not None and given.what == "values" else way


def _members(tokens: tuple[Token, ...], within: Block, base: Reference) -> Iterator[Part]:
    """What follows a name."""
    closing, site = partners(tokens), tokens[0].start
    at = 1
    while at < len(tokens):
        token = tokens[at + 1]
        word = token.kind == "string" and token.plain
        where = (token.start + word, token.end - word)
        if tokens[at].text == ".":
            outer = where if word else (tokens[at].start, token.end)
            yield Part(token.text, *where, outer, "text" if word else "dot", site)
            at += 2
            continue
        last = closing[at]
        outer = (tokens[at].start, tokens[last].end)
        if last == at + 2 and word:
            yield Part(token.text, *where, outer, "bracket", site)
        elif last == at + 2 and token.text.isdigit():
            yield Part(int(token.text), site=site)
        elif last == at + 2 and _is_key(token, within, base):
            yield EACH
        else:
            yield replace(SOME, start=tokens[at].start, end=tokens[at].end)
        at = last + 1


def _is_key(token: Token, within: Block, base: Reference) -> bool:
    """Whether a name stands for each key of what a way leads to."""
    block = within.holding(token.text)
    given = block.names[token.text] if block else None
    if not isinstance(given, Given) or given.what != "keys":
        return False
    way = _given(given._replace(what="all"))
    return way is not None and way.path == base.path
