"""A fleet read again and again: what a file says is remembered by its content."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from qpf.host.registry import Registry
from qpf.host.workspace import Workspace
from qpf.io.tree import SourceTree
from qpf.model.diagnostic import Outcome
from qpf.model.fleet import Document, Source
from qpf.pipeline import read
from qpf.stages.parse import parse

_AT_ONCE = 25


@dataclass
class Reading:
    """Reads a fleet as `pipeline.load` does, files that are as they were excepted.

    Attributes:
        registry: The plugins, loaded once: they are those of the process.
        known: Documents in which nothing was found, by path and digest.
    """

    registry: Registry
    known: dict[tuple[str, str], Document] = field(default_factory=dict)

    def load(self, tree: SourceTree, today: str, still: Callable[[], None]) -> Outcome[Workspace]:
        """Source → Document → upgraded → assembled.

        Args:
            tree: Where the sources are.
            today: The date, for what expires.
            still: Called now and then; raises if nobody wants the answer any more.
        """
        sources = tree.sources()
        self._read(sources.value, still)
        workspace = read(self.registry, sources.value, today, self.known)
        return Outcome(workspace.value, sources.report + workspace.report)

    def _read(self, sources: tuple[Source, ...], still: Callable[[], None]) -> None:
        there = {(source.path, source.digest): source for source in sources}
        self.known = {key: document for key, document in self.known.items() if key in there}
        fresh = iter([source for key, source in there.items() if key not in self.known])
        while batch := list(islice(fresh, _AT_ONCE)):
            still()
            self.known |= _clean(batch)


def _clean(sources: Iterable[Source]) -> dict[tuple[str, str], Document]:
    """Documents in which nothing is found: of any other, what is found must be said every time."""
    listed = {source.path: source for source in sources}
    read = parse(listed.values())
    spoken = {found.span.source for found in read.report.diagnostics if found.span is not None}
    return {
        (document.source, listed[document.source].digest): document
        for document in read.value.all
        if document.source not in spoken
    }
