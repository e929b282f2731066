"""The schema files of a fleet in their form."""

from collections.abc import Iterable

from msgspec import Struct

from qpf.formatting.codes import UNFORMATTED
from qpf.formatting.form import formatted
from qpf.formatting.layout import Layout
from qpf.host.registry import Registry
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.fleet import Source
from qpf.model.span import Span


class Formed(Struct, frozen=True):
    """One file that is not in its form.

    Attributes:
        path: Its path.
        before: What it holds.
        after: What it should hold.
    """

    path: str
    before: bytes
    after: bytes

    @property
    def finding(self) -> Diagnostic:
        """It as a finding, at the first line that differs."""
        old, new = self.before.split(b"\n"), self.after.split(b"\n")
        # Where all lines before the end of the shorter one are the same, the other one goes on there.
        shorter = min(len(old), len(new))
        line = next((at + 1 for at in range(shorter) if old[at] != new[at]), shorter)
        return Diagnostic(
            UNFORMATTED,
            "this file is not in its form, from this line on",
            Span(self.path, line, 1, line, 1),
            hint="run `qpf format`",
        )


def layout_of(registry: Registry) -> Layout:
    """The order of keys that the installed plugins and the compiler know."""
    sections = {entry.value.name: entry.value for entry in registry.sections}
    options = {entry.value.name: entry.value.options for entry in registry.emitters}
    return Layout([sections[name] for name in registry.layout], options)


def misformed(sources: Iterable[Source], layout: Layout) -> Outcome[tuple[Formed, ...]]:
    """The files that are not in their form; of those that cannot be brought into it, why."""
    found: list[Formed] = []
    reports: list[Report] = []
    for source in sources:
        order = layout.order_of(source.path)
        if order is None:
            continue
        outcome = formatted(source.path, source.content, order)
        reports.append(outcome.report)
        if outcome.value != source.content:
            found.append(Formed(source.path, source.content, outcome.value))
    return Outcome(tuple(found), Report.join(reports))
