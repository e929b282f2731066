"""`qpf compile --shard`: one machine's part of a compile, for caches that others share."""

from typing import NoReturn

import click

from qpf.cli.engine import NO_CACHING, Choices, compiling, finished
from qpf.cli.exit import status
from qpf.cli.fleet import chosen
from qpf.cli.output import finish, leave, show_json, show_report, show_table
from qpf.cli.session import Session
from qpf.cli.whole import open_front, sources
from qpf.compilation.shard import Shard
from qpf.io.workshop import WORKSHOP, hide


def compile_shard(  # what the command line says, and nothing else
    session: Session,
    form: str,
    rev: str | None,
    environments: tuple[str, ...],
    text: str,
    choices: Choices,
) -> NoReturn:
    """Extract a part of the agents into the caches; ends the command."""
    try:
        shard = Shard.of(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--shard") from None
    hide(session.root / WORKSHOP)
    front = open_front(session, form, rev, environments, choices)
    if not front.configuration.engine.cache.enabled:
        message = f"--shard only fills caches, and there is none to fill: {NO_CACHING}"
        raise click.UsageError(message)
    names = chosen(front.configuration, environments)
    with compiling(session, front, choices, names, record=True) as compilation:
        with compilation.tiers() as tiers:
            outcome = compilation.fill(names, tiers, shard)
        finished(compilation, succeeded=not outcome.report.failed)
    report = outcome.report
    if report.failed or form in {"sarif", "github"}:
        finish(report, form, sources=sources(front), folder=session.folder)
    if form == "json":
        data = [
            {"name": each.environment, "agents": list(each.agents), "made": list(each.made)}
            for each in outcome.value
        ]
        show_json({"environments": data}, report)
    else:
        show_report(report, sources=sources(front))
        show_table(
            ("environment", "agents", "made"),
            [(each.environment, str(len(each.agents)), str(len(each.made))) for each in outcome.value],
            right=range(1, 3),
        )
    leave(status(report))
