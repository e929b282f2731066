"""`qpf drift`: stale, edited and unapproved, for each environment."""

import click

from qpf import inspection
from qpf.cli import options
from qpf.cli.fleet import open_fleet
from qpf.cli.golden import show_changes
from qpf.cli.session import Session


@click.command("drift")
@options.environments
@options.agents
@options.output(*options.FINDINGS)
@click.pass_obj
def drift(session: Session, environments: tuple[str, ...], agents: tuple[str, ...], form: str) -> None:
    """Report how what is there differs from what was approved.

    stale: the sources are newer than what is compiled. edited: a compiled file was changed by hand.
    unapproved: what is compiled is not what golden/ holds; each value comes with its source line.
    """
    fleet = open_fleet(session, form, environments=environments, agents=agents)
    outcome = fleet.compile()
    if outcome.report.failed or not outcome.value:
        fleet.finish(outcome.report)
    changes = [
        change
        for each in outcome.value
        for change in (
            *inspection.output_changes(fleet.workspace, each, session.root),
            *inspection.unapproved_changes(fleet.workspace, each, session.root),
        )
        if not fleet.agents or change.agent in fleet.agents
    ]
    show_changes(fleet, changes, "nothing is stale, edited or unapproved")
