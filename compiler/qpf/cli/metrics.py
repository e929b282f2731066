"""`qpf metrics`: what the run history tells of compiles."""

from collections.abc import Collection
from datetime import datetime, time, timedelta

import click

from qpf.cli import options
from qpf.cli.output import note, show_json
from qpf.cli.session import Session
from qpf.io.runs import History
from qpf.model.alert import alerts
from qpf.model.metrics import metrics as figures_of
from qpf.model.nearest import did_you_mean
from qpf.model.run import HistoryError, Recorded
from qpf.render.metrics import metrics_data, render_metrics


@click.command()
@click.option(
    "--runs",
    "most",
    metavar="N",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many runs to look at, from the last one back.",
)
@options.environments
@options.agents
@options.output("text", "json")
@click.pass_obj
def metrics(
    session: Session, most: int, environments: tuple[str, ...], agents: tuple[str, ...], form: str
) -> None:
    """Show what the run history tells of compiles.

    Times, cache hits, trends, measurements of `qpf test`, and the critical path. Compiles are
    recorded in .qpf/runs.sqlite; what too few runs tell nothing of is said to be unknown. --agent
    narrows what is shown by agent; the summary and the trends are of whole runs. Alerts do not
    change the exit code.
    """
    try:
        recorded = History.of(session.root).read(most)
    except HistoryError as error:
        raise click.ClickException(str(error)) from error
    _refuse_unknown(recorded, environments, agents)
    shown = figures_of(recorded, _today(), environments, agents)
    found = alerts(shown, recorded.runs[-1] if recorded.runs else None)
    if form == "json":
        show_json(metrics_data(shown, found))
        return
    if not recorded.runs and not recorded.judged:
        note("no run is recorded yet; `qpf compile` records its runs in .qpf/runs.sqlite")
        return
    click.echo(render_metrics(shown, found), nl=False)


def _today() -> tuple[float, float]:
    """When the day began here, and when it ends."""
    midnight = datetime.combine(datetime.now().astimezone().date(), time.min)
    return midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()


def _refuse_unknown(recorded: Recorded, environments: Collection[str], agents: Collection[str]) -> None:
    known = {
        "--env": {
            *(name for run in recorded.runs for name in run.tallies),
            *(each.environment for each in recorded.judged),
        },
        "--agent": {
            *(each.agent for each in recorded.builds),
            *(each.agent for each in recorded.judged if each.agent),
        },
    }
    for option, names in (("--env", environments), ("--agent", agents)):
        for name in names:
            if name not in known[option]:
                hint = did_you_mean(name, known[option])
                message = f"`{name}` is in none of the runs that are looked at" + (
                    f"; {hint}" if hint else ""
                )
                raise click.BadParameter(message, param_hint=option)
