"""Deprecated fields put where they belong, in the texts of their files, as far as nothing is lost there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from qpf.evolution.codes import DEPRECATED_FIELD
from qpf.evolution.places import ANY, OccupiedError, led, reshaped
from qpf.evolution.source import UnfaithfulError, marked, unmarked
from qpf.evolution.splice import spliced
from qpf.model.diagnostic import Diagnostic, Fix, Note, Report, TextEdit
from qpf.model.migration import FieldMove, Migration
from qpf.model.node import Mapping as MappingNode
from qpf.model.node import find
from qpf.model.path import Path, format_path
from qpf.model.text import Text
from qpf.stages.upgrade import Use

Field: TypeAlias = tuple[str, Path]
"""A file, and where a field stands in it."""


class Edit(Struct, frozen=True):
    """One file with deprecated fields where they belong.

    Attributes:
        before: Its content.
        after: Its content then.
        uses: The fields that were moved, in the order of the file.
    """

    before: bytes
    after: bytes
    uses: tuple[Use, ...]


class Fixes(Struct, frozen=True):
    """What a program does about deprecated fields.

    Attributes:
        edits: By file.
        refused: Why it leaves a field where it is.
    """

    edits: Mapping[str, Edit]
    refused: dict[Field, Note]

    @property
    def uses(self) -> list[Use]:
        """The fields that are moved."""
        return [use for edit in self.edits.values() for use in edit.uses]


def field_of(use: Use) -> Field:
    """Which field is used where."""
    return use.document.source, use.path


def propose(uses: Iterable[Use], contents: Mapping[str, bytes]) -> Fixes:
    """Move fields that are deprecated, each file for itself.

    Args:
        uses: The fields.
        contents: The files.
    """
    by_file: dict[str, list[Use]] = defaultdict(list)
    for use in uses:
        by_file[use.document.source].append(use)
    edits: dict[str, Edit] = {}
    refused: dict[Field, Note] = {}
    for path, group in by_file.items():
        edit, left = _edited(group, contents[path])
        refused.update(left)
        if edit.uses:
            edits[path] = edit
    return Fixes(edits, refused)


def _edited(uses: Sequence[Use], content: bytes) -> tuple[Edit, dict[Field, Note]]:
    """A file with those of its fields moved that can be: what is inside of another one first."""
    refused = {field_of(use): why for use in uses if (why := _obstacle(use))}
    able = [use for use in uses if field_of(use) not in refused]
    refused |= {field_of(use): why for use in able if (why := _rival(use, able))}
    text = unmarked(content)
    moved: list[Use] = []
    for use in sorted(able, key=lambda each: (-len(each.place), each.span)):
        if field_of(use) in refused:
            continue
        try:
            after = spliced(text, _step(use), use.within)
        except UnfaithfulError as error:
            refused[field_of(use)] = Note(str(error))
            continue
        if after != text:
            text = after
            moved.append(use)
    return Edit(content, marked(content, text), tuple(sorted(moved, key=lambda use: use.span))), refused


def _obstacle(use: Use) -> Note | None:
    """Why a field cannot be moved, whatever becomes of the others."""
    document, about = use.document, use.deprecation
    if about.stuck:
        return Note(about.stuck)
    if document.trail is not None and document.trail.version:
        why = f"it is in a file that speaks {document.trail.version}; rewrite that first, by `qpf migrate`"
        return Note(why, document.trail.span)
    if ANY in use.place:
        return Note(f"it is below a key that is called `{ANY}`")
    sections = find(document.body, use.within)
    assert isinstance(sections, MappingNode)
    try:
        reshaped(sections, {use.place: _goal(use)})
    except OccupiedError as error:
        return Note(f"{format_path(error.path)} is there already", error.span)
    return None


def _rival(use: Use, others: Iterable[Use]) -> Note | None:
    """Another field that would go to the same place."""
    goal = _goal(use)
    for other in others:
        if other is not use and other.within == use.within:
            theirs = _goal(other)
            if goal[: len(theirs)] == theirs[: len(goal)]:
                return Note(f"{format_path(other.place)} would go there too", other.span)
    return None


def _goal(use: Use) -> Path:
    """Where a field belongs in its sections."""
    return led(use.deprecation.use, use.deprecation.path, use.place)


def _step(use: Use) -> Migration:
    """A step that moves just this field."""
    version = use.document.trail.version if use.document.trail else ""
    return Migration(version, version, (FieldMove(format_path(use.place), format_path(_goal(use))),))


def fix_of(use: Use, content: bytes = b"") -> Fix:
    """What is done about a field: in words, and to the file's content if it is given."""
    edits: tuple[TextEdit, ...] = ()
    if content:
        edit, _ = _edited([use], content)
        edits = (difference(use.document.source, unmarked(edit.before), unmarked(edit.after)),)
    return Fix(f"{format_path(use.place)} → {format_path(_goal(use))}", edits)


def difference(source: str, before: str, after: str) -> TextEdit:
    """The one edit that makes a text another."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    stop = len(before) - end
    return TextEdit(Text(source, before).span(start, stop), after[start : len(after) - end])


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common from their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def annotated(report: Report, fixes: Fixes) -> Report:
    """Findings that say what a program does about them, or why it does nothing."""
    done = {field_of(use): fix_of(use, edit.before) for edit in fixes.edits.values() for use in edit.uses}
    return report.each(lambda found: _annotated(found, done, fixes.refused))


def _annotated(found: Diagnostic, done: Mapping[Field, Fix], refused: Mapping[Field, Note]) -> Diagnostic:
    if found.code is not DEPRECATED_FIELD or found.span is None:
        return found
    field = found.span.source, found.path
    if field in done:
        return replace(found, fix=done[field])
    if field in refused:
        why = refused[field]
        note = Note(f"`qpf validate --fix` leaves it: {why.message}", why.span)
        return replace(found, notes=(*found.notes, note))
    return found
