"""golden/ against what is compiled: what nobody has approved yet."""

from collections.abc import Callable, Mapping

from qpf.drift.diff import diff
from qpf.drift.golden import golden
from qpf.gitops.sourcemap import SourceMap
from qpf.model.change import Change, Drift, Edit
from qpf.model.compiled import Compiled
from qpf.model.node import to_data
from qpf.model.span import start_of
from qpf.syntax.reader import read_yaml
from qpf.syntax.writer import write_yaml

SEVERE = ("governance", "memory", "resources", "endpoints")
"""Topics of the approved state in which any difference is critical."""


MANY = 5
"""More differences than this are major, whatever they are about."""


def approved_documents(compiled: Compiled) -> dict[str, bytes]:
    """What golden/<env>/ holds once everything compiled is approved, by file name."""
    name = compiled.environment.name
    return {
        f"{agent}.yaml": write_yaml(golden(name, agent, compiled.artifacts_of(agent).values()))
        for agent in compiled.environment.agents
    }


def unapproved(
    compiled: Compiled, committed: Mapping[str, bytes], maps: Callable[[str], SourceMap]
) -> tuple[Change, ...]:
    """Each agent whose compiled state is not the approved one, with what differs and its line."""
    wanted = approved_documents(compiled)
    name = compiled.environment.name
    changes: list[Change] = []
    for file in sorted({*wanted, *committed}):
        before, after = committed.get(file), wanted.get(file)
        path, agent = f"golden/{name}/{file}", file.removesuffix(".yaml")
        if before == after:
            continue
        if after is None:
            changes.append(
                Change(
                    Drift.UNAPPROVED,
                    path,
                    f"{agent} is approved but no longer compiled",
                    agent,
                    name,
                    before=before,
                )
            )
        elif before is None:
            changes.append(
                Change(Drift.UNAPPROVED, path, f"{agent} has never been approved", agent, name, after=after)
            )
        else:
            changes.append(_changed(compiled, path, agent, before, after, maps))
    return tuple(changes)


def _changed(
    compiled: Compiled, path: str, agent: str, before: bytes, after: bytes, maps: Callable[[str], SourceMap]
) -> Change:
    old = read_yaml(path, before)
    if old.value is None:
        return Change(
            Drift.EDITED,
            path,
            "not a readable document",
            agent,
            compiled.environment.name,
            old.report.diagnostics[0].span if old.report.diagnostics else start_of(path),
            before=before,
            after=after,
        )
    now = golden(compiled.environment.name, agent, compiled.artifacts_of(agent).values())
    source_map = maps(agent)
    edits = tuple(_with_source(edit, source_map) for edit in diff(to_data(old.value), now))
    if not edits:
        return Change(
            Drift.EDITED,
            path,
            "not in canonical form",
            agent,
            compiled.environment.name,
            start_of(path),
            (),
            before,
            after,
        )
    values = "1 value differs" if len(edits) == 1 else f"{len(edits)} values differ"
    return Change(
        Drift.UNAPPROVED,
        path,
        f"{severity(edits)}: {values} from what was approved",
        agent,
        compiled.environment.name,
        next((edit.span for edit in edits if edit.span), None),
        edits,
        before,
        after,
    )


def severity(edits: tuple[Edit, ...]) -> str:
    """`critical` for governance, memory and deployment; else `major` from six differences, else `minor`."""
    if any(edit.path and edit.path[0] in SEVERE for edit in edits):
        return "critical"
    return "major" if len(edits) > MANY else "minor"


def _with_source(edit: Edit, source_map: SourceMap) -> Edit:
    found = source_map.source_of(edit)
    return Edit(edit.path, edit.kind, edit.before, edit.after, found[1]) if found else edit
