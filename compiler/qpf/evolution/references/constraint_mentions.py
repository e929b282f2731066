"""What a constraint says of fields.

A text of CUE is about a document, so its labels are the document's keys: `section: {field: …}`,
`section: field: …`, `"section": …`, with `?` or `!`. `[string]:` is for each key, and so are the items of a
list. What stands in a `#Definition` or a `_hidden` field is about that field whose value the definition is,
and about a document if it is the value of none. In expressions, a name is that of the nearest label around
it, as in CUE; it leads on by `.field` and `["field"]`. Names that `let`, `X=` and `for` give are followed,
and so are expressions within strings.

No known keys are `(computed):`, interpolated ones, `[=~"pattern"]:` and `section[computed]`. Whether a
constraint makes sense is not asked, nor what other files say: a text that is no CUE says nothing here.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from qpf.evolution.references.constraint_names import LOST, Block, Given, Uses, is_apart, name_end, way_of
from qpf.evolution.references.mention import EACH, SOME, Mentions, Part, Reference, Word
from qpf.syntax.cue import Token, cue_tokens, partners
from qpf.syntax.placed import UnreadableTextError, even

_END = Token("sign", "", 0, 0)
_ANY_KEY = frozenset({"string", "_"})
_CLAUSES = frozenset({"for", "if", "let"})


def constraint_mentions(text: str) -> Mentions:
    """Find what a constraint says of fields.

    Raises:
        UnreadableTextError: If it is no CUE.
    """
    found = _Found()
    try:
        _Looking(cue_tokens(even(text)), found).all(Block(Reference((), bound=True)))
        ways = [way for each in found.names if (way := _named(*each)) is not None]
    except RecursionError as error:
        raise UnreadableTextError from error
    said = [found.uses.resolved(each) for each in (*found.labels, *ways)]
    return Mentions(tuple(dict.fromkeys(each for each in said if each.parts)), tuple(found.words))


@dataclass
class _Found:
    """What was found in a text; names are looked up when all labels are known."""

    uses: Uses = field(default_factory=Uses)
    labels: list[Reference] = field(default_factory=list)
    names: list[tuple[tuple[Token, ...], Block]] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)


class _Label(NamedTuple):
    """A label: its key, the token behind its colon, what the key declares, and names for it."""

    part: Part
    behind: int
    declares: str = ""
    alias: str = ""
    key: str = ""


def _named(tokens: tuple[Token, ...], within: Block) -> Reference | None:
    """Where a name in an expression leads; None if that is no field."""
    way = way_of(tokens, within)
    return None if way is None or (len(way.parts) == 1 and not way.bound) else way


class _Looking:
    """A walk through tokens; every step gives where the next one begins."""

    def __init__(self, tokens: tuple[Token, ...], found: _Found) -> None:
        self._tokens = tokens
        self._found = found
        self._partner = partners(tokens)

    def all(self, block: Block) -> None:
        """Walk through declarations."""
        self._declarations(0, len(self._tokens), block)

    def expression(self, block: Block) -> None:
        """Walk through what is interpolated in a string."""
        self._several(0, len(self._tokens), block, LOST)

    def _token(self, at: int) -> Token:
        return self._tokens[at] if at < len(self._tokens) else _END

    def _is(self, at: int, *signs: str) -> bool:
        token = self._token(at)
        return token.kind == "sign" and token.text in signs

    def _until(self, at: int, end: int, *signs: str) -> int:
        """Where one of some signs stands, brackets passed over."""
        while at < end and not self._is(at, *signs):
            at = self._partner.get(at, at) + 1
        return at

    # Declarations.

    def _declarations(self, at: int, end: int, block: Block) -> None:
        while at < end:
            token, follows = self._token(at), self._token(at + 1)
            word = token.text if token.kind == "name" and not self._is(at + 1, ":", "?", "!", "=") else ""
            if self._is(at, ","):
                at += 1
            elif self._is(at, "..."):
                at = self._value(at + 1, end, block, LOST)
            elif word == "package":
                at += 2
            elif word == "import":
                at = self._imports(at + 1, end, block)
            elif word == "let" and follows.kind == "name":
                stop = self._until(at + 3, end, ",")
                block.names[follows.text] = Given(self._tokens[at + 3 : stop], block)
                at = self._value(at + 3, end, block, LOST)
            elif word in {"for", "if"}:
                at = self._comprehension(at, end, block, block.way)
            elif self._label(at) is not None:
                at = self._field(at, end, block)
            else:
                at = self._value(at, end, block, block.way)

    def _imports(self, at: int, end: int, block: Block) -> int:
        """Names of other packages, which hold no field of a document."""
        stop = self._partner.get(at, self._until(at, end, ","))
        for place in range(at, stop):
            token = self._token(place)
            if token.kind == "name":
                block.names[token.text] = None
            elif token.kind == "string":
                block.names[token.text.rpartition("/")[2].rpartition(":")[2]] = None
        return stop + 1

    def _field(self, at: int, end: int, block: Block) -> int:
        """Labels up to a value, and the value."""
        site, way, within = self._token(at).start, block.way, block
        while label := self._label(at):
            apart = is_apart(label.declares)
            way = Reference((label.part,), bound=True) if apart else way.to(replace(label.part, site=site))
            self._found.labels.append(way)
            within.names |= {name: way for name in (label.declares, label.alias) if name}
            within = Block(way, within, {label.key: None} if label.key else {})
            at = label.behind
        if self._token(at).kind == "name" and self._is(at + 1, "="):
            within.names[self._token(at).text] = way
            at += 2
        return self._value(at, end, within, way)

    def _label(self, at: int) -> _Label | None:
        """The label that begins somewhere; None if none does."""
        alias, key = "", ""
        if self._token(at).kind == "name" and self._is(at + 1, "="):
            alias, at = self._token(at).text, at + 2
        token, last = self._token(at), self._partner.get(at, at)
        behind = last + 1
        while self._is(behind, "?", "!"):
            behind += 1
        if not self._is(behind, ":"):
            return None
        marked = behind > last + 1
        if token.kind == "name":
            style = "marked" if marked else "label"
            where = (token.start, token.end)
            part = Part(token.text, *where, where, style)  # type: ignore[arg-type]  # a style
            return _Label(part, behind + 1, token.text, alias)
        if token.kind == "string" and not token.inner:
            where = (token.start + 1, token.end - 1)
            part = Part(token.text, *where, where, "text") if token.plain else Part(token.text)
            return _Label(part, behind + 1, "", alias)
        if self._is(at, "[") and self._is(at + 2, "="):
            key = self._token(at + 1).text
        only = self._token(last - 1)
        each = self._is(at, "[") and last == at + (4 if key else 2) and only.text in _ANY_KEY
        if token.kind == "string" or self._is(at, "(", "["):
            some = replace(SOME, start=token.start, end=self._token(last).end)
            return _Label(EACH if each else some, behind + 1, "", alias, key)
        return None

    def _comprehension(self, at: int, end: int, block: Block, way: Reference) -> int:
        """Clauses, and the braces behind them, which say something about what the clauses stand in."""
        within = block
        while at < end and not self._is(at, "{"):
            clause, at = self._token(at).text, at + 1
            if clause not in _CLAUSES:
                continue  # a comma between clauses
            names = []
            if clause != "if":
                start = at
                at = next((each for each in range(at, end) if self._token(each).text in {"in", "="}), end) + 1
                names = [each.text for each in self._tokens[start : at - 1] if each.kind == "name"]
            stop = at
            while stop < end and not self._is(stop, "{", ",") and self._token(stop).text not in _CLAUSES:
                stop = self._partner.get(stop, stop) + 1
            self._several(at, stop, within, LOST)
            kinds = ("keys", "values")[-len(names) :] if clause == "for" else ("all",)
            given = {
                name: Given(self._tokens[at:stop], within, kind)
                for name, kind in zip(names, kinds, strict=False)
            }
            within = Block(way, within, dict(given))
            at = stop
        if at < end:
            self._declarations(at + 1, self._partner[at], Block(way, within))
        return self._partner.get(at, at) + 1

    # Expressions.

    def _several(
        self, at: int, end: int, block: Block, way: Reference, item: Reference | None = None
    ) -> None:
        """Expressions with commas between them."""
        while at < end:
            if self._is(at, ",", "..."):
                at += 1
            elif self._token(at).text in {"for", "if"}:
                at = self._comprehension(at, end, block, way)
            else:
                at = self._value(at, end, block, way, item)

    def _value(self, at: int, end: int, block: Block, way: Reference, item: Reference | None = None) -> int:
        """An expression, the value of some field; `item` is what the items of a list in it are."""
        operand = False
        while at < end and not self._is(at, ","):
            token, last = self._token(at), self._partner.get(at, at)
            if self._is(at, "{"):
                self._declarations(at + 1, last, Block(way, block))
            elif self._is(at, "("):
                self._several(at + 1, last, block, way, way if operand else item)
            elif self._is(at, "["):
                inner = LOST if operand else item or way.to(EACH)
                self._several(at + 1, last, block, inner)
            elif self._is(at, "."):
                last += 1
            elif token.kind == "name":
                last = self._name(at, end, block, way)
            elif token.kind == "string":
                self._string(token, block)
            operand = token.kind != "sign" or token.text in {"{", "(", "[", "."}
            at = last + 1
        return at

    def _string(self, token: Token, block: Block) -> None:
        if token.plain:
            self._found.words.append(Word(token.text, token.start, token.end))
        for inner in token.inner:
            _Looking(inner, self._found).expression(block)

    def _name(self, at: int, end: int, block: Block, way: Reference) -> int:
        """A name, and what it leads on to; gives its last token."""
        behind = name_end(self._tokens, at, end, self._partner)
        tokens = self._tokens[at:behind]
        self._found.names.append((tokens, block))
        for place in range(at, behind):
            if self._is(place, "["):
                self._several(place + 1, self._partner[place], block, LOST)
        if is_apart(tokens[0].text) and len(tokens) == 1 and not self._is(behind, "("):
            self._found.uses.add(tokens[0].text, way)
        return behind - 1
