"""What a fleet says of findings: raised, lowered, not told, accepted."""

import pytest
from msgspec.structs import replace

from qpf.model.diagnostic import Code, Diagnostic, Report, Severity, Suppression
from qpf.model.policy import Policy
from qpf.model.span import Span
from qpf.stages.verdict import expired, unused, verdict

WARNING = Code("QPF999", "odd", Severity.WARNING, "Odd.")
FIRM = Code("QPF998", "wrong", Severity.ERROR, "Wrong.")
FOREIGN = Code("ACM001", "dear", Severity.ERROR, "Dear.")
ODD = Diagnostic(WARNING, "this is odd", Span("a.yaml", 3, 5, 3, 9))


def comment(*codes: str, line: int = 3, until: str = "2026-12-31", source: str = "a.yaml") -> Suppression:
    return Suppression(Span(source, line, 20, line, 60), line, codes, "for now", until)


@pytest.mark.parametrize("level", [*Severity])
def test_a_finding_is_as_bad_as_the_fleet_says(level: Severity) -> None:
    judged = verdict(Report((ODD,)), Policy({"QPF999": level}))
    assert [found.severity for found in judged.diagnostics] == [level]
    assert judged.failed == (level is Severity.ERROR)


def test_a_finding_that_is_off_is_not_told() -> None:
    assert verdict(Report((ODD,)), Policy({"QPF999": None})) == Report()


def test_who_says_nothing_changes_nothing() -> None:
    report = Report((ODD,))
    assert verdict(report, Policy()) is report


def test_a_comment_accepts_what_is_found_on_its_line_and_nothing_else() -> None:
    others = [
        replace(ODD, span=Span("a.yaml", 4, 5, 4, 9)),
        replace(ODD, span=Span("b.yaml", 3, 5, 3, 9)),
        replace(ODD, span=None),
        replace(ODD, code=replace(WARNING, id="QPF997")),
    ]
    judged = verdict(Report.of([ODD, *others]), Policy(suppressions=(comment("QPF999"),)))
    assert [each.diagnostic for each in judged.suppressed] == [ODD]
    assert set(judged.diagnostics) == set(others)


def test_judging_twice_changes_nothing() -> None:
    policy = Policy({"QPF999": Severity.NOTE}, (comment("QPF999"),))
    once = verdict(Report((ODD, replace(ODD, span=None))), policy)
    assert verdict(once, policy) == once


def test_an_error_of_the_core_is_never_accepted_and_one_of_another_plugin_is() -> None:
    firm, foreign = replace(ODD, code=FIRM), replace(ODD, code=FOREIGN)
    judged = verdict(Report.of([firm, foreign]), Policy(suppressions=(comment("QPF998", "ACM001"),)))
    assert judged.diagnostics == (firm,)
    assert [each.diagnostic for each in judged.suppressed] == [foreign]


@pytest.mark.parametrize(("today", "holds"), [("2026-12-31", True), ("2027-01-01", False), ("", True)])
def test_a_comment_holds_to_the_end_of_its_last_day(today: str, holds: object) -> None:
    policy = Policy(suppressions=(comment("QPF999"),), today=today)
    judged = verdict(Report((ODD,)), policy)
    assert bool(judged.suppressed) == holds
    assert bool(expired(policy).diagnostics) != holds


def test_what_a_comment_accepts_is_counted_once_over_environments() -> None:
    reports = [
        verdict(Report((ODD,)).about(environment=name), Policy(suppressions=(comment("QPF999"),)))
        for name in ("dev", "live")
    ]
    assert len(Report.join(reports).suppressed) == 1


def test_a_comment_that_accepts_nothing_is_told_and_can_be_removed() -> None:
    policy = Policy(suppressions=(comment("QPF999", "QPF997"), comment("QPF999", line=9)))
    judged = verdict(Report((ODD,)), policy)
    partly, wholly = unused(judged, policy, {"QPF999", "QPF997"}).diagnostics
    assert ("QPF997" in partly.message, partly.fix) == (True, None)
    assert wholly.fix is not None
    assert unused(judged, policy, {"QPF999"}).diagnostics == (wholly,)


def test_a_comment_that_has_expired_is_not_told_to_be_unused_too() -> None:
    policy = Policy(suppressions=(comment("QPF999", line=9),), today="2028-01-01")
    assert unused(Report(), policy, {"QPF999"}) == Report()
