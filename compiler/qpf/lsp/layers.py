"""What layers say of the value under a cursor: for whom, where it comes from, whom it overrides."""

from collections.abc import Iterator
from typing import NamedTuple

from qpf.gitops.explain import written
from qpf.host.workspace import Workspace
from qpf.lsp.judging import composed
from qpf.lsp.standing import place
from qpf.model.explanation import Explanation
from qpf.model.fleet import Composed, Document
from qpf.model.node import Sequence, find
from qpf.model.path import Path
from qpf.stages.claims import Rules
from qpf.stages.provenance import trace


class Told(NamedTuple):
    """What became of a value in one agent, in one environment."""

    agent: str
    environment: str
    explanation: Explanation


def concerned(document: Document, path: Path, workspace: Workspace) -> tuple[str, ...]:
    """The agents that a path of a file is about, sorted."""
    agents = workspace.assemblies.agents
    if document.kind == "environment":
        alone = place(document.kind, path, workspace).agent
        return tuple(name for name in sorted(agents) if not alone or name == alone)
    return tuple(name for name in sorted(agents) if document.source in agents[name].layers)


def told(document: Document, path: Path, workspace: Workspace, agents: tuple[str, ...]) -> Iterator[Told]:
    """The history of a value in some agents, environment by environment."""
    section = place(document.kind, path, workspace).section
    configuration = workspace.configuration
    if not section or configuration is None:
        return
    rules = workspace.schema.rules
    changes = {each.source: each.changes for each in workspace.documents.all if each.changes}
    for agent in agents:
        for environment in configuration.environments:
            if document.kind == "environment" and environment != document.name:
                continue
            merged = composed(workspace, environment, agent)
            at = _found(merged, document, path, section, rules)
            found = written(merged, at, rules, changes)
            if found is not None:
                yield Told(agent, environment, found)


def _found(merged: Composed, document: Document, path: Path, section: Path, rules: Rules) -> Path:
    """Where a value of a layer is in the composed document: items of lists may have moved."""
    first = next((index for index, part in enumerate(section) if isinstance(part, int)), None)
    if first is None:
        return section
    stem, rest = section[:first], section[first + 1 :]
    item = find(document.body, path[: len(path) - len(rest)])
    items = find(merged.body, stem)
    for index in range(len(items.items) if item is not None and isinstance(items, Sequence) else 0):
        origin = trace(merged, (*stem, index), rules)
        if origin is not None and any(claim.node is item for claim in origin.claims):
            return (*stem, index, *rest)
    return stem
