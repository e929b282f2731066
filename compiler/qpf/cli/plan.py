"""`qpf plan`: what is extracted, in which order, and the digests that decide about doing it again."""

from typing import Any

import click

from qpf.cli import options
from qpf.cli.fleet import open_fleet
from qpf.cli.output import show_json, show_report, show_table
from qpf.cli.session import Session
from qpf.model.plan import Extraction, Plan

_SHOWN = 12
"""Digits of a digest that are enough to compare by eye."""


@click.command()
@options.environments
@options.agents
@options.revision
@options.output("text", "json")
@click.pass_obj
def plan(
    session: Session, environments: tuple[str, ...], agents: tuple[str, ...], rev: str | None, form: str
) -> None:
    """Show what is extracted, in which order.

    Dependencies come first. The interface digest covers what other agents can see of an agent:
    only when it changes are they extracted anew. The key covers all that can change its output.
    """
    fleet = open_fleet(session, form, rev=rev, environments=environments, agents=agents)
    outcome = fleet.compile()
    if outcome.report.failed:
        fleet.finish(outcome.report)
    plans = [compiled.plan for compiled in outcome.value]
    if form == "json":
        show_json({"environments": [_data(each, fleet.agents) for each in plans]}, outcome.report)
        return
    show_report(outcome.report, sources=fleet.sources)
    show_table(
        ("environment", "agent", "after", "interface", "key"),
        [
            (
                each.environment,
                extraction.agent,
                ", ".join(extraction.dependencies) or "-",
                _short(extraction.interface),
                _short(extraction.key),
            )
            for each in plans
            for extraction in _chosen(each, fleet.agents)
        ],
    )


def _chosen(plan_: Plan, agents: frozenset[str]) -> list[Extraction]:
    return [each for each in plan_.extractions if not agents or each.agent in agents]


def _data(plan_: Plan, agents: frozenset[str]) -> dict[str, Any]:
    return {
        "name": plan_.environment,
        "extractions": [
            {
                "agent": each.agent,
                "dependencies": list(each.dependencies),
                "interface": each.interface,
                "key": each.key,
            }
            for each in _chosen(plan_, agents)
        ],
    }


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:_SHOWN]
