"""Places in sources and places in editors: code points from 1 here, units of an encoding from 0 there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lsprotocol import types as lsp

from qpf.model.span import Span

_BYTES = {
    lsp.PositionEncodingKind.Utf8: ("utf-8", 1),
    lsp.PositionEncodingKind.Utf16: ("utf-16-le", 2),
}


def units(text: str, encoding: str) -> int:
    """How long a text is to an editor; half a pair of surrogates counts as one unit of UTF-16."""
    if text.isascii() or encoding == lsp.PositionEncodingKind.Utf32:
        return len(text)
    codec, size = _BYTES[lsp.PositionEncodingKind(encoding)]
    return len(text.encode(codec, "surrogatepass")) // size


def code_points(line: str, character: int, encoding: str) -> int:
    """How many characters of a line stand before a place; one in the midst of a character is before it."""
    if line.isascii() or encoding == lsp.PositionEncodingKind.Utf32:
        return min(max(character, 0), len(line))
    before = 0
    for index, letter in enumerate(line):
        before += units(letter, encoding)
        if before > character:
            return index
    return len(line)


def lines_of(content: bytes) -> list[str]:
    """The lines of a text, without what ends them."""
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    return [line.removesuffix("\r") for line in text.split("\n")]


@dataclass
class Places:
    """Turns spans into ranges.

    Attributes:
        contents: What the sources hold, by path.
        encoding: What the editor counts in.
    """

    contents: Mapping[str, bytes]
    encoding: str
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def range(self, span: Span, *, exact: bool = False) -> lsp.Range:
        """The range of a span; a place without extent takes the rest of its line along, to be seen.

        Args:
            span: The span.
            exact: Whether a place without extent stays one.
        """
        start = self.position(span, span.line, span.column)
        end = self.position(span, span.end_line, span.end_column)
        if not exact and (end.line, end.character) <= (start.line, start.character):
            end = lsp.Position(start.line, self._length(span.source, start.line))
        return lsp.Range(start, end)

    def position(self, span: Span, line: int, column: int) -> lsp.Position:
        """A place in the source of a span; one behind the last line is its end."""
        lines = self._of(span.source)
        if line > len(lines):
            return lsp.Position(len(lines) - 1, self._length(span.source, len(lines) - 1))
        return lsp.Position(line - 1, units(lines[line - 1][: column - 1], self.encoding))

    def _length(self, source: str, line: int) -> int:
        return units(self._of(source)[line], self.encoding)

    def _of(self, source: str) -> list[str]:
        if source not in self._lines:
            self._lines[source] = lines_of(self.contents.get(source, b""))
        return self._lines[source]
