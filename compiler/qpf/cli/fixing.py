"""What `qpf validate` does about findings: promised, shown, or written.

All is done in memory, round by round, because one fix may uncover what another can mend; files are written
once, at the end.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from qpf.cli.edits import write_all
from qpf.cli.fleet import Fleet, open_fleet, tree
from qpf.cli.output import note, reserved_stdout
from qpf.cli.session import Session
from qpf.cli.today import today
from qpf.evolution.codes import DEPRECATED_FIELD
from qpf.fixing.fixes import fixes
from qpf.fixing.mending import Mending, left, mending
from qpf.gitops.fix import Fixes, annotated, fix_of
from qpf.host.layers import layer_of, layers_of
from qpf.io.edited import Edited
from qpf.io.files import shared
from qpf.model.diagnostic import Code, Report
from qpf.model.span import Span
from qpf.render.diff import render_diff

_MOST_ROUNDS = 8


class Done(NamedTuple):
    """One fix."""

    span: Span
    code: Code
    what: str


class Fixing:
    """What is done to one fleet.

    Attributes:
        fleet: The fleet as it is, or would be.
        done: The fixes, in the order they were made.
    """

    def __init__(
        self,
        session: Session,
        form: str,
        rev: str | None,
        environments: Collection[str],
        agents: Collection[str],
        *,
        unsafe: bool,
        layers: Collection[int] = (),
    ) -> None:
        self._session = session
        self._form = form
        self._rev = rev
        self._environments = environments
        self._agents = agents
        self._unsafe = unsafe
        self._layers = layers
        self._edited: dict[str, bytes] = {}
        self.done: list[Done] = []
        self.fleet = self._open()
        self._before: Mapping[str, bytes] = self.fleet.sources

    def promise(self) -> Report:
        """What is found, with what a program can do about it."""
        report = self.fleet.check()
        if self._rev is not None:  # nothing is edited there
            return report.each(lambda found: replace(found, fix=None))
        moved = self._moved()
        tried = self._tried(report, report, unsafe=True)
        return annotated(left(report, tried.refused), moved)

    def mend(self) -> Report:
        """Do what can be done, in memory; what is found then."""
        for _ in range(_MOST_ROUNDS):
            moved = self._moved() if not self._layers else Fixes({}, {})
            if self._move(moved):
                continue
            report = self.fleet.check()
            tried = self._tried(self._part(report), report, unsafe=self._unsafe)
            if not self._mend(tried):
                return annotated(left(report, tried.refused), moved)
        return self.fleet.check()

    def _part(self, report: Report) -> Report:
        """What may be mended of a report: where layers are chosen, what is theirs."""
        if not self._layers:
            return report
        workspace = self.fleet.workspace
        passes = layers_of(workspace.registry, workspace.given.value.codes)
        return report.each(lambda found: found if layer_of(found.code, passes) in self._layers else None)

    def _tried(self, part: Report, report: Report, *, unsafe: bool) -> Mending:
        """What can be mended of a part of what is found."""
        with reserved_stdout():
            return mending(
                self.fleet.workspace,
                part,
                unsafe=unsafe,
                shared=self._shared(),
                today=today(),
                whole=report if self.fleet.is_whole else None,
            )

    def write(self) -> None:
        """Replace every edited file whole, and say what was done."""
        write_all(self._session.root, sorted(self._edited.items()))
        for each in self.done:
            note(f"{each.span}: fixed[{each.code.id} {each.code.name}]: {each.what}")

    def told(self, *, with_diff: bool) -> dict[str, Any]:
        """What was done, for programs."""
        fixed = [
            {
                "file": each.span.source,
                "line": each.span.line,
                "column": each.span.column,
                "code": each.code.id,
                "what": each.what,
            }
            for each in self.done
        ]
        return {"fixed": fixed, "diff": self.difference()} if with_diff else {"fixed": fixed}

    def difference(self) -> str:
        """What is edited, as git would show it."""
        return render_diff((path, self._before[path], after) for path, after in sorted(self._edited.items()))

    def _moved(self) -> Fixes:
        """What may be done about deprecated fields of what was read from the work tree."""
        past = self.fleet.workspace.history
        if self._rev is not None or past is None or not past.deprecations:
            return Fixes({}, {})
        with reserved_stdout():
            return fixes(
                self.fleet.workspace,
                self.fleet.report,
                environments=self.fleet.environments,
                agents=self.fleet.agents,
                shared=self._shared(),
                today=today(),
            )

    def _move(self, found: Fixes) -> bool:
        self.done += [
            Done(use.span, DEPRECATED_FIELD, fix_of(use).what)
            for _, edit in sorted(found.edits.items())
            for use in edit.uses
        ]
        return self._edit({path: edit.after for path, edit in found.edits.items()})

    def _mend(self, tried: Mending) -> bool:
        for _, patch in sorted(tried.patches.items()):
            for found in patch.mended:
                assert found.fix is not None
                assert found.span is not None
                self.done.append(Done(found.span, found.code, found.fix.what))
        return self._edit({path: patch.after for path, patch in tried.patches.items()})

    def _edit(self, contents: Mapping[str, bytes]) -> bool:
        """Go on with files that say something else; whether any does."""
        if contents:
            self._edited |= contents
            self.fleet = self._open()
        return bool(contents)

    def _open(self) -> Fleet:
        place = Edited(tree(self._session, self._rev), self._edited)
        return open_fleet(
            self._session, self._form, place=place, environments=self._environments, agents=self._agents
        )

    def _shared(self) -> Collection[str]:
        return shared(self._session.root, self.fleet.sources)
