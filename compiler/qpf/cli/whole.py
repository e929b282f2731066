"""Compiling whole environments: with memory, and written where they belong."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from msgspec.structs import replace

from qpf.cli.done import Done, tell
from qpf.cli.engine import Choices, compiling, finished
from qpf.cli.fleet import chosen, refuse_unknown, tree
from qpf.cli.output import finish, reserved_stdout
from qpf.cli.session import Session
from qpf.cli.today import today
from qpf.compilation.folders import Folders, Written
from qpf.compilation.front import Front, load_front
from qpf.compilation.verify import verified
from qpf.io import standstill
from qpf.io.workshop import WORKSHOP, hide
from qpf.model.diagnostic import Report


def open_front(
    session: Session, form: str, rev: str | None, environments: tuple[str, ...], choices: Choices
) -> Front:
    """Read a fleet but for its agents; ends the command if there is none, or no such environment."""
    folders = Folders(session.root, choices.remember)
    before = folders.texts()
    with reserved_stdout():
        outcome = load_front(tree(session, rev), today=today(), texts=before)
    front = outcome.value
    if front is None:
        finish(outcome.report, form, folder=session.folder)
    refuse_unknown("environment", "--env", environments, front.configuration.fleet.environments)
    if choices.keep:
        folders.keep_texts(front, before)
    return front


def compile_whole(
    session: Session,
    form: str,
    rev: str | None,
    environments: tuple[str, ...],
    agents: tuple[str, ...],
    out: Path | None,
    choices: Choices,
) -> NoReturn:
    """Compile environments and write them, or the files of some agents; ends the command."""
    workshop = session.root / WORKSHOP
    if choices.remember:
        hide(workshop)
    moment = standstill.Moment.now(session.root)
    front = open_front(session, form, rev, environments, choices)
    refuse_unknown("agent", "--agent", agents, front.agents)
    names = chosen(front.configuration, environments)
    written: list[Written] = []
    with compiling(session, front, choices, names, record=out is None) as compilation:
        with compilation.tiers() as tiers:
            built = compilation.build(names, tiers)
            report = built.report
            if choices.verify and not report.failed:
                report += verified(compilation, built)
            if not report.failed:
                written = compilation.publish(built.value, tiers, out, agents)
                report = Report.join((report, *(each.report for each in written)))
        finished(
            compilation,
            succeeded=not report.failed,
            written=sum(len(each.changes.written) for each in written),
            removed=sum(len(each.changes.removed) for each in written),
            unchanged=sum(len(each.changes.unchanged) for each in written),
        )
    done = [Done.of(each.built.name, each.shown, each.built.agents, each.changes) for each in written]
    silent = not report.diagnostics and not _expires(front)
    if agents and out is None:
        standstill.forget(workshop)
    elif rev is None and out is None and choices.remember and silent:
        _note(session.root, moment, front, done)
    tell(done, form, report, sources=sources(front), folder=session.folder)


def is_compiled(
    session: Session,
    form: str,
    rev: str | None,
    environments: tuple[str, ...],
    agents: tuple[str, ...],
    choices: Choices,
) -> bool:
    """Whether a compile would find nothing to write and nothing to say; writes nothing itself."""
    choices = replace(choices, keep=False, judges=True)
    front = open_front(session, form, rev, environments, choices)
    refuse_unknown("agent", "--agent", agents, front.agents)
    names = chosen(front.configuration, environments)
    with compiling(session, front, choices, names, record=False) as compilation:
        with compilation.tiers() as tiers:
            built = compilation.build(names, tiers)
        finished(compilation, succeeded=not built.report.failed)
        try:
            silent = not built.report.diagnostics and not built.report.suppressed
            return silent and compilation.folders.in_place(built.value)
        except OSError:
            return False  # Whoever compares at length says what cannot be read.


def sources(front: Front) -> Mapping[str, bytes]:
    """Content of the sources by path, for excerpts."""
    return {path: each.content for path, each in front.sources.items()}


def _expires(front: Front) -> bool:
    """Whether the next day something may have to be told that is not today: nothing is accepted for ever."""
    past = front.workspace.history
    return bool(front.workspace.policy.suppressions) or (past is not None and bool(past.approvals))


def _note(root: Path, moment: standstill.Moment, front: Front, done: list[Done]) -> None:
    """Note what was compiled, so that the next command can see that nothing changed."""
    packages = {"qpf", *(plugin.package for plugin in front.registry.plugins)}
    places = [_places(name) for name in sorted(packages)]
    if not all(places):
        return
    standstill.note(
        root,
        root / WORKSHOP,
        moment,
        {path: each.digest for path, each in front.sources.items()},
        [path for several in places for path in several],
        front.configuration.environments,
        {
            each.name: {
                "folder": each.folder,
                "agents": each.agents,
                "files": len(each.written) + each.unchanged,
            }
            for each in done
        },
    )


def _places(package: str) -> list[Path]:
    """Where the code of a package is: its folders, or the one file of a module that stands alone."""
    module = sys.modules[package]
    folders = getattr(module, "__path__", None)
    if folders is not None:
        return [Path(folder) for folder in folders]
    return [Path(module.__file__)] if module.__file__ else []
