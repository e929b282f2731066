"""Findings cross from a worker to its parent, and last till the next run, with all that they say."""

import json

from msgspec.structs import replace

from qpf.engine.findings import from_plain, to_plain
from qpf.model.diagnostic import Applicability, Code, Diagnostic, Fix, Note, Report, Severity, TextEdit
from qpf.model.digest import ordered
from qpf.model.span import Span

SPAN = Span("a.yaml", 1, 2, 3, 4)
CODE = Code("QPF999", "odd", Severity.WARNING, "Odd.")


def test_findings_are_read_as_they_were_written() -> None:
    fix = Fix("mend it", (TextEdit(SPAN, "x"),), Applicability.UNSAFE)
    report = Report.of(
        [
            Diagnostic(CODE, "odd", SPAN, ("a", 0), (Note("here", SPAN), Note("there")), "mend it", fix),
            Diagnostic(CODE, "odd", subject="a", environment="dev", plugin="acme"),
        ]
    )
    assert from_plain(json.loads(ordered(to_plain(report)))) == report


def test_what_a_code_says_of_its_findings_is_not_lost() -> None:
    looks = replace(CODE, by_looks=True)
    untold = replace(CODE, id="QPF998", unsettled=True)
    report = Report.of([Diagnostic(looks, "odd"), Diagnostic(untold, "odd")])
    assert from_plain(json.loads(ordered(to_plain(report)))) == report
