"""The text of one input file, before anybody knows what it means."""

import re
from bisect import bisect_right
from functools import cached_property

from msgspec import Struct

from qpf.model.span import Span

_LINE_END = re.compile(r"\r\n|\r|\n")


class Text(Struct, frozen=True, dict=True):
    """The text of one input file: a schema, glue, a template, a constraint, hand-written code.

    Attributes:
        path: Where it is, POSIX, relative to the fleet's root.
        content: Its text without byte order mark; bytes that are no UTF-8 are `\ufffd`.
    """

    path: str
    content: str

    @classmethod
    def of(cls, path: str, content: bytes) -> "Text":
        """The text that bytes are."""
        return cls(path, content.decode(errors="replace").removeprefix("\ufeff"))

    def span(self, start: int, end: int) -> Span:
        """Where the characters from `start` up to `end` stand."""
        return Span(self.path, *self._place(start), *self._place(end))

    def lines(self) -> list[str]:
        """Its lines, without what ends them."""
        return _LINE_END.split(self.content)

    def range_of(self, span: Span) -> tuple[int, int]:
        """Where the characters of a span begin and end; what lies behind the text is its end."""
        return self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)

    def _offset(self, line: int, column: int) -> int:
        start = self._starts[line - 1] if line <= len(self._starts) else len(self.content)
        return min(start + column - 1, len(self.content))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end.end() for end in _LINE_END.finditer(self.content))]
