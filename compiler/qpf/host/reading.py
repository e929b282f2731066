"""Passes over the texts of sources: each file once, whether or not it can be read as a document."""

from qpf.host.folding import fold
from qpf.host.guard import run_source_pass
from qpf.host.stopwatch import ticking
from qpf.host.workspace import Workspace
from qpf.model.diagnostic import Report
from qpf.model.text import Text


def read_over(workspace: Workspace) -> Report:
    """What passes find in the texts of sources."""
    passes = [entry for entry in workspace.registry.passes if entry.value.scope == "source"]
    if not passes:
        return Report()
    reports = []
    with ticking():
        for source in workspace.sources:
            text = Text.of(source.path, source.content)
            for entry in passes:
                found = run_source_pass(entry, text, workspace.stopwatch)
                if found.diagnostics:
                    reports.append(found)
    return fold(Report.join(reports), passes)
