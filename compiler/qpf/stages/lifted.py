"""Findings about values that a migration put where they are: which step it was."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from qpf.model.diagnostic import Diagnostic, Note, Report
from qpf.model.fleet import Document
from qpf.model.migration import Change
from qpf.model.path import format_path


def lifted(report: Report, documents: Iterable[Document]) -> Report:
    """Name, to findings about what was migrated, the step and where the value stands by it.

    Args:
        report: What was found.
        documents: Those that the findings may point into.
    """
    changes = {document.source: document.changes for document in documents if document.changes}
    if not changes or not report.diagnostics:
        return report
    return report.each(lambda found: _told(found, changes))


def _told(found: Diagnostic, changes: Mapping[str, tuple[Change, ...]]) -> Diagnostic:
    if found.span is None:
        return found
    notes = [
        _note(each)
        for each in changes.get(found.span.source, ())
        if each.after and found.path[: len(each.after)] == each.after
    ]
    new = [note for note in notes if note not in found.notes]
    return replace(found, notes=(*found.notes, *new)) if new else found


def _note(change: Change) -> Note:
    before, after = format_path(change.before), format_path(change.after)
    what = f"{before} of this file is {after}" if before != after else f"{after} is changed"
    return Note(f"{what} by migration {change.step.title}", change.operation.span or change.step.origin)
