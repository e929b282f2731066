"""A fleet read again and again: what a file says is remembered by its content."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from qpf.host.registry import Registry
from qpf.host.workspace import Workspace
from qpf.io.tree import SourceTree
from qpf.model.diagnostic import Outcome
from qpf.model.fleet import Document, Source
from qpf.pipeline import read
from qpf.stages.parse import parse_one

_AT_ONCE = 25
"""So many files are read before somebody may say that nobody wants the answer any more."""


@dataclass
class Reading:
    """Reads a fleet as `pipeline.load` does, files that are as they were excepted.

    Attributes:
        registry: The plugins, loaded once: they are those of the process.
        known: What files said, and what was found in them, by path and digest.
        silent: Digests of files, by path, in whose texts passes found nothing.
    """

    registry: Registry
    known: dict[tuple[str, str], Outcome[Document | None]] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)

    def load(self, tree: SourceTree, today: str, still: Callable[[], None]) -> Outcome[Workspace]:
        """Source → Document → upgraded → assembled.

        Args:
            tree: Where the sources are.
            today: The date, for what expires.
            still: Called now and then; raises if nobody wants the answer any more.
        """
        sources = tree.sources()
        before = self.known
        self.known = {key: before[key] for key in map(_key, sources.value) if key in before}
        fresh = [source for source in sources.value if _key(source) not in self.known]
        for number, source in enumerate(fresh):
            if number % _AT_ONCE == 0:
                still()
            self.document(source)
        workspace = read(self.registry, sources.value, today, self.known, self.silent)
        self.silent = workspace.value.silent
        return Outcome(workspace.value, sources.report + workspace.report)

    def document(self, source: Source) -> Outcome[Document | None]:
        """What a file says, for either thread: what one adds while the other forgets is just read again."""
        key = _key(source)
        outcome = self.known.get(key) or parse_one(source)
        self.known[key] = outcome
        return outcome


def _key(source: Source) -> tuple[str, str]:
    return source.path, source.digest
