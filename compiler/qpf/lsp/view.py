"""One file as an editor shows it now, beside the fleet as it was when the file could last be read."""

from collections.abc import Callable
from functools import cached_property

from lsprotocol import types as lsp
from msgspec import Struct

from qpf.host.workspace import Workspace
from qpf.lsp.cursor import Spot, spot_at
from qpf.lsp.mending import mended
from qpf.lsp.names import Name, kind_at
from qpf.lsp.positions import Places, code_points, units
from qpf.model.fleet import Document
from qpf.model.node import Mapping
from qpf.model.span import Span
from qpf.stages.parse import kind_of


class View(Struct, frozen=True, dict=True):
    """One file on which something is asked.

    Attributes:
        path: The file.
        text: What the editor holds.
        workspace: The fleet, from when the file could last be read.
        places: Where spans of that fleet are in the editor.
        uri: What the editor calls a path.
    """

    path: str
    text: str
    workspace: Workspace
    places: Places
    uri: Callable[[str], str]

    @cached_property
    def kind(self) -> str:
        """The kind of the file; empty if it is none of a fleet's."""
        return kind_of(self.path)[0]

    @cached_property
    def document(self) -> Document | None:
        """What the fleet knows the file to say; None if it was never read."""
        return self.workspace.documents.of(self.path)

    @cached_property
    def tree(self) -> Mapping | None:
        """What the editor's text says, as far as it makes sense."""
        return mended(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return [line.removesuffix("\r") for line in self.text.split("\n")]

    def spot(self, position: lsp.Position) -> Spot | None:
        """The key or the value under the cursor."""
        if self.tree is None or position.line >= len(self.lines):
            return None
        return spot_at(self.tree, position.line + 1, self.column(position) + 1)

    def named(self, spot: Spot) -> Name | None:
        """The name that a spot is; None if it is none."""
        kind = kind_at(self.kind, spot.path, self.workspace, key=spot.on_key)
        text = spot.path[-1] if spot.on_key and spot.path else getattr(spot.node, "value", None)
        return Name(kind, text) if kind is not None and isinstance(text, str) else None

    def column(self, position: lsp.Position) -> int:
        """How many characters stand before the cursor on its line."""
        line = self.lines[position.line] if position.line < len(self.lines) else ""
        return code_points(line, position.character, self.places.encoding)

    def here(self, span: Span) -> lsp.Range:
        """The range of a span of this text."""

        def at(line: int, column: int) -> lsp.Position:
            number = min(line, len(self.lines))
            before = self.lines[number - 1][: column - 1] if line == number else self.lines[number - 1]
            return lsp.Position(number - 1, units(before, self.places.encoding))

        return lsp.Range(at(span.line, span.column), at(span.end_line, span.end_column))

    def location(self, span: Span) -> lsp.Location:
        """Where a span of the fleet is."""
        return lsp.Location(self.uri(span.source), self.places.range(span))
