"""What stands under the cursor, and what could be written there."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from qpf.lsp.mending import LARGEST, mended
from qpf.model.node import Mapping, Node, Sequence
from qpf.model.path import Path
from qpf.model.span import Span

_MARK = "qpfcursorhere"
_WORD = re.compile(r"[^\s:,\[\]{}\"'#&*!|>%@`]*\Z")
_COMMENT = re.compile(r"(?:^|\s)#")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_OPENED = re.compile(r"(?:^|[\s\[{,])([\"'])[^\"']*\Z")
_CLOSING = {"{": "}", "[": "]"}


class Spot(NamedTuple):
    """A key or a value of a document.

    Attributes:
        path: Where it stands.
        span: Where it is written.
        node: The value.
        on_key: Whether the key is meant.
    """

    path: Path
    span: Span
    node: Node
    on_key: bool = False


def spot_at(node: Node, line: int, column: int) -> Spot | None:
    """The key or the value at a place, counted from 1; None between them."""
    return _spot(node, (line, column), ())


def _spot(node: Node, at: tuple[int, int], path: Path) -> Spot | None:
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            if _covers(entry.span, at):
                return Spot((*path, key), entry.span, entry.node, on_key=True)
            if _covers(entry.node.span, at) and (found := _spot(entry.node, at, (*path, key))):
                return found
        return None
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            if _covers(item.span, at) and (found := _spot(item, at, (*path, index))):
                return found
        return None
    return Spot(path, node.span, node) if _covers(node.span, at) else None


def _covers(span: Span, at: tuple[int, int]) -> bool:
    return (span.line, span.column) <= at <= (span.end_line, span.end_column)


class Blank(NamedTuple):
    """A place where something may be written.

    Attributes:
        path: Of the mapping that gets a key, or of the value.
        key: Whether it is a key.
        word: What is written of it already, before the cursor.
    """

    path: Path
    key: bool
    word: str


def blanks_at(text: str, line: int, column: int) -> tuple[Blank, ...]:
    """What may be written at a place, counted from 0: a key of a mapping, a value, or either.

    The text up to the cursor is read with a mark in the cursor's place, once as a value and once as a key;
    what comes behind has no say.
    """
    lines = text.split("\n")
    if line >= len(lines) or len(text) > LARGEST:
        return ()
    before = lines[line][:column]
    word = _WORD.search(before)
    head = before[: word.start()] if word else before
    bare = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), head)
    if _COMMENT.search(bare):
        return ()
    opened = _OPENED.search(bare)
    quote = opened[1] if opened else ""
    found = []
    for key in (True, False):
        mark = _MARK + quote + (": " if key else "")
        for ending in _endings(lines[:line], bare):
            attempt = "\n".join([*lines[:line], head + mark + ending])
            tree = mended(attempt, line)
            path = None if tree is None else _path_of(tree, key=key)
            if path is not None:
                found.append(Blank(path, key, word[0] if word else ""))
                break
    return tuple(found)


def _endings(above: list[str], head: str) -> Iterator[str]:
    """What closes the brackets that are open at the cursor: on its line, or wherever they were opened."""
    own = _unclosed(head)
    yield own
    everything = _unclosed("\n".join([*(_QUOTED.sub("", each.partition(" #")[0]) for each in above), head]))
    if everything != own:
        yield everything


def _unclosed(text: str) -> str:
    open_: list[str] = []
    for letter in text:
        if letter in _CLOSING:
            open_.append(_CLOSING[letter])
        elif open_ and letter == open_[-1]:
            open_.pop()
    return "".join(reversed(open_))


def _path_of(node: Node, path: Path = (), *, key: bool) -> Path | None:
    """Where the mark stands: the mapping whose key it is, or the value that it is."""
    if isinstance(node, Mapping):
        for name, entry in node.entries.items():
            if key and name == _MARK:
                return path
            found = _path_of(entry.node, (*path, name), key=key)
            if found is not None:
                return found
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            found = _path_of(item, (*path, index), key=key)
            if found is not None:
                return found
    elif node.value == _MARK and not key:
        return path
    return None
