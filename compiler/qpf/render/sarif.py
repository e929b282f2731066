"""Findings as SARIF 2.1.0, for code-scanning services."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from qpf.model.diagnostic import Code, Diagnostic, Note, Report
from qpf.model.path import format_path
from qpf.model.span import Span
from qpf.render.mask import mask

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_WHOLE = "qpf.yaml"


def render_sarif(report: Report, *, version: str = "", codes: Iterable[Code] = (), folder: str = "") -> str:
    """One SARIF document that ends in a newline.

    Args:
        report: What was found.
        version: The version of qpf.
        codes: Kinds of defects to list as rules beside those that were found.
        folder: Where the fleet lies in its repository, since URIs are relative to that.
    """
    rules = {code.id: code for code in (*codes, *(found.code for found in report.diagnostics))}
    order = sorted(rules)
    driver: dict[str, Any] = {"name": "qpf", "rules": [_rule(rules[code]) for code in order]}
    if version:
        driver["version"] = version
    seen: Counter[str] = Counter()
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The top of the repository."}}},
        "results": [_result(found, order, seen, folder) for found in report.diagnostics],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.id,
        "name": code.name,
        "shortDescription": {"text": code.summary},
        "defaultConfiguration": {"level": _level(code)},
    }


def _level(code: Code) -> str:
    return code.severity.name.lower()


def _result(found: Diagnostic, order: list[str], seen: Counter[str], folder: str) -> dict[str, Any]:
    text = mask(found.message + (f"\n{found.hint}" if found.hint else ""))
    location = _location(found.span, folder)
    named = "/".join(part for part in (found.environment, found.subject, format_path(found.path)) if part)
    if named:
        location["logicalLocations"] = [{"fullyQualifiedName": named}]
    result = {
        "ruleId": found.code.id,
        "ruleIndex": order.index(found.code.id),
        "level": _level(found.code),
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {"qpfFinding/v1": _fingerprint(found, seen)},
    }
    related = [_related(number, note, folder) for number, note in enumerate(found.notes, 1) if note.span]
    if related:
        result["relatedLocations"] = related
    return result


def _fingerprint(found: Diagnostic, seen: Counter[str]) -> str:
    """Stable while lines move and messages are reworded; the count tells equal ones in a file apart."""
    source = found.span.source if found.span else ""
    parts = json.dumps([found.code.id, format_path(found.path), source, found.subject if not source else ""])
    key = hashlib.sha256(parts.encode()).hexdigest()
    seen[key] += 1
    return f"{key}:{seen[key]}"


def _related(number: int, note: Note, folder: str) -> dict[str, Any]:
    return {"id": number, **_location(note.span, folder), "message": {"text": mask(note.message)}}


def _location(span: Span | None, folder: str) -> dict[str, Any]:
    """A finding about no line is said of `qpf.yaml` as a whole: services drop results without a file."""
    path = span.source if span else _WHOLE
    uri = quote(f"{folder}/{path}" if folder else path)
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}}
    if span:
        physical["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    return {"physicalLocation": physical}
