"""Tokens as the tree that they spell: every entry with the comments that speak of it.

A comment on its own line speaks of the entry below it, if it is indented no further than that; else of what
stands above it, and is kept there. A comment beside a value, a colon or a dash stays beside it; of two on
what becomes one line, the first goes above.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from qpf.formatting.tokens import BLANK, Comment, Token, UnformattableError, header_of, is_block

_DEEPEST = 200


@dataclass(slots=True)
class Leaf:
    """A scalar or an alias; without a token, nothing, which means null."""

    token: Token | None
    anchor: str = ""


@dataclass(slots=True)
class Flow:
    """What is written in braces or brackets: its tokens, those included."""

    tokens: list[Token]
    anchor: str = ""


@dataclass(slots=True)
class Entry:
    """One key with its value, or one item.

    Attributes:
        above: What stands on lines of its own above it.
        key: The key; None for an item.
        node: Its value.
        beside: The comment beside it; of a block, beside its colon or dash.
        under: Comments below it that are indented further than it.
    """

    above: list[Comment]
    key: Token | None
    node: "Tree"
    beside: str = ""
    under: list[Comment] = field(default_factory=list)

    @property
    def explained(self) -> bool:
        """Whether a comment stands above it."""
        return any(comment.text for comment in self.above)


@dataclass(slots=True)
class Block:
    """A mapping, or a list, with a line for each entry at least; `foot` holds the comments at its end."""

    entries: list[Entry]
    is_mapping: bool
    anchor: str = ""
    foot: list[Comment] = field(default_factory=list)


Tree: TypeAlias = Leaf | Flow | Block


@dataclass(slots=True)
class Document:
    """The whole: one entry without a key, and what stands below it."""

    root: Entry
    foot: list[Comment]


def tree_of(tokens: list[Token]) -> Document:
    """The tree of a document's tokens.

    Raises:
        UnformattableError: If it is written in a way that has no form here.
    """
    return _Parser(tokens).document()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def document(self) -> Document:
        """The one document of the text."""
        head: list[Comment] = []
        while self._kind in {"StreamStart", "DocumentStart", "Directive"}:
            token = self._take()
            if token.kind == "Directive":
                message = "it has a directive"
                raise UnformattableError(message, token.line)
            head += _all_of(token)
        root = self._entry(head, None, "", -1)
        if isinstance(root.node, Block):  # what comes first stands above the first key
            root.node.entries[0].above[:0] = root.above
            root.above = []
        foot: list[Comment] = []
        while self._next < len(self._tokens):
            foot += _all_of(self._take())
        return Document(root, foot)

    @property
    def _kind(self) -> str:
        return self._tokens[self._next].kind

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _push(self, comments: list[Comment]) -> None:
        """Give comments to the next token."""
        token = self._tokens[self._next]
        token.before = comments + token.before

    def _entry(self, above: list[Comment], key: Token | None, beside: str, indent: int) -> Entry:
        """What follows a colon or a dash, with the comments around it."""
        entry = Entry(above, key, Leaf(None), beside)
        anchor = ""
        if self._kind == "Anchor":
            token = self._take()
            anchor = token.text
            above += token.before
            _stand_beside(entry, token.beside)
        match self._kind:
            case "Tag":
                message = "it has a tag"
                raise UnformattableError(message, self._tokens[self._next].line)
            case "Scalar" | "Alias":
                token = self._take()
                above += token.before
                entry.node = Leaf(token, anchor)
                _stand_beside(entry, token.beside)
                if is_block(token):
                    _stand_beside(entry, "#".join(["", *header_of(token).split("#")[1:]]))
            case "FlowMappingStart" | "FlowSequenceStart":
                tokens = self._flow()
                above += tokens[0].before
                entry.node = Flow(tokens, anchor)
                _stand_beside(entry, tokens[-1].beside)
            case "BlockMappingStart" | "BlockSequenceStart":
                start = self._take()
                self._push(start.before)
                read = self._mapping if start.kind == "BlockMappingStart" else self._list
                entry.node = self._closed(read(start.column, anchor), start.column)
            case "BlockEntry" if key is not None:  # a list that is indented no further than its key
                entry.node = self._list(indent, anchor)
            case _:
                entry.node = Leaf(None, anchor)
        return entry

    def _mapping(self, column: int, anchor: str) -> Block:
        self._deeper()
        entries: list[Entry] = []
        while self._kind != "BlockEnd":
            start = self._take()
            if start.kind != "Key" or start.text or self._kind != "Scalar":
                message = "a key is written with a question mark, has an anchor, or is missing"
                raise UnformattableError(message, start.line)
            _leave(entries, start, column)
            key = self._take()
            if self._kind != "Value":
                message = "a key has no colon"
                raise UnformattableError(message, start.line)
            colon = self._take()
            entries.append(self._entry(start.before + key.before, key, colon.beside, column))
        self._depth -= 1
        return Block(entries, is_mapping=True, anchor=anchor)

    def _list(self, column: int, anchor: str) -> Block:
        self._deeper()
        entries: list[Entry] = []
        while self._kind == "BlockEntry":
            dash = self._take()
            _leave(entries, dash, column)
            entries.append(self._entry(dash.before, None, dash.beside, column))
        self._depth -= 1
        return Block(entries, is_mapping=False, anchor=anchor)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            message = "it is nested too deep"
            raise UnformattableError(message)

    def _closed(self, block: Block, column: int) -> Block:
        end = self._take()
        if end.kind != "BlockEnd":
            message = "it ends where none was seen to"
            raise UnformattableError(message, end.line)
        _leave(block.entries, end, column)
        taken = _indented(end.before, column)
        block.foot = end.before[:taken]
        self._push(end.before[taken:])
        return block

    def _flow(self) -> list[Token]:
        depth = 0
        tokens: list[Token] = []
        while True:
            token = self._take()
            tokens.append(token)
            if token.kind in {"FlowMappingStart", "FlowSequenceStart"}:
                depth += 1
            elif token.kind in {"FlowMappingEnd", "FlowSequenceEnd"}:
                depth -= 1
                if not depth:
                    return tokens
            elif token.kind == "Tag" or (token.kind == "Key" and token.text):
                message = "a key is written with a question mark, or a tag is"
                raise UnformattableError(message, token.line)


def _all_of(token: Token) -> list[Comment]:
    return [*token.before, *([Comment(token.beside, 0)] if token.beside else [])]


def _stand_beside(entry: Entry, comment: str) -> None:
    """Put a comment beside an entry; one that stands there already goes above."""
    if comment and entry.beside:
        entry.above.append(Comment(entry.beside, 0))
    entry.beside = comment or entry.beside


def _leave(entries: list[Entry], token: Token, column: int) -> None:
    """Leave to the entry before what is indented further than both."""
    if entries and not _ends_in_text(entries[-1].node):
        taken = _indented(token.before, column + 1)
        entries[-1].under, token.before = token.before[:taken], token.before[taken:]


def _indented(comments: list[Comment], column: int) -> int:
    """How many comments, from the first, are indented as far as a column; without empty lines at the end."""
    taken = 0
    for count, comment in enumerate(comments, start=1):
        if comment.text == BLANK:
            continue
        if comment.column < column:
            break
        taken = count
    return taken


def _ends_in_text(node: Tree) -> bool:
    """Whether the last lines of a node are a text, to which a comment below them would belong."""
    while isinstance(node, Block):
        node = node.entries[-1].node
    return isinstance(node, Leaf) and node.token is not None and is_block(node.token)
