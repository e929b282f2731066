"""Findings for scripts: the versioned document that `-o json` prints."""

import json
from typing import Any

from qpf.model.diagnostic import Diagnostic, Note, Report
from qpf.model.path import format_path
from qpf.model.span import Span
from qpf.render.mask import mask

VERSION = 1


def findings(report: Report) -> list[dict[str, Any]]:
    """Each finding as plain data, in the report's order; every key is always there."""
    return [_finding(found) for found in report.diagnostics]


def render_json(report: Report) -> str:
    """One JSON document that ends in a newline."""
    return json.dumps({"version": VERSION, "findings": findings(report)}, indent=2, ensure_ascii=False) + "\n"


def _finding(found: Diagnostic) -> dict[str, Any]:
    return {
        "code": found.code.id,
        "name": found.code.name,
        "severity": found.code.severity.name.lower(),
        "message": mask(found.message),
        **_place(found.span),
        "path": format_path(found.path),
        "agent": found.subject,
        "environment": found.environment,
        "notes": [_note(note) for note in found.notes],
        "hint": mask(found.hint),
        "fix": found.fix and found.fix.what,
        "plugin": found.plugin,
    }


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
