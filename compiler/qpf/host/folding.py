"""One fault of a plugin is one finding, however many agents it met."""

from dataclasses import replace

from qpf.host import codes
from qpf.model.diagnostic import Diagnostic, Note, Report

_FAULTS = frozenset(
    {
        codes.PLUGIN_CRASHED,
        codes.PLUGIN_MUTATED_INPUT,
        codes.UNDECLARED_CODE,
        codes.WRONG_RESULT,
        codes.UNSAFE_ARTIFACT,
    }
)


def fold(report: Report) -> Report:
    """Fold findings about plugins that differ only in agent and environment into the first of them."""
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    kept: list[Diagnostic] = []
    for found in report.diagnostics:
        if found.code in _FAULTS:
            groups.setdefault((found.code.id, found.message), []).append(found)
        else:
            kept.append(found)
    if not groups:
        return report
    return Report.of((*kept, *(_first(group) for group in groups.values())), report.suppressed)


def _first(group: list[Diagnostic]) -> Diagnostic:
    first, *others = sorted(group, key=lambda found: (found.environment, found.subject))
    if not others:
        return first
    times = "once more" if len(others) == 1 else f"{len(others)} more times"
    return replace(first, notes=(*first.notes, Note(f"and {times}, for other agents or environments")))
