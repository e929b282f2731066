"""One fault is one finding, whoever it met: of a plugin, of a template, or at one place of a source."""

from collections.abc import Iterable

from msgspec.structs import replace

from qpf.host import codes
from qpf.host.blame import pass_named
from qpf.host.plugin import Registered
from qpf.model.diagnostic import Diagnostic, Note, Report
from qpf.model.extension import Pass
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


MOST_NOTES = 8
"""So many places are told that took part in a fault, when each agent has one of its own."""


def fold(report: Report, passes: Iterable[Registered[Pass]] = ()) -> Report:
    """Fold findings about plugins that differ only in agent and environment into the first of them.

    Those that say the same of the same place of a source become one with the notes of all.

    Args:
        report: What was found.
        passes: Those that ran. What one found that was ended is left out, and how else it failed: how far it
            came would depend on how many processes shared the work.
    """
    report = _without_ended(report, passes)
    groups: dict[object, list[Diagnostic]] = {}
    for found in report.diagnostics:
        alike = found.code in _FAULTS or found.span is not None
        key = (found.code.id, found.message, found.span) if alike else id(found)
        groups.setdefault(key, []).append(found)
    if len(groups) == len(report.diagnostics):
        return report
    folded = (_first(group) if group[0].code in _FAULTS else _noted(group) for group in groups.values())
    return Report.of(folded, report.suppressed)


def _noted(group: list[Diagnostic]) -> Diagnostic:
    """The first of a group, with the notes of all."""
    notes = tuple(dict.fromkeys(note for found in group for note in found.notes))
    more = len(notes) - MOST_NOTES
    if len(group) > 1 and more > 0:
        notes = (*notes[:MOST_NOTES], Note(f"and {more} more, for other agents"))
    return replace(group[0], notes=notes)


def _without_ended(report: Report, passes: Iterable[Registered[Pass]]) -> Report:
    slow = [found.message for found in report.diagnostics if found.code == codes.PASS_TOO_SLOW]
    ended = {
        pass_named(entry): entry
        for entry in passes
        if any(text.startswith(f"{pass_named(entry)} ") for text in slow)
    }
    if not ended:
        return report
    untold = {(entry.plugin, code.id) for entry in ended.values() for code in entry.value.codes}
    crashed = tuple(f"{name} " for name in ended)
    lost = tuple(f"; {name} was at work" for name in ended)

    def told(found: Diagnostic) -> Diagnostic | None:
        if found.code == codes.PASS_TOO_SLOW:
            return found
        gone = found.message.startswith(crashed) or found.message.endswith(lost)
        return None if gone or (found.plugin, found.code.id) in untold else found

    return report.each(told)


def _first(group: list[Diagnostic]) -> Diagnostic:
    first, *others = sorted(group, key=lambda found: (found.environment, found.subject))
    if not others or first.code == codes.PASS_TOO_SLOW:
        return first
    times = "once more" if len(others) == 1 else f"{len(others)} more times"
    return replace(first, notes=(*first.notes, Note(f"and {times}, for other agents or environments")))
