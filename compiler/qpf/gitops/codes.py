"""Findings of holding committed files against sources and approvals."""

from collections.abc import Iterable

from qpf.model.change import Change, Drift
from qpf.model.diagnostic import Code, Diagnostic, Note, Report, Severity
from qpf.model.wording import describe

STALE_OUTPUT = Code("QPF901", "stale-output", Severity.ERROR, "A compiled file is older than its sources.")
EDITED_OUTPUT = Code("QPF902", "hand-edited-output", Severity.ERROR, "A generated file was edited by hand.")
UNAPPROVED_STATE = Code("QPF903", "unapproved-state", Severity.ERROR, "Nobody has approved what is compiled.")
MISSING_OUTPUT = Code("QPF904", "missing-output", Severity.ERROR, "A compiled file is not there.")
UNOWNED_OUTPUT = Code(
    "QPF905", "unowned-output", Severity.ERROR, "A file stands where qpf writes, but is not its own."
)
ORPHAN_OUTPUT = Code(
    "QPF906", "orphan-output", Severity.ERROR, "A file that qpf wrote is no longer produced."
)

CODES = {
    Drift.STALE: STALE_OUTPUT,
    Drift.EDITED: EDITED_OUTPUT,
    Drift.UNAPPROVED: UNAPPROVED_STATE,
    Drift.MISSING: MISSING_OUTPUT,
    Drift.UNOWNED: UNOWNED_OUTPUT,
    Drift.ORPHAN: ORPHAN_OUTPUT,
}

HINTS = {
    Drift.STALE: "run `qpf compile` and commit the result",
    Drift.EDITED: "change the source instead; `qpf compile` restores the file",
    Drift.UNAPPROVED: "review the difference, then `qpf golden approve`",
    Drift.MISSING: "run `qpf compile`",
    Drift.UNOWNED: "move it elsewhere, or delete it",
    Drift.ORPHAN: "`qpf compile` removes it",
}


def findings(changes: Iterable[Change]) -> Report:
    """Changes as findings, for machines that read findings."""
    return Report.of(
        Diagnostic(
            CODES[change.drift],
            f"{change.path}: {change.reason}",
            change.span,
            notes=tuple(Note(describe(edit), edit.span) for edit in change.edits),
            hint=HINTS[change.drift],
            subject=change.agent,
            environment=change.environment,
        )
        for change in changes
    )
