"""Which deprecated fields a program may move: those after whose move nothing else is found to differ.

All are tried at once. If an agent would be composed otherwise, or anything new would be found, each
deprecation is tried for itself, with those that were found to be safe.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from qpf.evolution.deprecations import Deprecation
from qpf.evolution.references.follow import follow
from qpf.evolution.references.renames import Renames
from qpf.fixing.trial import Trial
from qpf.gitops.fix import Field, Fixes, field_of, propose
from qpf.host.workspace import Workspace
from qpf.io.codes import LEFT_OUT
from qpf.model.diagnostic import Note, Report
from qpf.model.fleet import Source
from qpf.model.migration import FieldMove, Migration
from qpf.stages.upgrade import Use, uses_of


def fixes(
    workspace: Workspace,
    report: Report,
    *,
    environments: Collection[str] = (),
    agents: Collection[str] = (),
    shared: Collection[str] = (),
    today: str = "",
) -> Fixes:
    """What a program may do about the deprecated fields of a fleet.

    Args:
        workspace: The fleet.
        report: What reading it found.
        environments: Those whose own files may be edited; none: all.
        agents: Those whose layers may be edited; none: all.
        shared: Files that go by several names, and cannot be edited under one of them.
        today: The date, for what expires.
    """
    past = workspace.history
    if past is None or workspace.configuration is None:
        return Fixes({}, {})
    concerned = _concerning(workspace, environments, agents)
    uses = [
        use
        for document in workspace.documents.all
        if document.trail is not None
        for use in uses_of(document, past.deprecations)
        if concerned(use)
    ]
    contents = {source.path: source.content for source in workspace.sources}
    left = _shared(uses, shared) | _spoken_of(uses, workspace.sources)
    found = propose((use for use in uses if field_of(use) not in left), contents)
    found = Fixes(found.edits, found.refused | left)
    if not found.edits:
        return found
    unknown = _unknown(workspace, report)
    if unknown:
        why = Note(f"{unknown}, and may need the field where it is")
        return Fixes({}, {**found.refused, **{field_of(use): why for use in found.uses}})
    trial = Trial(workspace, frozenset(found.edits), today)
    return most_of(found, trial) if trial.blamed(found.edits) else found


def _shared(uses: Iterable[Use], shared: Collection[str]) -> dict[Field, Note]:
    why = Note("its file goes by another name too, for which it may mean something else")
    return {field_of(use): why for use in uses if use.document.source in shared}


def _spoken_of(uses: Iterable[Use], sources: Iterable[Source]) -> dict[Field, Note]:
    """Fields that a template or a constraint may call by a name that they would lose."""
    movable = {use.deprecation for use in uses if not use.deprecation.stuck}
    why = {each: note for each in movable if (note := _reference(each, sources))}
    return {field_of(use): why[use.deprecation] for use in uses if use.deprecation in why}


def _reference(deprecation: Deprecation, sources: Iterable[Source]) -> Note | None:
    step = Migration("", "", (FieldMove(deprecation.path, deprecation.use),))
    for each in follow(Renames((step,)), sources):
        for found in (*each.stale, *each.refused):
            return Note(f"{each.path} speaks of it", found.span)
        for found in each.doubtful:
            return Note(f"{each.path} may speak of it", found.span)
    return None


def most_of(proposed: Fixes, trial: Trial) -> Fixes:
    """As much of what was proposed as leaves a fleet what it is: until no more can be taken."""
    safe: list[Use] = []
    pending = proposed.uses
    while True:
        refused: dict[Field, Note] = {}
        before = len(safe)
        for group in _by_deprecation(pending):
            taken, left = _sound(group, safe, proposed, trial)
            safe += taken
            refused |= left
        pending = [use for use in pending if field_of(use) in refused]
        if len(safe) == before or not pending:
            return Fixes(_only(proposed, safe).edits, proposed.refused | refused)


def _sound(
    uses: list[Use], safe: list[Use], proposed: Fixes, trial: Trial
) -> tuple[list[Use], dict[Field, Note]]:
    """Those of some fields that can be moved beside others that are safe, and why the rest cannot."""
    refused: dict[Field, Note] = {}
    while uses and (blamed := trial.blamed(_only(proposed, [*safe, *uses]).edits)):
        bad = [use for use in uses if use.document.source in blamed] or uses
        refused |= {field_of(use): _why(use, blamed) for use in bad}
        uses = [use for use in uses if field_of(use) not in refused]
    return uses, refused


def _only(proposed: Fixes, uses: Iterable[Use]) -> Fixes:
    """The part of what was proposed that is about some fields."""
    return propose(uses, {path: edit.before for path, edit in proposed.edits.items()})


def _by_deprecation(uses: Iterable[Use]) -> list[list[Use]]:
    groups: dict[str, list[Use]] = {}
    for use in uses:
        groups.setdefault(use.deprecation.path, []).append(use)
    return list(groups.values())


def _why(use: Use, blamed: Mapping[str, Note]) -> Note:
    return blamed.get(use.document.source) or next(iter(blamed.values()))


def _concerning(
    workspace: Workspace, environments: Collection[str], agents: Collection[str]
) -> Callable[[Use], bool]:
    """Whether a field is one of the chosen environments and agents."""
    assemblies = workspace.assemblies.agents
    layers = {path for name in agents if name in assemblies for path in assemblies[name].layers}

    def concerned(use: Use) -> bool:
        if use.document.kind != "environment":
            return not agents or use.document.source in layers
        if environments and use.document.name not in environments:
            return False
        return not agents or use.within[1] != "agents" or use.within[-1] in agents

    return concerned


def _unknown(workspace: Workspace, report: Report) -> str:
    """What nobody knows of a document, and so not what it makes of others' fields; empty if all is known."""
    out = [found.span.source for found in report.diagnostics if found.code in LEFT_OUT and found.span]
    if out:
        return f"{out[0]} cannot be read"
    left = {
        f"agent:{name}" for name in workspace.documents.agents.keys() - workspace.assemblies.agents.keys()
    }
    first = min(workspace.documents.unread | left, default="")
    return f"{first.replace(':', ' ')} cannot be composed" if first else ""
