"""Findings as GitLab's Code Quality report, which merge requests show."""

import json
from collections.abc import Mapping
from typing import Any

from qpf.model.diagnostic import Diagnostic, Report, Severity
from qpf.render.fingerprint import Fingerprints
from qpf.render.mask import mask

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}
_WHOLE = "qpf.yaml"
"""Where a finding about no file is shown."""


def render_gitlab(report: Report, sources: Mapping[str, bytes] | None = None, *, folder: str = "") -> str:
    """One JSON document that ends in a newline.

    Args:
        report: What was found.
        sources: Content by path: what a line says tells findings apart.
        folder: Where the fleet lies in its repository, since paths are relative to that.
    """
    fingerprints = Fingerprints(sources or {})
    found = [_issue(each, fingerprints.of(each), folder) for each in report.diagnostics]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _issue(found: Diagnostic, fingerprint: str, folder: str) -> dict[str, Any]:
    source, line = (found.span.source, found.span.line) if found.span else (_WHOLE, 1)
    text = found.message + (f"; {found.hint}" if found.hint else "")
    return {
        "description": mask(text),
        "check_name": f"{found.code.id} {found.code.name}",
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[found.severity],
        "location": {"path": f"{folder}/{source}" if folder else source, "lines": {"begin": line}},
    }
