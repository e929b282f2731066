"""`qpf compile --check` and `--diff`: what a compile would change, and which line or hand is behind it."""

from collections.abc import Iterable
from functools import partial
from typing import NoReturn

import click

from qpf import inspection
from qpf.cli.done import UP_TO_DATE
from qpf.cli.exit import CLEAN, FINDINGS, status
from qpf.cli.fleet import Fleet
from qpf.cli.output import leave, note, show_json, show_report
from qpf.gitops.check import check
from qpf.gitops.codes import findings
from qpf.gitops.committed import evidence
from qpf.host.policy import idle
from qpf.model.change import Change
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Report
from qpf.render.changes import changes_data, render_changes
from qpf.render.diff import render_diff


def compare(fleet: Fleet, *, with_diff: bool) -> NoReturn:
    """Compile in memory, print the difference, and end the command."""
    outcome = fleet.compile()
    if outcome.report.failed:
        fleet.finish(outcome.report)
    report = outcome.report
    if fleet.is_whole:
        report += idle(fleet.workspace.registry, fleet.workspace.policy, report, emitted=True)
    show(fleet, outcome.value, report, with_diff=with_diff)


def show(fleet: Fleet, compiled: Iterable[Compiled], report: Report, *, with_diff: bool) -> NoReturn:
    """Print what is not as it was compiled."""
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
            note(UP_TO_DATE)
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
