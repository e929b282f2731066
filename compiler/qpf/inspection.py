"""What is committed, and what lines and values do, held against what the line makes of the sources."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path as Folder

from msgspec.structs import replace

from qpf.gitops.approval import unapproved
from qpf.gitops.check import check as check_output
from qpf.gitops.committed import approved, evidence
from qpf.gitops.explain import reach_of_line
from qpf.gitops.mentions import Mention, mentions
from qpf.gitops.perturb import perturb
from qpf.gitops.sourcemap import SourceMap
from qpf.host.workspace import Workspace
from qpf.model.artifact import Artifact
from qpf.model.change import Change
from qpf.model.compiled import Compiled
from qpf.model.explanation import Reach
from qpf.model.fleet import Environment
from qpf.model.node import Data, to_data
from qpf.model.path import Path
from qpf.pipeline import build, check, understand
from qpf.stages.emit import emit_one
from qpf.stages.parse import Documents


def source_map(workspace: Workspace, compiled: Compiled, agent: str) -> SourceMap:
    """Answers which artifacts a value of an agent reaches, and which line is behind a difference."""
    runs = workspace.runs(compiled.environment)

    def emit_again(environment: Environment, name: str) -> tuple[Artifact, ...]:
        outcome = emit_one(environment, name, runs, workspace.schema)
        return () if outcome.report.failed else outcome.value

    return SourceMap(compiled, compiled.environment.agents[agent], emit_again)


def output_changes(workspace: Workspace, compiled: Compiled, root: Folder) -> tuple[Change, ...]:
    """Files of an environment's folder that are not what the sources compile to."""
    maps = partial(source_map, workspace, compiled)
    name = compiled.environment.name
    return check_output(compiled, evidence(root, name, workspace.sources, workspace.documents, maps))


def unapproved_changes(workspace: Workspace, compiled: Compiled, root: Folder) -> tuple[Change, ...]:
    """Agents whose compiled state is not the approved one."""
    maps = partial(source_map, workspace, compiled)
    return unapproved(compiled, approved(root, compiled.environment.name), maps)


def sources_of(workspace: Workspace, compiled: Compiled, detail: str) -> tuple[Mention, ...]:
    """The source lines behind lines of emitted files that a gate speaks of."""
    artifacts = {each.path: each for each in compiled.artifacts}
    return tuple(mentions(detail, artifacts, partial(source_map, workspace, compiled)))


def reach(workspace: Workspace, compiled: tuple[Compiled, ...], source: str, line: int) -> Iterator[Reach]:
    """What a source line reaches: values of agents, or, for any other line, the files it changes."""
    maps = partial(source_map, workspace)
    values = list(reach_of_line(compiled, source, line, workspace.schema.rules, maps))
    if values:
        yield from values
        return
    documents, said = _without(workspace.documents, source, line)
    if not said:
        return
    other = understand(workspace.registry, workspace.sources, documents, workspace.history).value
    for each in compiled:
        changed = _recompile(other, each.environment.name)
        for subject in sorted({artifact.subject for artifact in each.artifacts}):
            files = [
                path
                for path, artifact in each.artifacts_of(subject).items()
                if changed.get(path) != artifact.content
            ]
            for path, value in said if files else ():
                yield Reach(each.environment.name, subject, path, value, won=True, artifacts=tuple(files))


def _without(documents: Documents, source: str, line: int) -> tuple[Documents, list[tuple[Path, Data]]]:
    """The documents with what a line says changed, and what it says."""
    name = source.removeprefix("templates/")
    if name in documents.templates and name != source:
        lines = documents.templates[name].split("\n")
        if line > len(lines):
            return documents, []
        text = lines[line - 1]
        lines[line - 1] += "x"
        templates = {**documents.templates, name: "\n".join(lines)}
        return replace(documents, templates=templates), [((name,), text)]
    document = documents.of(source)
    if document is None or document.kind in {"migration", "approval"}:
        return documents, []  # read before the documents are: what they said is in the documents already
    changed, said = perturb(document, line)
    return documents.replacing(changed), [(path, to_data(node)) for path, node in said]


def _recompile(workspace: Workspace, environment: str) -> Mapping[str, bytes]:
    configuration = workspace.configuration
    if configuration is None or environment not in configuration.environments:
        return {}
    outcome = build(workspace, check(workspace, environment).value)
    return {artifact.path: artifact.content for artifact in outcome.value.artifacts}
