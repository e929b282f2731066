"""One fleet that is being edited: the texts that editors hold, and what is known of the fleet by now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pygls.uris import from_fs_path

from qpf.host.policy import idle
from qpf.host.workspace import Workspace
from qpf.io.overlay import Overlay
from qpf.io.worktree import WorkTree
from qpf.lsp.diagnostics import ByFile, by_file
from qpf.lsp.judging import Judging
from qpf.lsp.positions import Places
from qpf.lsp.reading import Reading
from qpf.lsp.view import View
from qpf.model.diagnostic import Report
from qpf.model.digest import digest
from qpf.model.fleet import Source


class Text(NamedTuple):
    """What an editor holds of a file; `uri` is what it calls it."""

    uri: str
    content: bytes
    version: int | None = None


class StaleError(Exception):
    """Something was edited meanwhile: nobody wants this answer any more."""


@dataclass
class Desk:
    """One fleet that is being edited.

    Everything here but `judge` belongs to the thread that talks to the editor; `reading` serves both.

    Attributes:
        root: The fleet's folder.
        reading: Remembers what files say.
        judging: Remembers what was found.
        encoding: What the editor counts in.
        texts: Files that are open in the editor, by path.
        round: How often something was edited.
        latest: The fleet as it was when it last made sense.
        sound: The fleet as it was when a file last made sense, by path.
        shown: What was published, by path.
        viewed: The file that was asked about last, and the text that it was asked about with.
    """

    root: Path
    reading: Reading
    judging: Judging
    encoding: str
    texts: dict[str, Text] = field(default_factory=dict)
    round: int = 0
    latest: Workspace | None = None
    sound: dict[str, Workspace] = field(default_factory=dict)
    shown: ByFile = field(default_factory=dict)
    viewed: tuple[View, Text | None] | None = None

    def uri(self, path: str) -> str:
        """What the editor calls a file."""
        text = self.texts.get(path)
        return text.uri if text is not None else str(from_fs_path(str(self.root / path)))

    def view(self, path: str) -> View | None:
        """A file as the editor shows it; None while nothing is known of the fleet."""
        workspace = self.sound.get(path, self.latest)
        if workspace is None:
            return None
        text = self.texts.get(path)
        if self.viewed is not None:
            before, said = self.viewed
            if (before.path, said) == (path, text) and before.workspace is workspace:
                return before
        contents = _contents(workspace)
        content = contents.get(path, b"") if text is None else text.content
        view = View(
            path, content.decode("utf-8", "replace"), workspace, Places(contents, self.encoding), self.uri
        )
        self.viewed = view, text
        return view

    def at_once(self, path: str) -> ByFile:
        """What can be said of an open file alone: what keeps it from being read, if anything does."""
        text = self.texts[path]
        report = self.reading.document(Source(path, text.content, digest(text.content))).report
        return by_file(report, Places({path: text.content}, self.encoding), self.uri) if report.failed else {}

    def understood(self, workspace: Workspace) -> None:
        """Take note of what the fleet is now."""
        if workspace.configuration is None and self.latest is not None:
            return
        self.latest = workspace
        documents = {document.source: document for document in workspace.documents.all}
        assembled = workspace.assemblies.agents
        for path in self.texts:
            document = documents.get(path)
            if document is not None and (document.kind != "agent" or document.name in assembled):
                self.sound[path] = workspace
        self.sound = {path: each for path, each in self.sound.items() if path in self.texts}

    def judge(
        self, texts: Mapping[str, Text], today: str, still: Callable[[], None]
    ) -> tuple[Workspace, ByFile]:
        """Read and validate the fleet, for a thread of its own: the fleet, and all that is found in it.

        Args:
            texts: What editors hold.
            today: The date, for what expires.
            still: Called now and then; raises `StaleError` if something was edited meanwhile.
        """
        tree = Overlay(WorkTree(self.root), {path: text.content for path, text in texts.items()})
        outcome = self.reading.load(tree, today, still)
        workspace, report = outcome.value, outcome.report
        if workspace.configuration is not None:
            report += self.judging.fleet(workspace, still)
            report += idle(workspace.registry, workspace.policy, report)
        return workspace, self._shown(workspace, report, texts)

    def _shown(self, workspace: Workspace, report: Report, texts: Mapping[str, Text]) -> ByFile:
        def uri(path: str) -> str:
            return texts[path].uri if path in texts else str(from_fs_path(str(self.root / path)))

        return by_file(report, Places(_contents(workspace), self.encoding), uri)


def _contents(workspace: Workspace) -> Mapping[str, bytes]:
    return {source.path: source.content for source in workspace.sources}
