"""Report → Report, as the fleet wants its findings judged: raised, lowered, not told, or accepted.

What was found is kept in caches as it was found, and judged when it is told: no cached result depends on
what a fleet thinks of it.
"""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from qpf.model.diagnostic import (
    Applicability,
    Diagnostic,
    Fix,
    Report,
    Suppressed,
    Suppression,
    TextEdit,
)
from qpf.model.policy import Policy
from qpf.syntax import codes


def verdict(report: Report, policy: Policy) -> Report:
    """Judge findings; judging them again changes nothing."""
    if policy.silent or not report.diagnostics:
        return report
    told: list[Diagnostic] = []
    accepted = list(report.suppressed)
    for found in report.diagnostics:
        level = policy.severities.get(found.code.id, found.code.severity)
        if level is None:
            continue
        judged = found if level is found.severity else replace(found, level=level)
        by = policy.accepts(judged)
        if by is None:
            told.append(judged)
        else:
            accepted.append(Suppressed(judged, by))
    return Report.of(told, accepted)


def unused(report: Report, policy: Policy, looked_for: Collection[str]) -> Report:
    """Say which comments accept what is not found any more.

    Args:
        report: All that is found in the whole fleet, judged.
        policy: What was judged by.
        looked_for: Ids of the codes that would have been found.
    """
    used = {(each.by.span, each.diagnostic.code.id) for each in report.suppressed}
    found = [
        _unused(each, idle)
        for each in policy.suppressions
        if policy.in_force(each)
        and (idle := [code for code in each.codes if code in looked_for and (each.span, code) not in used])
    ]
    return verdict(Report.of(found), policy)


def expired(policy: Policy) -> Report:
    """Say which comments do not hold any more."""
    return Report.of(
        Diagnostic(
            codes.EXPIRED_SUPPRESSION,
            f"this comment accepted {_listed(each.codes)} until {each.until}: {each.reason}",
            each.span,
            hint="mend what it accepted and remove it, or decide on a later day",
        )
        for each in policy.suppressions
        if not policy.in_force(each)
    )


def _unused(suppression: Suppression, idle: list[str]) -> Diagnostic:
    left = [code for code in suppression.codes if code not in idle]
    if left:
        fix = None
        hint = f"leave {_listed(left)} in it only"
    else:
        fix = Fix("remove the comment", tuple(_removal(suppression)), Applicability.SAFE)
        hint = "remove it"
    return Diagnostic(
        codes.UNUSED_SUPPRESSION,
        f"this comment accepts {_listed(idle)}, of which nothing is found here",
        suppression.span,
        hint=hint,
        fix=fix,
    )


def _removal(suppression: Suppression) -> Iterator[TextEdit]:
    """The comment, with the blanks before it; where it is all of its line, the line."""
    span = suppression.span
    if span.line == suppression.line:
        yield TextEdit(span._replace(column=span.column - suppression.margin), "")
    else:
        yield TextEdit(span._replace(column=1, end_line=span.line + 1, end_column=1), "")


def _listed(names: Collection[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
