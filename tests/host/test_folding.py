"""One fault of a plugin is one finding, and does not depend on how many processes met it."""

from dataclasses import replace

from qpf.host import codes
from qpf.host.folding import fold
from qpf.host.plugin import Registered
from qpf.model.diagnostic import Code, Diagnostic, Report, Severity
from qpf.model.extension import Pass

DEAR = Code("ACM001", "dear", Severity.WARNING, "Dear.")
PASSES = (Registered("acme", Pass("dear", 5, (DEAR,), lambda _agent, _environment: ())),)
SLOW = Diagnostic(
    codes.PASS_TOO_SLOW,
    "pass `dear` of plugin `acme` took more than 1 s of processor time for one agent, and was ended",
    subject="b",
    environment="dev",
    plugin="acme",
)
FOUND = Diagnostic(DEAR, "dear", subject="a", environment="dev", plugin="acme")
OTHER = replace(FOUND, message="dear too", plugin="other")


def test_how_far_a_pass_came_that_was_ended_does_not_show() -> None:
    alone = fold(Report.of([SLOW, OTHER]), PASSES)
    together = fold(Report.of([SLOW, replace(SLOW, subject="c"), FOUND, OTHER]), PASSES)
    assert alone == together
    assert set(alone.diagnostics) == {SLOW, OTHER}


def test_what_passes_find_that_come_to_an_end_is_told() -> None:
    report = Report.of([FOUND, OTHER])
    assert fold(report, PASSES) == report
