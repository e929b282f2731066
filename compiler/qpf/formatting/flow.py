"""What is written in braces or brackets: spaces made even, line breaks kept, keys in order if on one line."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from qpf.formatting.ordering import in_order
from qpf.formatting.tokens import BLANK, Comment, Token
from qpf.model.path import Path

_STEP = "  "
_OPENING = {"FlowMappingStart", "FlowSequenceStart"}
_CLOSING = {"FlowMappingEnd", "FlowSequenceEnd"}

Order: TypeAlias = Callable[[Path], Sequence[str]]
"""The keys of a mapping, by its path, in the order they are kept in; none where there is no order."""


def flow_lines(tokens: list[Token], pad: str, order: Order, path: Path) -> str:
    """The text of tokens from an opening to its closing; further lines are indented from `pad`."""
    if any(token.breaks or "\n" in token.text for token in tokens[1:]):
        return _as_broken(_visible(tokens), pad)
    return "".join(_OneLine(tokens, order).node(path))


def _visible(tokens: list[Token]) -> list[Token]:
    """The tokens that can be seen; what stands before one that cannot, the next one is given."""
    seen: list[Token] = []
    before: list[Comment] = []
    breaks = False
    for token in tokens:
        before, breaks = before + token.before, breaks or token.breaks
        if token.text:
            seen.append(replace(token, before=before, breaks=breaks))
            before, breaks = [], False
    return seen


class _OneLine:
    """All on one line: read again as a tree, so that keys can be put in order."""

    def __init__(self, tokens: list[Token], order: Order) -> None:
        self._tokens = tokens
        self._order = order
        self._next = 0

    @property
    def _kind(self) -> str:
        return self._tokens[self._next].kind

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def node(self, path: Path) -> str:
        """The node that begins here."""
        anchor = f"{self._take().text} " if self._kind == "Anchor" else ""
        match self._kind:
            case "FlowMappingStart":
                self._take()
                return f"{anchor}{{{', '.join(self._entries(path))}}}"
            case "FlowSequenceStart":
                self._take()
                return f"{anchor}[{', '.join(self._items(path))}]"
            case "Scalar" | "Alias":
                return f"{anchor}{self._take().text}"
            case _:
                return anchor.rstrip()

    def _entries(self, path: Path) -> list[str]:
        found: list[tuple[str, str]] = []
        while self._kind != "FlowMappingEnd":
            if self._kind == "FlowEntry":
                self._take()
            else:
                found.append(self._pair(path))
        self._take()
        names = [name for name, _ in found]
        return [found[place][1] for place in in_order(names, self._order(path))]

    def _items(self, path: Path) -> Iterator[str]:
        count = 0
        while self._kind != "FlowSequenceEnd":
            if self._kind == "FlowEntry":
                self._take()
                continue
            inside = (*path, count)
            yield self._pair(inside)[1] if self._kind == "Key" else self.node(inside)
            count += 1
        self._take()

    def _pair(self, path: Path) -> tuple[str, str]:
        """An entry: its key, and how it is written."""
        if self._kind == "Key":
            self._take()
        name = self._tokens[self._next].value
        key = self.node(path)
        if self._kind != "Value":
            return name, key
        self._take()
        value = self.node((*path, name))
        return name, f"{key}: {value}" if value else f"{key}:"


def _as_broken(tokens: list[Token], pad: str) -> str:
    """Over several lines: breaks stay where they are, but go behind commas; lines are indented by depth."""
    lines: list[str] = []
    line = ""
    depth = 0
    breaks = False
    for before, token in pairwise([None, *tokens]):
        assert token is not None
        deep = depth - (token.kind in _CLOSING)
        comments = _above(before, token, pad + _STEP * depth) if before else []
        mark = token.kind in {"FlowEntry", "Value"} and not any(comments) and not (before and before.beside)
        breaks = breaks or token.breaks
        if before and breaks and not mark:
            lines.append(f"{line}  {before.beside}" if before.beside else line)
            lines += comments
            line = f"{pad}{_STEP * deep}"
        elif before and _parted(before, token):
            line += " "
        breaks = breaks and mark
        depth = deep + (token.kind in _OPENING)
        first, *rest = token.text.split("\n")
        line += first
        for each in rest:
            lines.append(line)
            line = f"{pad}{_STEP * (depth + 1)}{each.lstrip()}" if each.strip() else ""
    return "\n".join((*lines, line))


def _above(before: Token, token: Token, pad: str) -> list[str]:
    """The lines between two tokens: comments, and empty lines but where braces begin or end."""
    found: list[str] = []
    for comment in token.before:
        if comment.text != BLANK:
            found.append(f"{pad}{comment.text}")
        elif found[-1:] != [BLANK] and (found or before.kind not in _OPENING):
            found.append(BLANK)
    return found[:-1] if found[-1:] == [BLANK] and token.kind in _CLOSING else found


def _parted(before: Token, token: Token) -> bool:
    """Whether a space stands between two tokens on one line."""
    if token.kind in {"FlowEntry", "Value"} or before.kind in _OPENING:
        return False
    return token.kind not in _CLOSING
