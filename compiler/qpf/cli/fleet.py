"""Opening a fleet for a command: where its sources are, which names exist, what is already wrong."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import NoReturn

import click
from msgspec import Struct

from qpf import pipeline
from qpf.cli.options import STAGED
from qpf.cli.output import finish, reserved_stdout, show_report
from qpf.cli.session import Session
from qpf.cli.today import today
from qpf.host.policy import idle
from qpf.host.workspace import Workspace
from qpf.io.tree import SourceTree
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Outcome, Report
from qpf.model.fleet import Environment
from qpf.model.nearest import did_you_mean
from qpf.stages.configure import Configuration


class Fleet(Struct, frozen=True, dict=True):
    """A fleet as far as it could be read, and the part of it that a command was asked about.

    Attributes:
        form: How the command prints.
        environments: The chosen environments that can be compiled, in order of promotion.
        agents: The chosen agents; empty for all.
        report: What reading the sources found.
    """

    session: Session
    form: str
    workspace: Workspace
    environments: tuple[str, ...]
    agents: frozenset[str]
    report: Report

    @cached_property
    def sources(self) -> Mapping[str, bytes]:
        """Content of the sources by path, for excerpts."""
        return {source.path: source.content for source in self.workspace.sources}

    @property
    def is_whole(self) -> bool:
        """Whether a command was asked about all there is."""
        configuration = self.workspace.configuration
        return (
            not self.agents
            and configuration is not None
            and len(self.environments) == len(configuration.environments)
        )

    @cached_property
    def _checked(self) -> Mapping[str, Outcome[Environment]]:
        """The chosen environments with all of their agents, looked at once whoever asks."""
        with reserved_stdout():
            return {name: pipeline.check(self.workspace, name) for name in self.environments}

    def check(self) -> Report:
        """Validate the chosen part; everything found so far included.

        Chosen agents are validated alone, so that all their findings are said of them; what is about
        other agents too (glue, collisions) takes the whole fleet to see.
        """
        whole = Report.join(each.report for each in self._checked.values())
        if self.agents:
            with reserved_stdout():
                found = [
                    pipeline.check(self.workspace, name, self.agents).report for name in self.environments
                ]
            shared = whole.each(
                lambda each: each if not each.subject or each.subject in self.agents else None
            )
            whole = Report.join((*found, shared))
        report = self.report + whole
        if self.is_whole:
            report += idle(self.workspace.registry, self.workspace.policy, report)
        return report

    def compile(self) -> Outcome[tuple[Compiled, ...]]:
        """Compile the chosen environments; nothing is built unless everything is valid."""
        if self.report.failed:
            return Outcome((), self.check())
        with reserved_stdout():
            outcome = pipeline.build_fleet(self.workspace, [*self._checked.values()])
        return Outcome(outcome.value, self.report + outcome.report)

    def show(self, report: Report, *, strict: bool = False) -> None:
        """Print findings."""
        show_report(report, self.form, sources=self.sources, folder=self.session.folder, strict=strict)

    def finish(self, report: Report, *, strict: bool = False) -> NoReturn:
        """Print findings and end the command with the exit code they stand for."""
        finish(report, self.form, sources=self.sources, folder=self.session.folder, strict=strict)


def read_fleet(
    session: Session,
    form: str,
    *,
    rev: str | None = None,
    place: SourceTree | None = None,
    environments: Collection[str] = (),
    agents: Collection[str] = (),
) -> Outcome[Fleet | None]:
    """Read a fleet and check the names a command was given; None if plugins keep it from being read.

    Args:
        session: The call.
        form: How the command prints.
        rev: The git revision to read; by default the work tree.
        place: Where to read instead of either.
        environments: The environments it is about; none: all.
        agents: The agents it is about; none: all.
    """
    with reserved_stdout():
        outcome = pipeline.load(place or tree(session, rev), today=today())
    workspace = outcome.value
    if workspace is None:
        return Outcome(None, outcome.report)
    configuration = workspace.configuration
    names: tuple[str, ...] = ()
    if configuration is not None:
        refuse_unknown("environment", "--env", environments, configuration.fleet.environments)
        refuse_unknown("agent", "--agent", agents, workspace.documents.known("agent"))
        names = chosen(configuration, environments)
    fleet = Fleet(session, form, workspace, names, frozenset(agents), outcome.report)
    return Outcome(fleet, outcome.report)


def open_fleet(
    session: Session,
    form: str,
    *,
    rev: str | None = None,
    place: SourceTree | None = None,
    environments: Collection[str] = (),
    agents: Collection[str] = (),
) -> Fleet:
    """The same; ends the command if there is no fleet."""
    outcome = read_fleet(session, form, rev=rev, place=place, environments=environments, agents=agents)
    if outcome.value is None:
        finish(outcome.report, form, folder=session.folder)
    return outcome.value


def chosen(configuration: Configuration, environments: Collection[str]) -> tuple[str, ...]:
    """The environments a command means, in order of promotion."""
    return tuple(name for name in configuration.environments if not environments or name in environments)


def tree(session: Session, rev: str | None) -> SourceTree:
    """Where the sources are read: the work tree, the index, or a revision."""
    if rev is None:
        from qpf.io.worktree import WorkTree

        return WorkTree(session.root)
    if rev == STAGED:
        from qpf.io.staged import Staged

        return Staged(session.root)
    from qpf.io.revision import Revision

    return Revision(session.root, rev)


def refuse_unknown(kind: str, option: str, names: Collection[str], known: Collection[str]) -> None:
    """End the command if a name it was given does not exist."""
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            message = f"no {kind} `{name}`" + (f"; {hint}" if hint else "")
            raise click.BadParameter(message, param_hint=option)
