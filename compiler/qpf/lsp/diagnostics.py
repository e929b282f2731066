"""Findings as editors show them, by file."""

from collections.abc import Callable
from typing import Any

from lsprotocol import types as lsp

from qpf.lsp.positions import Places
from qpf.model.diagnostic import Applicability, Diagnostic, Fix, Note, Report, Severity
from qpf.model.span import Span, start_of
from qpf.render.mask import mask

_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.NOTE: lsp.DiagnosticSeverity.Information,
}
_TAGS = {"unused": lsp.DiagnosticTag.Unnecessary, "deprecated": lsp.DiagnosticTag.Deprecated}

ByFile = dict[str, tuple[lsp.Diagnostic, ...]]


def by_file(report: Report, places: Places, uri: Callable[[str], str]) -> ByFile:
    """What to publish, by path; what is about no file is said of the one that makes a folder a fleet.

    Args:
        report: What was found.
        places: Where spans are in an editor.
        uri: What an editor calls a path.
    """
    files: dict[str, list[lsp.Diagnostic]] = {}
    for found in report.diagnostics:
        span = found.span or start_of("qpf.yaml")
        files.setdefault(span.source, []).append(_shown(found, span, places, uri))
    return {path: tuple(shown) for path, shown in files.items()}


def _shown(found: Diagnostic, span: Span, places: Places, uri: Callable[[str], str]) -> lsp.Diagnostic:
    stated = [mask(found.message)]
    stated += [mask(note.message) for note in found.notes if note.span is None]
    stated += [f"hint: {mask(found.hint)}"] if found.hint else []
    kind = found.code.name.partition("-")[0]
    return lsp.Diagnostic(
        range=places.range(span),
        message="\n".join(stated),
        severity=_SEVERITIES[found.severity],
        code=found.code.id,
        source="qpf",
        tags=[_TAGS[kind]] if kind in _TAGS else None,
        related_information=[_related(note, note.span, places, uri) for note in found.notes if note.span],
        data={
            "name": found.code.name,
            "message": mask(found.message),
            "agent": found.subject,
            "environment": found.environment,
            "plugin": found.plugin,
            "fix": _fix(found.fix, places) if found.fix is not None and found.fix.edits else None,
        },
    )


def _fix(fix: Fix, places: Places) -> dict[str, Any]:
    """What a program can do, as plain data: what an editor hands back unread."""
    return {
        "what": fix.what,
        "file": fix.edits[0].span.source,
        "safe": fix.applicability is Applicability.SAFE,
        "edits": [(places.range(each.span, exact=True), each.text) for each in fix.edits],
    }


def _related(
    note: Note, span: Span, places: Places, uri: Callable[[str], str]
) -> lsp.DiagnosticRelatedInformation:
    return lsp.DiagnosticRelatedInformation(
        lsp.Location(uri(span.source), places.range(span)), mask(note.message)
    )
