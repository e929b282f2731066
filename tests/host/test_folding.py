"""One fault of a plugin is one finding, and does not depend on how many processes met it."""

from msgspec.structs import replace

from qpf.host import codes
from qpf.host.folding import fold
from qpf.host.plugin import Registered
from qpf.model.diagnostic import Code, Diagnostic, Note, Report, Severity
from qpf.model.extension import Pass
from qpf.model.span import Span

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
OTHER = replace(FOUND, message="dear too; see pass `dear` of plugin `acme` for more", plugin="other")
BROKE = Diagnostic(codes.PLUGIN_CRASHED, "pass `dear` of plugin `acme` crashed: KeyError: 1", plugin="acme")
DIED = Diagnostic(
    codes.PLUGIN_CRASHED, "it was ended; pass `dear` of plugin `acme` was at work", plugin="acme"
)


def test_how_far_a_pass_came_that_was_ended_does_not_show() -> None:
    alone = fold(Report.of([SLOW, OTHER]), PASSES)
    together = fold(Report.of([SLOW, replace(SLOW, subject="c"), FOUND, BROKE, DIED, OTHER]), PASSES)
    assert alone == together
    assert set(alone.diagnostics) == {SLOW, OTHER}


def test_what_passes_find_that_come_to_an_end_is_told() -> None:
    report = Report.of([FOUND, BROKE, DIED, OTHER])
    assert fold(report, PASSES) == report


def placed(number: int) -> Diagnostic:
    span = Span("base/a.yaml", 3, 1, 3, 4)
    by = Note("governed here", Span(f"agents/a{number:02}.yaml", 2, 1, 2, 4))
    return Diagnostic(DEAR, "dear", span, notes=(by,), subject=f"a{number:02}", environment="dev")


def test_what_is_said_of_one_place_for_many_agents_is_one_finding_with_all_that_took_part() -> None:
    (found,) = fold(Report.of(map(placed, range(3)))).diagnostics
    assert found.notes == (*placed(0).notes, *placed(1).notes, *placed(2).notes)
    assert found.subject == "a00"


def test_of_very_many_that_took_part_some_are_told() -> None:
    report = fold(Report.of(map(placed, range(20))))
    (found,) = report.diagnostics
    assert [len(found.notes), found.notes[-1].message] == [9, "and 12 more, for other agents"]
    assert fold(report) == report


def test_what_is_said_of_no_place_stays_apart() -> None:
    report = Report.of([replace(placed(0), span=None), replace(placed(1), span=None)])
    assert fold(report) == report
