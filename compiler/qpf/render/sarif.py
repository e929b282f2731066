"""Findings as SARIF 2.1.0, for code-scanning services."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from qpf.model.diagnostic import (
    Applicability,
    Code,
    Diagnostic,
    Fix,
    Note,
    Report,
    Severity,
    Suppression,
    TextEdit,
)
from qpf.model.path import format_path
from qpf.model.span import Span
from qpf.render.fingerprint import Fingerprints
from qpf.render.mask import mask, shown_edits
from qpf.render.pages import published

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_WHOLE = "qpf.yaml"
_NO_VERDICT = 2


class Telling(NamedTuple):
    """Who tells, and of what.

    Attributes:
        version: The version of qpf.
        folder: Where the fleet lies in its repository, since URIs are relative to that.
        pages: Where the pages of codes are published; empty where they are not.
        exit_code: What the command ends with.
        codes: Kinds of defects to list as rules beside those that were found.
    """

    version: str = ""
    folder: str = ""
    pages: str = ""
    exit_code: int = 0
    codes: Iterable[Code] = ()


def render_sarif(
    report: Report, sources: Mapping[str, bytes] | None = None, telling: Telling | None = None
) -> str:
    """One SARIF document that ends in a newline.

    Args:
        report: What was found.
        sources: Content by path: what a line says tells findings apart.
        telling: Who tells.
    """
    run = _Run(report, sources or {}, telling or Telling()).data()
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def render_failure(message: str, version: str = "") -> str:
    """The document of a run that came to no end: no results, and why."""
    document = json.loads(render_sarif(Report(), telling=Telling(version, exit_code=_NO_VERDICT)))
    (invocation,) = document["runs"][0]["invocations"]
    invocation["toolExecutionNotifications"] = [{"level": "error", "message": {"text": mask(message)}}]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class _Run:
    """One run on its way into a document."""

    def __init__(self, report: Report, sources: Mapping[str, bytes], telling: Telling) -> None:
        accepted = [each.diagnostic for each in report.suppressed]
        codes = (found.code for found in (*report.diagnostics, *accepted))
        rules = {code.id: code for code in (*telling.codes, *codes)}
        self._report = report
        self._telling = telling
        self._rules = dict(sorted(rules.items()))
        self._order = {code: index for index, code in enumerate(self._rules)}
        self._prints = Fingerprints(sources)

    def data(self) -> dict[str, Any]:
        """The run."""
        driver: dict[str, Any] = {"name": "qpf", "rules": [self._rule(code) for code in self._rules.values()]}
        if self._telling.version:
            driver["version"] = self._telling.version
        results = [self._result(found) for found in self._report.diagnostics]
        results += [self._result(each.diagnostic, each.by) for each in self._report.suppressed]
        return {
            "tool": {"driver": driver},
            "invocations": [self._invocation()],
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {_ROOT: {"description": {"text": "The top of the repository."}}},
            "results": results,
        }

    def _rule(self, code: Code) -> dict[str, Any]:
        rule: dict[str, Any] = {
            "id": code.id,
            "name": code.name,
            "shortDescription": {"text": code.summary},
            "help": {"text": f"`qpf explain {code.id}` shows the page of this code."},
            "defaultConfiguration": {"level": _level(code.severity)},
        }
        if page := published(self._telling.pages, code):
            rule["helpUri"] = page
        return rule

    def _invocation(self) -> dict[str, Any]:
        """Whether there is a verdict, and if not, why."""
        code = self._telling.exit_code
        told: dict[str, Any] = {"executionSuccessful": code != _NO_VERDICT, "exitCode": code}
        if code == _NO_VERDICT:
            errors = [found for found in self._report.diagnostics if found.severity is Severity.ERROR]
            told["toolConfigurationNotifications"] = [
                {
                    "level": "error",
                    "message": {"text": _text(found)},
                    "associatedRule": {"id": found.code.id, "index": self._order[found.code.id]},
                    "locations": [self._location(found.span)],
                }
                for found in errors
            ]
        return told

    def _result(self, found: Diagnostic, by: Suppression | None = None) -> dict[str, Any]:
        location = self._location(found.span)
        named = "/".join(part for part in (found.environment, found.subject, format_path(found.path)) if part)
        if named:
            location["logicalLocations"] = [{"fullyQualifiedName": named}]
        result: dict[str, Any] = {
            "ruleId": found.code.id,
            "ruleIndex": self._order[found.code.id],
            "level": _level(found.severity),
            "message": {"text": _text(found)},
            "locations": [location],
            "partialFingerprints": {"qpfFinding/v1": self._prints.of(found)},
        }
        if related := [self._related(number, note) for number, note in _spanned(found.notes)]:
            result["relatedLocations"] = related
        edits = shown_edits(found)
        if found.fix and edits and found.fix.applicability is Applicability.SAFE:
            result["fixes"] = [self._fix(found.fix)]
        if by is not None:
            result["suppressions"] = [self._suppression(by)]
        return result

    def _suppression(self, by: Suppression) -> dict[str, Any]:
        return {
            "kind": "inSource",
            "status": "accepted",
            "justification": mask(f"{by.reason} (until {by.until})"),
            "location": self._location(by.span),
        }

    def _fix(self, fix: Fix) -> dict[str, Any]:
        change = {
            "artifactLocation": self._artifact(fix.edits[0].span.source),
            "replacements": [_replacement(edit) for edit in fix.edits],
        }
        return {"description": {"text": mask(fix.what)}, "artifactChanges": [change]}

    def _related(self, number: int, note: Note) -> dict[str, Any]:
        return {"id": number, **self._location(note.span), "message": {"text": mask(note.message)}}

    def _location(self, span: Span | None) -> dict[str, Any]:
        """A finding about no line is said of `qpf.yaml` as a whole: services drop results without a file."""
        physical = {"artifactLocation": self._artifact(span.source if span else _WHOLE)}
        if span:
            physical["region"] = _region(span)
        return {"physicalLocation": physical}

    def _artifact(self, path: str) -> dict[str, Any]:
        folder = self._telling.folder
        return {"uri": quote(f"{folder}/{path}" if folder else path), "uriBaseId": _ROOT}


def _text(found: Diagnostic) -> str:
    return mask(found.message + (f"\n{found.hint}" if found.hint else ""))


def _level(severity: Severity) -> str:
    return severity.name.lower()


def _spanned(notes: Iterable[Note]) -> list[tuple[int, Note]]:
    return [(number, note) for number, note in enumerate(notes, 1) if note.span]


def _replacement(edit: TextEdit) -> dict[str, Any]:
    replacement: dict[str, Any] = {"deletedRegion": _region(edit.span)}
    if edit.text:
        replacement["insertedContent"] = {"text": edit.text}
    return replacement


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
