"""`qpf validate`: every finding of every layer; nothing written, but for fixes that are asked for."""

from pathlib import Path

import click

from qpf.cli import options
from qpf.cli.exit import NO_VERDICT, status
from qpf.cli.fleet import Fleet, open_fleet
from qpf.cli.output import leave, note, reserved_stdout, show_json
from qpf.cli.session import Session
from qpf.cli.today import today
from qpf.evolution.codes import DEPRECATED_FIELD
from qpf.fixing.fixes import fixes
from qpf.gitops.fix import Fixes, annotated, fix_of
from qpf.io.files import replace_source, shared


@click.command()
@options.environments
@options.agents
@options.revision
@click.option(
    "--fix", is_flag=True, help="Move deprecated fields to what takes their place, where that is safe."
)
@options.output(*options.FINDINGS)
@click.pass_obj
def validate(
    session: Session,
    environments: tuple[str, ...],
    agents: tuple[str, ...],
    rev: str | None,
    form: str,
    *,
    fix: bool,
) -> None:
    """Check the fleet; without --fix, nothing is written.

    All findings of all files, agents and environments are reported in one run.

    With --fix, sources are edited first, as a careful person would: a deprecated field goes to the one that
    takes its place if every agent stays what it is and nothing new is found. What is left where it is says
    why.
    """
    if fix and rev is not None:
        message = "--fix edits the work tree; it cannot edit a revision"
        raise click.UsageError(message)
    fleet = open_fleet(session, form, rev=rev, environments=environments, agents=agents)
    found = _fixes(fleet) if rev is None else Fixes({}, {})
    fixed: list[dict[str, object]] = []
    if fix and found.edits:
        fixed = _write(session.root, found)
        fleet = open_fleet(session, form, environments=environments, agents=agents)
        found = _fixes(fleet)
    report = annotated(fleet.check(), found)
    if not report.diagnostics and form == "text":
        count = len(fleet.agents or fleet.workspace.assemblies.agents)
        note(f"no findings: {_count(count, 'agent')}, {_count(len(fleet.environments), 'environment')}")
    if form == "json":
        show_json({"fixed": fixed} if fix else {}, report)
        leave(status(report))
    fleet.finish(report)


def _fixes(fleet: Fleet) -> Fixes:
    """What may be done about the chosen part of a fleet that was read from the work tree."""
    past = fleet.workspace.history
    if past is None or not past.deprecations:
        return Fixes({}, {})
    with reserved_stdout():
        return fixes(
            fleet.workspace,
            fleet.report,
            environments=fleet.environments,
            agents=fleet.agents,
            shared=shared(fleet.session.root, fleet.sources),
            today=today(),
        )


def _write(root: Path, found: Fixes) -> list[dict[str, object]]:
    """Replace every edited file whole; returns what was done, a field each, and says it."""
    done: list[dict[str, object]] = []
    for path, edit in sorted(found.edits.items()):
        try:
            replace_source(root / path, edit.after)
        except OSError as error:
            note(f"qpf: cannot write {path}: {error.strerror}; nothing after it was written")
            leave(NO_VERDICT)
        for use in edit.uses:
            what = fix_of(use).what
            note(f"{use.span}: fixed[{DEPRECATED_FIELD.id} {DEPRECATED_FIELD.name}]: {what}")
            place = {"file": path, "line": use.span.line, "column": use.span.column}
            done.append({**place, "code": DEPRECATED_FIELD.id, "what": what})
    return done


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
