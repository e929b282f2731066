"""`qpf validate`: every finding of every layer, nothing written."""

import click

from qpf.cli import options
from qpf.cli.fleet import open_fleet
from qpf.cli.output import note
from qpf.cli.session import Session


@click.command()
@options.environments
@options.agents
@options.revision
@options.output(*options.FINDINGS)
@click.pass_obj
def validate(
    session: Session, environments: tuple[str, ...], agents: tuple[str, ...], rev: str | None, form: str
) -> None:
    """Check the fleet without writing anything.

    All findings of all files, agents and environments are reported in one run.
    """
    fleet = open_fleet(session, form, rev=rev, environments=environments, agents=agents)
    report = fleet.check()
    if not report.diagnostics and form == "text":
        count = len(fleet.agents or fleet.workspace.assemblies.agents)
        note(f"no findings: {_count(count, 'agent')}, {_count(len(fleet.environments), 'environment')}")
    fleet.finish(report)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
