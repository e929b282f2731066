"""`qpf plan`: what a compile would extract, in which order, how long it would take, and why."""

import click

from qpf.cli import options
from qpf.cli.engine import Choices, compiling
from qpf.cli.fleet import chosen, refuse_unknown
from qpf.cli.output import finish, show_json, show_report, show_table
from qpf.cli.session import Session
from qpf.cli.whole import open_front, sources
from qpf.io.history import earlier_content
from qpf.render.plan import HEADS, forecast_data, render_summary, render_why, row


@click.command()
@options.environments
@options.agents
@options.revision
@options.caches
@click.option("--why", is_flag=True, help="Name every input that changed since the last compile, and where.")
@options.output("text", "json")
@click.pass_obj
def plan(
    session: Session,
    environments: tuple[str, ...],
    agents: tuple[str, ...],
    rev: str | None,
    caches: tuple[str, ...],
    form: str,
    *,
    why: bool,
) -> None:
    """Show what a compile would extract, and write nothing.

    Dependencies come first. An agent's files are kept if they are as the last compile left them and
    nothing that they follow from has changed; they come from a cache if they were ever made from the
    same inputs; otherwise they are made anew. Times are those that the agent took before.

    The interface digest covers what other agents can see of an agent: only when it changes are they
    extracted anew. The key covers all that can change its output.
    """

    def before(path: str, digest: str) -> bytes | None:
        return earlier_content(session.root, path, digest)

    choices = Choices(caches=caches, progress="none", keep=False)
    front = open_front(session, form, rev, environments, choices)
    refuse_unknown("agent", "--agent", agents, front.agents)
    names = chosen(front.configuration, environments)
    with (
        compiling(session, front, choices, names, record=False) as compilation,
        compilation.tiers() as tiers,
    ):
        outcome = compilation.forecast(names, tiers, before if why else None)
    if outcome.report.failed:
        finish(outcome.report, form, sources=sources(front), folder=session.folder)
    shown = {
        each: [step for step in each.steps if not agents or step.extraction.agent in agents]
        for each in outcome.value
    }
    if form == "json":
        data = [forecast_data(each, steps, why=why) for each, steps in shown.items()]
        show_json({"environments": data}, outcome.report)
        return
    show_report(outcome.report, sources=sources(front))
    show_table(HEADS, [row(each.environment, step) for each, steps in shown.items() for step in steps])
    for each in shown:
        click.echo(render_summary(each), nl=False)
    for each, steps in shown.items():
        click.echo(render_why(each.environment, steps), nl=False)
