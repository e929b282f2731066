"""Passes over the texts of sources: each file once, whether or not it can be read as a document."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from qpf.host.folding import fold
from qpf.host.guard import run_source_pass
from qpf.host.plugin import Registered
from qpf.host.stopwatch import ticking
from qpf.host.workspace import Workspace
from qpf.model.diagnostic import Outcome, Report
from qpf.model.extension import Pass
from qpf.model.fleet import Source
from qpf.model.text import Text

_NOTHING: Mapping[str, str] = MappingProxyType({})


def read_over(workspace: Workspace, silent: Mapping[str, str] = _NOTHING) -> Outcome[Mapping[str, str]]:
    """What passes find in the texts of sources.

    Args:
        workspace: The fleet.
        silent: Digests of sources, by path, in which the same passes found nothing before.

    Returns:
        Digests of the sources in which they find nothing.
    """
    passes = [entry for entry in workspace.registry.passes if entry.value.scope == "source"]
    reports: list[Report] = []
    still: dict[str, str] = {}
    with ticking():
        for source in workspace.sources:
            found = [] if silent.get(source.path) == source.digest else _found(passes, source, workspace)
            reports += found
            if not found:
                still[source.path] = source.digest
    return Outcome(still, fold(Report.join(reports), passes))


def _found(passes: Iterable[Registered[Pass]], source: Source, workspace: Workspace) -> list[Report]:
    text = Text.of(source.path, source.content)
    reports = (run_source_pass(entry, text, workspace.stopwatch) for entry in passes)
    return [report for report in reports if report.diagnostics]
