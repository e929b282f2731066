"""`qpf explain`: where a value comes from, what a source line reaches, or what a code means."""

import re
from typing import NoReturn

import click

from qpf import inspection, pipeline
from qpf.cli import options
from qpf.cli.exit import CLEAN, FINDINGS
from qpf.cli.explain_code import explain_code
from qpf.cli.fleet import Fleet, open_fleet
from qpf.cli.output import leave, note, show_json
from qpf.cli.session import Session
from qpf.gitops import explain as origins
from qpf.model.diagnostic import Report
from qpf.model.fleet import Agent
from qpf.model.nearest import did_you_mean
from qpf.model.path import Path, format_path, parse_path
from qpf.render.explanation import (
    explanation_data,
    explanation_text,
    explanations_text,
    reach_data,
    reach_text,
)
from qpf.stages.provenance import leaves

_CODE = re.compile(r"[A-Z]{2,8}\d+\Z|[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+\Z|[a-z0-9]+-[a-z0-9-]+\Z")
_LINE = re.compile(r"(?P<file>.+):(?P<line>[1-9]\d*)(:\d+)?\Z")


@click.command("explain")
@click.argument("agent", required=False, metavar="[AGENT|CODE]")
@click.argument("path", required=False, default="")
@click.option(
    "--source",
    metavar="FILE:LINE",
    help="Show what this line reaches: agents, environments, values, artifacts.",
)
@options.environments
@options.revision
@options.output("text", "json")
@click.pass_obj
def explain(
    session: Session,
    agent: str | None,
    path: str,
    source: str | None,
    environments: tuple[str, ...],
    rev: str | None,
    form: str,
) -> None:
    """Say where a value comes from, what a line reaches, or what a code means.

    With AGENT and PATH: the value, the layer that won with file:line:column, everyone it overrides
    and the merge strategy. With AGENT alone: every value of the agent with its line. With a code such as
    QPF412, or its name: its page, for which no fleet is needed unless the fleet gives it out itself.
    """
    if agent and not path and _CODE.match(agent):
        explain_code(session, agent, form)
    if bool(agent) == bool(source):
        message = "give an AGENT, a CODE, or --source FILE:LINE"
        raise click.UsageError(message)
    fleet = open_fleet(session, form, rev=rev, environments=environments, agents=[agent] if agent else ())
    if source:
        _reach(fleet, source)
    _origins(fleet, agent or "", _parse(path))


def _origins(fleet: Fleet, name: str, path: Path) -> NoReturn:
    rules = fleet.workspace.schema.rules
    outcomes = [pipeline.check(fleet.workspace, environment, [name]) for environment in fleet.environments]
    report = Report.join((fleet.report, *(each.report for each in outcomes)))
    agents = [each.value.agents[name] for each in outcomes if name in each.value.agents]
    if report.failed:
        fleet.finish(report)
    changes = {each.source: each.changes for each in fleet.workspace.documents.all if each.changes}
    documents = []
    for agent in agents:
        if not path:
            documents.append((agent, list(origins.explain_all(agent, rules))))
        else:
            found = origins.explain(agent, path, rules, changes)
            if found is None:
                _no_such_value(agent, path)
            documents.append((agent, [found]))
    if fleet.form == "json":
        show_json(
            {
                "agent": name,
                "environments": {
                    agent.environment: [explanation_data(each) for each in found]
                    for agent, found in documents
                },
            },
            report,
        )
    else:
        blocks = [
            f"{name} in {agent.environment}\n"
            + ("".join(map(explanation_text, found)) if path else explanations_text(found))
            for agent, found in documents
        ]
        click.echo("\n".join(blocks), nl=False)
    leave(CLEAN)


def _reach(fleet: Fleet, source: str) -> NoReturn:
    match = _LINE.match(source)
    if match is None:
        message = f"{source!r} is not FILE:LINE"
        raise click.BadParameter(message, param_hint="--source")
    file, line = match["file"].removeprefix("./"), int(match["line"])
    if file not in fleet.sources:
        hint = did_you_mean(file, fleet.sources)
        message = f"{file} is not a source of this fleet" + (f"; {hint}" if hint else "")
        raise click.BadParameter(message, param_hint="--source")
    outcome = fleet.compile()
    if outcome.report.failed:
        fleet.finish(outcome.report)
    found = list(inspection.reach(fleet.workspace, outcome.value, file, line))
    if fleet.form == "json":
        show_json({"source": file, "line": line, "reaches": reach_data(found)}, outcome.report)
    elif found:
        click.echo(reach_text(found), nl=False)
    elif file.startswith("migrations/"):
        note(f"{file} reaches the documents it migrates; `qpf migrate --plan` names them")
    else:
        note(f"{file}:{line} reaches nothing that is emitted")
    leave(CLEAN)


def _no_such_value(agent: Agent, path: Path) -> NoReturn:
    known = [format_path(each) for each, _ in leaves(agent.composed.body)]
    hint = did_you_mean(format_path(path), known)
    note(
        f"{agent.name} in {agent.environment} has no value {format_path(path)}"
        + (f"; {hint}" if hint else "")
    )
    leave(FINDINGS)


def _parse(path: str) -> Path:
    try:
        return parse_path(path)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="PATH") from error
