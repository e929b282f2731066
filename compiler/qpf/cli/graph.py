"""`qpf graph`: agents, what they are composed of, and who sends what to whom."""

import click

from qpf import pipeline
from qpf.cli import options
from qpf.cli.fleet import open_fleet
from qpf.cli.output import leave, show_json, show_report
from qpf.cli.session import Session
from qpf.gitops.graph import graph as graph_of
from qpf.render.graph import graph_data, graph_dot, graph_mermaid, graph_text


@click.command("graph")
@options.environments
@options.agents
@options.revision
@options.output("text", "dot", "mermaid", "json")
@click.pass_obj
def graph(
    session: Session, environments: tuple[str, ...], agents: tuple[str, ...], rev: str | None, form: str
) -> None:
    """Draw agents, sub-schemas, glue and packet kinds.

    Environments share the composition, so the first chosen one is drawn.
    """
    fleet = open_fleet(session, form, rev=rev, environments=environments, agents=agents)
    if not fleet.environments or fleet.report.failed:
        fleet.finish(fleet.report)
    outcome = pipeline.check(fleet.workspace, fleet.environments[0], fleet.agents)
    report = fleet.report + outcome.report
    if report.failed:
        fleet.finish(report)
    drawn = graph_of(outcome.value, fleet.workspace.schema)
    if form == "json":
        show_json({"environment": outcome.value.name, "graph": graph_data(drawn)}, report)
    else:
        show_report(report, sources=fleet.sources)
        draw = {"text": graph_text, "dot": graph_dot, "mermaid": graph_mermaid}[form]
        click.echo(draw(drawn), nl=False)
    leave(0)
