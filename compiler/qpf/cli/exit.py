"""Exit codes: what a script may rely on.

0 means clean, 1 means that the fleet has errors, would change or has drifted, 2 means that
there is no verdict: wrong usage, a fault of the configuration or of a plugin, or a bug.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every start imports this module, and most end before there is a report
    from qpf.model.diagnostic import Report

CLEAN = 0
FINDINGS = 1
NO_VERDICT = 2
INTERRUPTED = 130
READER_LEFT = 141

_HOST_AND_CONFIGURATION = "QPF030"
"""Codes up to this one, the missing `qpf.yaml`, are about the host and the configuration."""


def status(report: "Report", *, strict: bool = False) -> int:
    """The exit code that a report stands for; where one is strict, warnings fail too."""
    from qpf.model.diagnostic import Severity

    errors = [found.code.id for found in report.diagnostics if found.severity is Severity.ERROR]
    if any(code.startswith("QPF") and code <= _HOST_AND_CONFIGURATION for code in errors):
        return NO_VERDICT
    warned = strict and any(found.severity is Severity.WARNING for found in report.diagnostics)
    return FINDINGS if errors or warned else CLEAN
