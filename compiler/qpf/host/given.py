"""Codes that the fleet gives out itself: those that it may, and whether there may be others."""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from qpf.host.guard import attempt
from qpf.host.plugin import Registered
from qpf.host.reserved import fault_of, is_fleets_code
from qpf.host.stamp import stamp_diagnostics
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.extension import FleetCode, Pass, UntoldError

_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")


class Given(Struct, frozen=True):
    """Codes of the fleet.

    Attributes:
        codes: Those that could be told.
        untold: Where there may be others: prefixes that they do not have. None if these are all.
    """

    codes: tuple[FleetCode, ...] = ()
    untold: frozenset[str] | None = None

    def may_be(self, word: str) -> bool:
        """Whether a word may be the id, or the name, of a code that could not be told."""
        return self.untold is not None and (is_fleets_code(word, self.untold) or bool(_NAME.match(word)))


def read_given(passes: Iterable[tuple[Registered[Pass], Mapping[str, str] | None]]) -> Outcome[Given]:
    """The codes that the fleet gives out in what passes read; those that it may not give out are findings."""
    codes: list[FleetCode] = []
    untold: frozenset[str] | None = None
    reports: list[Report] = []
    for entry, texts in passes:
        if texts and entry.value.fleet_codes is not None:
            complete, report = _read(entry, texts, codes)
            untold = untold if complete else entry.taken
            reports.append(report)
    return Outcome(Given(tuple(codes), untold), Report.join(reports))


def _read(entry: Registered[Pass], texts: Mapping[str, str], codes: list[FleetCode]) -> tuple[bool, Report]:
    """Add the codes that one pass finds; whether these are all, and what is wrong with others."""
    codes_in = entry.value.fleet_codes
    assert codes_in is not None
    found: list[FleetCode] = []

    def read() -> bool:
        try:
            found.extend(codes_in(texts))
        except UntoldError:
            return False
        return True

    outcome = attempt(entry, "listing codes of the fleet", read)
    refused: list[Diagnostic] = []
    for each in found:
        fault = fault_of(each.code.id, entry.taken)
        if fault is None:
            codes.append(each)
        else:
            what, remedy = fault
            refused.append(Diagnostic(each.refusal, what, each.span, hint=remedy))
    report = Report.of(stamp_diagnostics(entry, entry.value.codes, refused))
    return bool(outcome.value), outcome.report + report
