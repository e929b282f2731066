"""`qpf golden`: approve what is compiled, or verify what was approved."""

from collections.abc import Sequence

import click

from qpf import inspection
from qpf.cli import options
from qpf.cli.exit import CLEAN, FINDINGS
from qpf.cli.fleet import Fleet, open_fleet
from qpf.cli.output import leave, note, show_json, show_table
from qpf.cli.session import Session
from qpf.gitops.approval import approved_documents
from qpf.gitops.codes import findings
from qpf.io.golden import publish_golden
from qpf.model.change import Change
from qpf.model.compiled import Compiled
from qpf.render.changes import changes_data, render_changes


@click.group("golden")
def golden() -> None:
    """Approve what is compiled, or verify what was approved."""


@golden.command("verify")
@options.environments
@options.agents
@options.output(*options.FINDINGS)
@click.pass_obj
def verify(session: Session, environments: tuple[str, ...], agents: tuple[str, ...], form: str) -> None:
    """Exit 1 if something is compiled that nobody has approved."""
    fleet = open_fleet(session, form, environments=environments, agents=agents)
    changes = [
        change
        for each in _compile(fleet)
        for change in inspection.unapproved_changes(fleet.workspace, each, session.root)
        if not fleet.agents or change.agent in fleet.agents
    ]
    show_changes(fleet, changes, "everything that is compiled is approved")


@golden.command("approve")
@click.option("--env", "environment", metavar="ENV", required=True, help="The environment to approve.")
@options.agents
@options.output("text", "json")
@click.pass_obj
def approve(session: Session, environment: str, agents: tuple[str, ...], form: str) -> None:
    """Write the compiled state of an environment to golden/ENV: the approved state.

    Refuses while the environment's folder is not what the sources compile to: only what
    reviewers can read may be approved.
    """
    fleet = open_fleet(session, form, environments=[environment], agents=agents)
    (compiled,) = _compile(fleet)
    stale = inspection.output_changes(fleet.workspace, compiled, session.root)
    if stale:
        note(f"environments/{environment} is not what the sources compile to; nothing was approved")
        show_changes(fleet, stale)
    changes = publish_golden(session.root, environment, approved_documents(compiled), fleet.agents)
    if form == "json":
        show_json({"environment": environment, "written": changes.written, "removed": changes.removed})
    else:
        show_table(
            ("environment", "approved", "unchanged", "removed"),
            [
                (
                    environment,
                    str(len(changes.written)),
                    str(len(changes.unchanged)),
                    str(len(changes.removed)),
                )
            ],
            right=range(1, 4),
        )
    leave(CLEAN)


def _compile(fleet: Fleet) -> tuple[Compiled, ...]:
    outcome = fleet.compile()
    if outcome.report.failed or not outcome.value:
        fleet.finish(outcome.report)
    return outcome.value


def show_changes(fleet: Fleet, changes: Sequence[Change], clean: str = "") -> None:
    """Print changes in the chosen form and leave: 0 for none, which `clean` says, else 1."""
    if fleet.form in {"sarif", "github"}:
        fleet.finish(findings(changes))
    if fleet.form == "json":
        show_json({"changes": changes_data(changes)})
    else:
        click.echo(render_changes(changes, edits=True), nl=False)
        if not changes:
            note(clean)
    leave(FINDINGS if changes else CLEAN)
