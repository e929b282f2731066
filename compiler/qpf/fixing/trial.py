"""A fleet with some of its files edited in memory: what would differ, and what would be found."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from qpf.evolution.told import told
from qpf.evolution.unlike import unlike
from qpf.gitops.fix import Edit
from qpf.host.workspace import Workspace
from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report, Severity
from qpf.model.digest import digest
from qpf.model.fleet import Source
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import format_path
from qpf.pipeline import judge, merged, understand
from qpf.stages.parse import parse
from qpf.stages.upgrade import upgrade


class _Seen(Struct, frozen=True):
    """A fleet as it is, or would be.

    Attributes:
        report: All that is found.
        bodies: Agents with an edited layer, merged, by environment and name; without what they have by
            default, for that gives way to what a layer says.
    """

    report: Report
    bodies: Mapping[tuple[str, str], MappingNode]


class Trial(Struct, frozen=True, dict=True):
    """A fleet whose files are edited in memory.

    Attributes:
        workspace: The fleet as it is.
        files: The files that may be edited.
        today: The date, for what expires.
    """

    workspace: Workspace
    files: frozenset[str]
    today: str

    def blamed(self, edits: Mapping[str, Edit]) -> Mapping[str, Note]:
        """The files whose edits would not leave the fleet what it is, and why."""
        after = self._seen(edits)
        return {
            **dict(self._differing(after.bodies, edits.keys())),
            **dict(self._worsening(after.report, edits.keys())),
        }

    @cached_property
    def _before(self) -> _Seen:
        return self._seen({})

    def _seen(self, edits: Mapping[str, Edit]) -> _Seen:
        changed = {
            source.path: _edited(source, edits)
            for source in self.workspace.sources
            if source.path in self.files
        }
        outcome = _reloaded(self.workspace, changed, self.today)
        other, configuration = outcome.value, outcome.value.configuration
        reports = [outcome.report]
        bodies: dict[tuple[str, str], MappingNode] = {}
        bare = replace(other, schema=replace(other.schema, defaults=()))
        for name in configuration.overrides if configuration else ():
            composed = merged(other, name)
            reports.append(judge(other, name, composed).report)
            for each in (merged(bare, name) if other.schema.defaults else composed).value:
                if self._layers(name, each.agent) & self.files:
                    bodies[name, each.agent] = each.body
        return _Seen(Report.join(reports), bodies)

    def _layers(self, environment: str, agent: str) -> set[str]:
        """The files that speak for an agent."""
        configuration = self.workspace.configuration
        assert configuration is not None
        own = self.workspace.assemblies.agents[agent].layers
        return {*own, configuration.overrides[environment].source}

    def _differing(
        self, bodies: Mapping[tuple[str, str], MappingNode], edited: Collection[str]
    ) -> Iterator[tuple[str, Note]]:
        """Files that agents are composed of which would differ."""
        past = self.workspace.history
        assert past is not None
        for (environment, agent), body in self._before.bodies.items():
            other = bodies.get((environment, agent))
            at = () if other is None else unlike(body, other, past.deprecations)
            if at is not None:
                why = Note(f"{agent} in {environment} would differ in {format_path(at) or 'everything'}")
                yield from ((path, why) for path in self._layers(environment, agent) & set(edited))

    def _worsening(self, after: Report, edited: Collection[str]) -> Iterator[tuple[str, Note]]:
        """Files that what would be found comes from."""
        known = Counter(map(_kind, self._before.report.diagnostics))
        for found in after.diagnostics:
            known[_kind(found)] -= 1
            if known[_kind(found)] < 0 and found.severity > Severity.NOTE:
                why = Note(f"{found.code.id} would be found: {found.message}")
                yield from ((path, why) for path in self._sources(found, edited))

    def _sources(self, found: Diagnostic, edited: Collection[str]) -> Collection[str]:
        """The files that a finding comes from; if nobody knows, all."""
        if found.subject in self.workspace.assemblies.agents and found.environment:
            layers = self._layers(found.environment, found.subject) & set(edited)
            if layers:
                return layers
        return [found.span.source] if found.span is not None and found.span.source in edited else edited


def _kind(found: Diagnostic) -> tuple[object, ...]:
    """What a finding is, wherever its lines are by now."""
    return found.code.id, found.message, found.path, found.subject, found.environment


def _edited(source: Source, edits: Mapping[str, Edit]) -> Source:
    edit = edits.get(source.path)
    return source if edit is None else Source(source.path, edit.after, digest(edit.after))


def _reloaded(workspace: Workspace, changed: Mapping[str, Source], today: str = "") -> Outcome[Workspace]:
    """What `load` does where documents say something else; of the others, what they say is known.

    Args:
        workspace: The fleet as it is.
        changed: Schemas and environments that speak the fleet's version, by path.
        today: The date, for what expires.
    """
    parsed = parse(changed.values())
    upgraded = upgrade(parsed.value, workspace.history)
    documents = workspace.documents
    for document in upgraded.value.all:
        documents = documents.replacing(document)
    sources = tuple(changed.get(source.path, source) for source in workspace.sources)
    understood = understand(workspace.registry, sources, documents, workspace.history)
    report = Report.join(each.report for each in (parsed, upgraded, understood))
    return Outcome(understood.value, report + told(workspace.history, documents.trails, today))
