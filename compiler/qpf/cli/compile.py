"""`qpf compile`: the line from sources to environment folders, or what it would change there."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import click

from qpf import inspection
from qpf.cli import options
from qpf.cli.exit import CLEAN, FINDINGS, status
from qpf.cli.fleet import Fleet, open_fleet
from qpf.cli.output import leave, note, show_json, show_report, show_table
from qpf.cli.session import Session
from qpf.cli.writing import Written, write
from qpf.gitops.check import check
from qpf.gitops.codes import findings
from qpf.gitops.committed import evidence
from qpf.model.change import Change
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Report
from qpf.render.changes import changes_data, render_changes
from qpf.render.diff import render_diff


@click.command("compile")
@options.environments
@options.agents
@options.revision
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file is not as compiled."
)
@click.option(
    "--diff", "with_diff", is_flag=True, help="Write nothing; show what would change. Implies --check."
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write to DIR/ENV instead of the fleet's environments.",
)
@options.output(*options.FINDINGS)
@click.pass_obj
def compile_command(  # noqa: PLR0913  # one parameter an option
    session: Session,
    environments: tuple[str, ...],
    agents: tuple[str, ...],
    rev: str | None,
    *,
    only_check: bool,
    with_diff: bool,
    out: Path | None,
    form: str,
) -> None:
    """Compile the fleet into its environment folders.

    Only files that change are written; files that are no longer produced are removed if the lock
    says that qpf wrote them. If anything is wrong with the sources, nothing is touched.

    With --agent only that agent's files are written; the environment counts as stale until the
    others are compiled too.
    """
    if out is not None and (only_check or with_diff):
        message = "--out writes, --check and --diff do not"
        raise click.UsageError(message)
    fleet = open_fleet(session, form, rev=rev, environments=environments, agents=agents)
    outcome = fleet.compile()
    if outcome.report.failed:
        fleet.finish(outcome.report)
    if only_check or with_diff:
        _check(fleet, outcome.value, outcome.report, with_diff=with_diff)
    else:
        _write(fleet, outcome.value, outcome.report, out)


def _write(fleet: Fleet, compiled: Iterable[Compiled], report: Report, out: Path | None) -> None:
    written = write(fleet.session, compiled, out, fleet.agents)
    report = Report.join((report, *(each.report for each in written)))
    if fleet.form == "json":
        show_json({"environments": [_data(each) for each in written]}, report)
    elif fleet.form == "text":
        show_report(report, sources=fleet.sources)
        show_table(
            ("environment", "agents", "written", "unchanged", "removed"),
            [
                (
                    each.compiled.environment.name,
                    str(len(each.compiled.environment.agents)),
                    str(len(each.changes.written)),
                    str(len(each.changes.unchanged)),
                    str(len(each.changes.removed)),
                )
                for each in written
                if not report.failed
            ],
            right=range(1, 5),
        )
        for each in written:
            for path in each.changes.edited:
                note(f"replaced a change made by hand: {each.shown}/{path}")
    else:
        fleet.finish(report)
    leave(status(report))


def _data(written: Written) -> dict[str, object]:
    changes = written.changes
    return {
        "name": written.compiled.environment.name,
        "folder": written.shown,
        "agents": list(written.compiled.environment.agents),
        "written": list(changes.written),
        "removed": list(changes.removed),
        "edited": list(changes.edited),
        "unchanged": len(changes.unchanged),
    }


def _check(fleet: Fleet, compiled: Iterable[Compiled], report: Report, *, with_diff: bool) -> None:
    changes = [change for each in compiled for change in _changes(fleet, each)]
    if fleet.form in {"sarif", "github"}:
        fleet.finish(report + findings(changes))
    diff = render_diff((change.path, change.before, change.after) for change in changes) if with_diff else ""
    if fleet.form == "json":
        data = {"changes": changes_data(changes)}
        show_json({**data, "diff": diff} if with_diff else data, report)
    else:
        show_report(report, sources=fleet.sources)
        click.echo(render_changes(changes) + diff, nl=False)
        if not changes:
            note("every file is as its sources compile to")
    verdict = status(report)
    leave(FINDINGS if changes and verdict == CLEAN else verdict)


def _changes(fleet: Fleet, compiled: Compiled) -> list[Change]:
    workspace = fleet.workspace
    found = check(
        compiled,
        evidence(
            fleet.session.root,
            compiled.environment.name,
            workspace.sources,
            workspace.documents,
            partial(inspection.source_map, workspace, compiled),
        ),
    )
    return [change for change in found if not fleet.agents or change.agent in fleet.agents]
