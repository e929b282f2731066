"""Show one line of a source with a span underlined; knows terminals only as rows of cells.

Every character becomes a cell with a text and a width: tabs are spread, wide characters count two,
control characters are spelt out (a source must not steer the reader's terminal), secrets are masked.
"""

import re
from typing import NamedTuple
from unicodedata import category, east_asian_width

from qpf.model.span import Span
from qpf.render.mask import MASK, secrets

_TAB = "    "
_WIDEST = 120
_CONTEXT = 40
_LINE_END = re.compile(r"\r\n|\r|\n")


class Excerpt(NamedTuple):
    """A line as shown, and the line of carets below it."""

    number: int
    line: str
    carets: str


class _Cell(NamedTuple):
    text: str
    width: int


class Lines:
    """The lines of one source, with what must be masked on each."""

    def __init__(self, content: bytes) -> None:
        text = content.decode(errors="replace").removeprefix("\ufeff")
        self._hidden = secrets(text)
        self._lines: list[tuple[int, str]] = []
        start = 0
        for end in _LINE_END.finditer(text):
            self._lines.append((start, text[start : end.start()]))
            start = end.end()
        self._lines.append((start, text[start:]))

    def excerpt(self, span: Span) -> Excerpt | None:
        """The first line of a span; None if the source has no such line."""
        if not 1 <= span.line <= len(self._lines):
            return None
        start, line = self._lines[span.line - 1]
        cells = _cells(line, [(first - start, last - start) for first, last in self._hidden])
        first = min(max(span.column - 1, 0), len(cells))
        last = span.end_column - 1 if span.end_line == span.line else len(cells)
        last = min(max(last, first), len(cells))
        return _fit(span.line, cells, first, last)


def visible(text: str) -> str:
    """The text with control characters and direction overrides spelt out, line ends kept."""
    if text.isprintable():
        return text
    return "".join(character if character == "\n" else _spell(character) for character in text)


def _cells(line: str, hidden: list[tuple[int, int]]) -> list[_Cell]:
    cells = [_cell(character) for character in line]
    for start, end in hidden:
        if 0 <= start < end <= len(cells):
            cells[start:end] = [_Cell(MASK, len(MASK)), *[_Cell("", 0)] * (end - start - 1)]
    return cells


def _cell(character: str) -> _Cell:
    if character.isascii() and character.isprintable():
        return _Cell(character, 1)
    if character == "\t":
        return _Cell(_TAB, len(_TAB))
    kind = category(character)
    if kind in {"Mn", "Me"}:
        return _Cell(character, 0)
    if not character.isprintable():
        spelt = _spell(character)
        return _Cell(spelt, len(spelt))
    return _Cell(character, 2 if east_asian_width(character) in "WF" else 1)


def _spell(character: str) -> str:
    if character.isprintable() or category(character) == "Zs":
        return character
    return character.encode("unicode_escape", "surrogatepass").decode()


def _fit(number: int, cells: list[_Cell], first: int, last: int) -> Excerpt:
    """Cut a long line to what surrounds the span; `…` marks each cut."""
    left, right = 0, len(cells)
    before = after = ""
    if sum(cell.width for cell in cells) > _WIDEST:
        left = max(0, first - _CONTEXT)
        right = min(len(cells), left + _WIDEST)
        last = min(last, right)
        before = "…" if left else ""
        after = "…" if right < len(cells) else ""
    shown = before + "".join(cell.text for cell in cells[left:right]) + after
    indent = len(before) + sum(cell.width for cell in cells[left:first])
    width = sum(cell.width for cell in cells[first:last])
    return Excerpt(number, shown.rstrip(), " " * indent + "^" * max(width, 1))
