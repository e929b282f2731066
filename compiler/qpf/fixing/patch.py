"""Edits of findings put into the texts of their files: those that can be, and why others cannot."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from qpf.evolution.source import marked, unmarked
from qpf.model.diagnostic import Diagnostic, Note
from qpf.model.text import Text

_DECORATED = ("&", "*", "!")
"""What begins an anchor, an alias or a tag: it would be taken for a part of the value."""


class Patch(Struct, frozen=True):
    """One file with some of its findings mended.

    Attributes:
        before: Its content.
        after: Its content then.
        mended: The findings, in the order of the file.
    """

    before: bytes
    after: bytes
    mended: tuple[Diagnostic, ...]

    def lines_of(self, found: Diagnostic) -> frozenset[int]:
        """The lines, as they are then, that mending one of them edits."""
        edits = sorted(edit for each in self.mended if each.fix for edit in each.fix.edits)
        mine = found.fix.edits if found.fix else ()
        lines: set[int] = set()
        shift = 0
        for edit in edits:
            first = edit.span.line + shift
            more = edit.text.count("\n")
            if edit in mine:
                lines |= set(range(first, first + more + 1))
            shift += more - (edit.span.end_line - edit.span.line)
        return frozenset(lines)


def patched(
    findings: Iterable[Diagnostic], contents: Mapping[str, bytes]
) -> tuple[dict[str, Patch], dict[Diagnostic, Note]]:
    """Put the edits of findings into their files; of those over each other, the first.

    Args:
        findings: Each has a fix with edits.
        contents: The files.
    """
    by_file: dict[str, list[Diagnostic]] = defaultdict(list)
    for found in findings:
        assert found.fix is not None
        by_file[found.fix.edits[0].span.source].append(found)
    patches: dict[str, Patch] = {}
    refused: dict[Diagnostic, Note] = {}
    for path, group in sorted(by_file.items()):
        patch, left = _patch(path, contents[path], group)
        refused |= left
        if patch.mended:
            patches[path] = patch
    return patches, refused


def _patch(path: str, content: bytes, group: list[Diagnostic]) -> tuple[Patch, dict[Diagnostic, Note]]:
    text = unmarked(content)
    places = Text(path, text)
    taken: list[tuple[int, int, str]] = []
    mended: list[Diagnostic] = []
    refused: dict[Diagnostic, Note] = {}
    for found in group:
        assert found.fix is not None
        edits = [(*places.range_of(edit.span), edit.text) for edit in found.fix.edits]
        if why := _obstacle(text, edits, taken):
            refused[found] = Note(why)
            continue
        taken += edits
        mended.append(found)
    for start, end, new in sorted(taken, reverse=True):
        text = text[:start] + new + text[end:]
    return Patch(content, marked(content, text), tuple(mended)), refused


def _obstacle(text: str, edits: list[tuple[int, int, str]], taken: list[tuple[int, int, str]]) -> str:
    """Why edits cannot be made beside others; empty if they can."""
    if any(text[start : start + 1] in _DECORATED for start, _, _ in edits[:1]):
        return "an anchor, an alias or a tag stands there"
    if any(_meet(one, other) for one in edits for other in taken):
        return "another fix changes the same place; a second run may take it"
    return ""


def _meet(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    """Whether two edits are about the same characters, or put text in at the same place."""
    return one[:2] == other[:2] or (one[0] < other[1] and other[0] < one[1])
