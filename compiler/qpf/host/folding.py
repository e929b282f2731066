"""One fault of a plugin or a template is one finding, however many agents it met."""

from collections.abc import Iterable
from dataclasses import replace

from qpf.host import codes
from qpf.host.blame import pass_named
from qpf.host.plugin import Registered
from qpf.model.diagnostic import Diagnostic, Note, Report
from qpf.model.extension import Pass
from qpf.model.span import Span
from qpf.stages.emit import TEMPLATE_FAULT

_FAULTS = frozenset(
    {
        codes.PLUGIN_CRASHED,
        codes.PLUGIN_MUTATED_INPUT,
        codes.UNDECLARED_CODE,
        codes.WRONG_RESULT,
        codes.UNSAFE_ARTIFACT,
        codes.PASS_TOO_SLOW,
        TEMPLATE_FAULT,
    }
)


def fold(report: Report, passes: Iterable[Registered[Pass]] = ()) -> Report:
    """Fold findings about plugins that differ only in agent and environment into the first of them.

    Args:
        report: What was found.
        passes: Those that ran. What one found that was ended is left out: how far it came would depend on
            how many processes shared the work.
    """
    report = _without_ended(report, passes)
    groups: dict[tuple[str, str, Span | None], list[Diagnostic]] = {}
    kept: list[Diagnostic] = []
    for found in report.diagnostics:
        if found.code in _FAULTS:
            groups.setdefault((found.code.id, found.message, found.span), []).append(found)
        else:
            kept.append(found)
    if not groups:
        return report
    return Report.of((*kept, *(_first(group) for group in groups.values())), report.suppressed)


def _without_ended(report: Report, passes: Iterable[Registered[Pass]]) -> Report:
    slow = [found.message for found in report.diagnostics if found.code == codes.PASS_TOO_SLOW]
    ended = [entry for entry in passes if any(text.startswith(f"{pass_named(entry)} ") for text in slow)]
    if not ended:
        return report
    untold = {(entry.plugin, code.id) for entry in ended for code in entry.value.codes}
    return report.each(lambda found: None if (found.plugin, found.code.id) in untold else found)


def _first(group: list[Diagnostic]) -> Diagnostic:
    first, *others = sorted(group, key=lambda found: (found.environment, found.subject))
    if not others or first.code == codes.PASS_TOO_SLOW:
        return first
    times = "once more" if len(others) == 1 else f"{len(others)} more times"
    return replace(first, notes=(*first.notes, Note(f"and {times}, for other agents or environments")))
