"""Findings for scripts: the versioned document that `-o json` prints."""

import json
from typing import Any

from qpf.model.diagnostic import Diagnostic, Note, Report, Suppressed, TextEdit
from qpf.model.path import format_path
from qpf.model.span import Span
from qpf.render.mask import mask, shown_edits

VERSION = 1


def findings(report: Report) -> list[dict[str, Any]]:
    """Each finding as plain data, in the report's order; every key is always there."""
    return [_finding(found) for found in report.diagnostics]


def document(report: Report) -> dict[str, Any]:
    """The document of a report: what was found, and what of it comments accept, where there is any."""
    told: dict[str, Any] = {"version": VERSION, "findings": findings(report)}
    if report.suppressed:
        told["suppressed"] = [_suppressed(each) for each in report.suppressed]
    return told


def render_json(report: Report) -> str:
    """One JSON document that ends in a newline."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def _suppressed(each: Suppressed) -> dict[str, Any]:
    place = _place(each.by.span)
    by = {
        "file": place["file"],
        "line": place["line"],
        "reason": mask(each.by.reason),
        "until": each.by.until,
    }
    return {**_finding(each.diagnostic), "suppression": by}


def _finding(found: Diagnostic) -> dict[str, Any]:
    return {
        "code": found.code.id,
        "name": found.code.name,
        "severity": found.severity.name.lower(),
        "message": mask(found.message),
        **_place(found.span),
        "path": format_path(found.path),
        "agent": found.subject,
        "environment": found.environment,
        "notes": [_note(note) for note in found.notes],
        "hint": mask(found.hint),
        "fix": found.fix and mask(found.fix.what),
        "applicability": found.fix and found.fix.applicability.value,
        "edits": [_edit(each) for each in shown_edits(found)],
        "plugin": found.plugin,
    }


def _edit(edit: TextEdit) -> dict[str, Any]:
    return {**_place(edit.span), "text": edit.text}


def _note(note: Note) -> dict[str, Any]:
    place = _place(note.span)
    return {"message": mask(note.message), **{key: place[key] for key in ("file", "line", "column")}}


def _place(span: Span | None) -> dict[str, Any]:
    if span is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    return {
        "file": span.source,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
