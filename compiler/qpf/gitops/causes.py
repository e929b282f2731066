"""Why a committed file is stale: the value and the line behind it, else the input that changed."""

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec import Struct

from qpf.drift.diff import diff
from qpf.gitops.sourcemap import SourceMap
from qpf.model.artifact import Artifact, composed_path
from qpf.model.change import Edit
from qpf.model.compiled import Compiled
from qpf.model.digest import digest
from qpf.model.lock import Lock
from qpf.model.node import locate, to_data
from qpf.model.span import Span, start_of
from qpf.model.wording import describe
from qpf.stages.emit import composed_document
from qpf.stages.parse import Documents
from qpf.syntax.reader import read_yaml


class Evidence(Struct, frozen=True):
    """What a check looks at besides the compiled environment.

    Attributes:
        disk: Files of the environment's folder, by path below it.
        lock: The committed lock, if there is a readable one.
        documents: The fleet's documents, for lines of headers.
        maps: Gives the source map of an agent.
        changed_line: `(source, digest)` → first line of a source that differs from the version with
            that digest; None where history does not hold it.
        programs: Those of the files that may be run; None where that is not known.
    """

    disk: Mapping[str, bytes]
    lock: Lock | None
    documents: Documents
    maps: Callable[[str], SourceMap]
    changed_line: Callable[[str, str], int | None]
    programs: Collection[str] | None = None


class Causes:
    """Why a file is stale: the value and line that reach it, else the input that changed."""

    def __init__(self, compiled: Compiled, evidence: Evidence) -> None:
        self.compiled, self.evidence = compiled, evidence
        self._edits: dict[str, tuple[Edit, ...]] = {}
        self._maps: dict[str, SourceMap] = {}
        self._locked = {each.path: each for each in evidence.lock.artifacts} if evidence.lock else {}

    def of(self, artifact: Artifact) -> tuple[str, Span | None, tuple[Edit, ...]]:
        """Why a file is stale: in words, at which line, and the values that reach it."""
        changed = self.edits_of(artifact.subject) if artifact.subject else ()
        known = {each.span.source for each in changed if each.span}
        edits = tuple(
            each for each in changed if artifact.path in self._map(artifact.subject).reach(each.path)
        )
        reason, span = self.of_inputs(apart_from=known)
        if not edits and not reason:
            edits = changed  # A value may count only beyond a bound; nothing else can be the cause.
        if edits:
            first = edits[0]
            more = f" and {len(edits) - 1} more" if len(edits) > 1 else ""
            where = f"stale: {first.span} changed " if first.span else "stale: "
            return f"{where}{describe(first)}{more}", first.span, edits
        return reason or "stale: made by another version of an input", span, ()

    def _map(self, agent: str) -> SourceMap:
        if agent not in self._maps:
            self._maps[agent] = self.evidence.maps(agent)
        return self._maps[agent]

    def edits_of(self, name: str) -> tuple[Edit, ...]:
        """Values of an agent that changed since its composed document was written."""
        if name not in self._edits:
            self._edits[name] = tuple(self._find_edits(name))
        return self._edits[name]

    def _find_edits(self, name: str) -> Iterable[Edit]:
        path = composed_path(name)
        before = self.evidence.disk.get(path)
        entry = self._locked.get(path)
        agent = self.compiled.environment.agents.get(name)
        if before is None or entry is None or agent is None or digest(before) != entry.digest:
            return
        if before == self.compiled.artifacts_of(name)[path].content:
            return
        old = read_yaml(path, before).value
        if old is None:
            return
        for edit in diff(to_data(old), composed_document(agent)):
            document = self.evidence.documents.agents.get(name)
            in_section = edit.path and edit.path[0] in agent.composed.body.entries
            body = agent.composed.body if in_section or document is None else document.body
            yield Edit(edit.path, edit.kind, edit.before, edit.after, locate(body, edit.path))

    def _line_of(self, path: str, digest: str) -> int | None:
        """The first line of a source that changed: as history has it, else as the values tell."""
        lines = [
            edit.span.line
            for name in self.compiled.environment.agents
            for edit in self.edits_of(name)
            if edit.span and edit.span.source == path
        ]
        return self.evidence.changed_line(path, digest) or min(lines, default=None)

    def of_inputs(self, apart_from: Collection[str] = ()) -> tuple[str, Span | None]:
        """The first input that differs from the lock's: sources, then plugins, then the compiler.

        Args:
            apart_from: Sources whose change is known to be no cause.
        """
        old, new = self.evidence.lock, self.compiled.lock
        if old is None:
            return "stale: there is no readable lock to compare with", None
        before = {each.path: each.digest for each in old.sources}
        after = {each.path: each.digest for each in new.sources}
        for path in sorted({*before, *after} - {*apart_from}):
            if path not in after:
                return f"stale: source {path} was removed", None
            if path not in before:
                return f"stale: source {path} was added", start_of(path)
            if before[path] != after[path]:
                line = self._line_of(path, before[path])
                where = f"source {path} line {line}" if line else f"source {path}"
                return f"stale: {where} changed", Span(path, line or 1, 1, line or 1, 1)
        pins = {each.name: each for each in old.plugins}
        for pin in new.plugins:
            if pin != pins.get(pin.name):
                return f"stale: plugin {pin.name} changed", None
        gone = sorted({*pins} - {pin.name for pin in new.plugins})
        if gone:
            return f"stale: plugin {gone[0]} is not installed", None
        if old.compiler != new.compiler:
            return f"stale: compiled by qpf {old.compiler}, this is {new.compiler}", None
        return "", None


def first_difference(before: bytes, after: bytes) -> int:
    """The first line, from 1, at which two texts differ."""
    for number, (one, other) in enumerate(
        zip(before.split(b"\n"), after.split(b"\n"), strict=False), start=1
    ):
        if one != other:
            return number
    return min(before.count(b"\n"), after.count(b"\n")) + 1
