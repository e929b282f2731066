"""What a fleet's schemas have broken since a revision, as findings."""

from qpf.cli.schema_sides import Opening, prefix
from qpf.cli.session import Session
from qpf.evolution.diff.contrast import contrast
from qpf.gitops.governed import governing
from qpf.gitops.schemas import labelled, reliance
from qpf.host.registry import Registry
from qpf.model.diagnostic import Report, Severity
from qpf.model.schema_change import Weight
from qpf.render import schema_changes


def breaks(session: Session, registry: Registry, rev: str) -> Report:
    """Changes since a revision; errors are those that break documents and that no migration carries over."""
    opened = Opening(session, registry, (), {}, models=False)
    sides = [opened.revision(rev), opened.side("")]
    report = Report.join((opened.report, *(each.report for each in sides)))
    before, after = (each.value for each in sides)
    if report.failed or before is None or after is None:
        return report
    sections = [entry.value for entry in registry.sections]
    changes = [
        labelled(schema_changes.masked(each), prefix(session, rev, revisions=True), "")
        for each in contrast(before, after, governing(sections), reliance(sections))
    ]
    return report + Report.of(
        found for found in schema_changes.findings(changes, Weight.BREAKING) if found.severity > Severity.NOTE
    )
