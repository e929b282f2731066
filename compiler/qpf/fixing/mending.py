"""Which findings a program may mend: those that are gone then, where the edit makes no new one.

What a finding kept from being looked at may turn up: an agent whose values are of the right types at last is
seen by passes for the first time. That is no reason to leave the finding. A new one is that blames an edited
line, unless the fix is safe and only let a later layer look at it; and one that is no YAML any more.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from qpf.fixing.patch import Patch, patched
from qpf.host.layers import layers_of, rank_of
from qpf.host.policy import idle
from qpf.host.workspace import Workspace
from qpf.io.edited import edited
from qpf.model.diagnostic import Applicability, Diagnostic, Note, Report, Severity
from qpf.pipeline import check, read

_SYNTAX = 1
_MOST_ALONE = 8
"""So many fixes are tried one by one where all together make something worse."""


class Mending(Struct, frozen=True):
    """What a program does about findings that carry their edits.

    Attributes:
        patches: By file.
        refused: Why it leaves findings.
    """

    patches: Mapping[str, Patch] = {}
    refused: Mapping[Diagnostic, Note] = {}


def mending(
    workspace: Workspace,
    report: Report,
    *,
    unsafe: bool,
    shared: Collection[str] = (),
    today: str = "",
    whole: Report | None = None,
) -> Mending:
    """Find out which findings of a fleet can be mended.

    Args:
        workspace: The fleet.
        report: What was found in it, of the part that may be edited.
        unsafe: Whether guesses are taken too.
        shared: Files that go by several names, and cannot be edited under one of them.
        today: The date, for what expires.
        whole: All that is found in the fleet, if that is known.
    """
    return _Trial(workspace, today, whole).most_of(list(_wanted(workspace, report, unsafe=unsafe)), shared)


def _wanted(workspace: Workspace, report: Report, *, unsafe: bool) -> Iterator[Diagnostic]:
    known = {source.path for source in workspace.sources}
    for found in report.diagnostics:
        fix = found.fix
        if fix is None or not fix.edits or fix.edits[0].span.source not in known:
            continue
        if unsafe or fix.applicability is Applicability.SAFE:
            yield found


class _Trial(Struct, frozen=True, dict=True):
    """A fleet whose files are edited in memory."""

    workspace: Workspace
    today: str
    whole: Report | None

    def most_of(self, wanted: list[Diagnostic], shared: Collection[str]) -> Mending:
        """As much as leaves nothing worse."""
        contents = {source.path: source.content for source in self.workspace.sources}
        why = Note("its file goes by another name too, for which it may mean something else")
        refused = {found: why for found in wanted if _file(found) in shared}
        wanted = [found for found in wanted if found not in refused]
        patches, left = patched(wanted, contents)
        refused |= left
        blamed: dict[Diagnostic, Note] = {}
        while patches and (worse := self._worse(patches)):
            blamed |= worse
            wanted = [found for found in wanted if found not in blamed]
            patches, _ = patched(wanted, contents)
        for found in [*blamed][:_MOST_ALONE] if len(blamed) > 1 else ():
            more, _ = patched([*wanted, found], contents)
            if worse := self._worse(more):
                blamed[found] = worse.get(found, blamed[found])  # its own reason, not one of the others
                continue
            wanted.append(found)
            patches = more
            del blamed[found]
        return Mending(patches, refused | blamed)

    @cached_property
    def _before(self) -> Report:
        return self._found({}) if self.whole is None else self.whole

    @cached_property
    def _passes(self) -> Mapping[str, int]:
        return layers_of(self.workspace.registry, self.workspace.given.value.codes)

    def _found(self, contents: Mapping[str, bytes]) -> Report:
        """All that is found in the fleet, with some files edited."""
        outcome = read(self.workspace.registry, edited(self.workspace.sources, contents), self.today)
        other = outcome.value
        names = other.configuration.environments if other.configuration else ()
        report = Report.join((outcome.report, *(check(other, name).report for name in names)))
        return report + idle(other.registry, other.policy, report)

    def _worse(self, patches: Mapping[str, Patch]) -> dict[Diagnostic, Note]:
        """Findings whose fixes make something worse, or mend nothing, and why they are left."""
        after = self._found({path: patch.after for path, patch in patches.items()})
        were, are = (Counter(map(_kind, each.diagnostics)) for each in (self._before, after))
        blamed = {
            found: Note("it would still be found")
            for patch in patches.values()
            for found in patch.mended
            if are[_kind(found)] >= max(were[_kind(found)], 1)
        }
        for new in after.diagnostics:
            were[_kind(new)] -= 1
            if were[_kind(new)] < 0 and new.severity > Severity.NOTE:
                for found in self._causes(new, patches):
                    why = Note(f"{new.code.id} would be found: {new.message}")
                    blamed.setdefault(found, why)
        return blamed

    def _causes(self, new: Diagnostic, patches: Mapping[str, Patch]) -> Iterator[Diagnostic]:
        """Findings whose edits made a new finding, rather than let it be seen."""
        places = {span[:2] for span in (new.span, *(note.span for note in new.notes)) if span}
        involved = {source for source, _ in places}
        assembly = self.workspace.assemblies.agents.get(new.subject)
        involved |= set(assembly.layers) if assembly else set()
        for path in sorted(involved & patches.keys()):
            for found in patches[path].mended:
                here = bool(places & {(path, line) for line in patches[path].lines_of(found)})
                before, rank = rank_of(found.code, self._passes), rank_of(new.code, self._passes)
                guess = found.fix is not None and found.fix.applicability is Applicability.UNSAFE
                if rank <= _SYNTAX or (here and (guess or rank <= before)):
                    yield found


def _kind(found: Diagnostic) -> tuple[object, ...]:
    """What a finding is, wherever its lines are by now, whoever it is said of first."""
    return found.code.id, found.message, found.path


def _file(found: Diagnostic) -> str:
    assert found.fix is not None
    return found.fix.edits[0].span.source


def left(report: Report, refused: Mapping[Diagnostic, Note]) -> Report:
    """A report whose findings say why they are left; what is not done is not promised."""

    def told(found: Diagnostic) -> Diagnostic:
        why = refused.get(found)
        if why is None:
            return found
        note = Note(f"`qpf validate --fix` leaves it: {why.message}", why.span)
        return replace(found, notes=(*found.notes, note), fix=None)

    return report.each(told)
