"""A document's text with its tree: where entries begin and end, comments above them included."""

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from msgspec import Struct

from qpf.evolution.places import entry_at
from qpf.model.node import Entry, find
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path
from qpf.model.span import Span

_BREAKS = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_BOM = "\ufeff"


def unmarked(content: bytes) -> str:
    """A file's text without its byte order mark, if it has one: no span counts it."""
    return content.decode().removeprefix(_BOM)


def marked(content: bytes, text: str) -> bytes:
    """A text as bytes that begin as others do."""
    return (_BOM + text if content.startswith(_BOM.encode()) else text).encode()


class UnfaithfulError(Exception):
    """A text cannot be changed without losing something that a person wrote; says why."""


class SourceText(Struct, frozen=True, dict=True):
    """The text of a document, and the tree that was read from it."""

    text: str
    body: MappingNode

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, with their ends."""
        return _BREAKS.split(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(map(len, self.lines), initial=0))

    @property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def at(self, line: int, column: int) -> int:
        """Where a place of a span is in the text."""
        return self._starts[min(line, len(self._starts)) - 1] + column - 1

    def range_of(self, span: Span) -> tuple[int, int]:
        """Where a span begins and ends in the text."""
        return self.at(span.line, span.column), self.at(span.end_line, span.end_column)

    def line_of(self, offset: int) -> int:
        """Which line a place is on, from 0."""
        return bisect_right(self._starts, offset, hi=len(self.lines)) - 1

    def is_flow(self, path: Path) -> bool:
        """Whether a mapping is written in braces."""
        node = find(self.body, path)
        return node is not None and self.text[self.range_of(node.span)[0]] == "{"

    def mapping(self, path: Path) -> MappingNode | None:
        """The mapping at a path; None if there is none."""
        node = find(self.body, path)
        return node if isinstance(node, MappingNode) else None

    def entry(self, path: Path) -> Entry:
        """The entry at a path that exists."""
        return entry_at(self.body, path)

    def indentation(self, path: Path) -> int:
        """How far the entries of a block mapping are indented."""
        node = find(self.body, path)
        assert isinstance(node, MappingNode)
        return next(iter(node.entries.values())).span.column - 1

    def ends_at(self, path: Path) -> int:
        """Where an entry's value ends, in the text; where the entry itself does, if it stands for another."""
        key, node = self.entry(path)
        start, end = self.range_of(node.span)
        after_key = self.range_of(key)[1]
        if start < after_key:  # an alias, whose value stands where its anchor is
            return after_key + len(re.match(r"\s*:\s*[^\s,}\]]*", self.text[after_key:])[0])  # type: ignore[index]  # a key is followed by a colon
        return max(end, after_key)

    def block(self, path: Path) -> tuple[int, int]:
        """The lines of an entry in a block mapping, with the comments right above it.

        Raises:
            UnfaithfulError: If it has no lines of its own.
        """
        first = self.entry(path).span.line - 1
        column = self.entry(path).span.column - 1
        if self.lines[first][:column].strip():
            message = f"{path[-1]} begins an item of a list, and shares its line with the dash"
            raise UnfaithfulError(message)
        end = self.ends_at(path)
        last = self.line_of(end)
        if end == self._starts[last] and last > first:  # a block scalar ends where the next line begins
            last -= 1
        while last > first and not self.lines[last].strip():
            last -= 1
        rest = self.text[end : self._starts[last + 1]].strip()
        if rest and not rest.startswith("#"):
            message = f"something follows the value of {path[-1]} on its line"
            raise UnfaithfulError(message)
        while first > 0 and _is_comment(self.lines[first - 1], column):
            first -= 1
        return self._starts[first], self._starts[last + 1]

    def comments(self, path: Path) -> tuple[str, str]:
        """The comments of a block entry: the lines above it, not indented, and what follows its value."""
        start, end = self.block(path)
        column = self.entry(path).span.column - 1
        above = self.text[start : self._starts[self.entry(path).span.line - 1]].splitlines()
        return "".join(f"{line[column:]}\n" for line in above), self.text[self.ends_at(path) : end].strip()


def _is_comment(line: str, column: int) -> bool:
    return line[:column].strip() == "" and line[column:].startswith("#")
