"""Where something stands in a source."""

from typing import NamedTuple


class Span(NamedTuple):
    """A range in one source; lines and columns count from 1, in code points.

    Attributes:
        source: Path of the source, POSIX, relative to the fleet's root.
        line: First line.
        column: First column.
        end_line: Line of the position after the last character.
        end_column: Column of the position after the last character.
    """

    source: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


def start_of(source: str) -> Span:
    """The empty span at the top of a source, for findings about the whole file."""
    return Span(source, 1, 1, 1, 1)
