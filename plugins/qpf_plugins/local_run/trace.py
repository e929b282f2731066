"""`qpf trace`: the way of one packet as a tree with times."""

import logging
from datetime import datetime
from typing import Any

import click
from pydantic_core import to_json
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from qpf_plugins.local_run.place import Place
from qpf_plugins.local_run.problem import told
from qpf_plugins.local_run.story import Branch, gather, grow
from qpf_plugins.local_run.table import duration

UNBOUNDED = 10_000
OUTCOME_STYLE = {"approved": "green", "escalated": "yellow", "held": "yellow", "rejected": "red"}


@click.command()
@click.argument("identity", metavar="ID")
@click.option("--env", "environment", required=True, metavar="ENV", help="The environment it went through.")
@click.option("--steps", is_flag=True, help="Show the steps each agent took, too.")
@click.option(
    "-o", "--output", "form", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="Form of the output.",
)  # fmt: skip
@click.pass_context
def trace(ctx: click.Context, identity: str, environment: str, form: str, *, steps: bool) -> None:
    """Show the way of the packet ID, or of all packets of the correlation ID, as a tree with times.

    The ledgers of the agents that run are asked; if none runs, those kept on this machine are read.
    For each packet: when it was made after the first one, how long it waited, how long its turn took.
    A decision that was held goes on, once it is answered, under the packet it is about.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    place = Place.of(ctx, environment)
    with told(environment):
        turns = gather(place, identity)
    branches = grow(turns)
    if form == "json":
        document = {
            "version": 1,
            "environment": environment,
            "correlation_id": turns[0].correlation_id,
            "packets": [_plain(branch) for branch in branches],
        }
        click.echo(to_json(document, indent=2))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        # Nothing is cut off or folded in a file or a pipe.
        console.width = UNBOUNDED
    console.print(f"correlation {turns[0].correlation_id}", markup=False)
    began = min(turn.created_at for turn in turns)
    for branch in branches:
        console.print(_tree(branch, began, steps=steps))


def _plain(branch: Branch) -> dict[str, Any]:
    turn = branch.turn
    return {
        **turn.model_dump(mode="json"),
        "waited_seconds": round(_waited(branch), 6),
        "caused": [_plain(caused) for caused in branch.caused],
    }


def _waited(branch: Branch) -> float:
    turn = branch.turn
    # Clocks of two machines may differ: nobody waits less than nothing.
    return max(0.0, (turn.handled_at - turn.created_at).total_seconds() - turn.seconds)


def _tree(branch: Branch, began: datetime, *, steps: bool) -> Tree:
    tree = Tree(_line(branch, began))
    _grow(tree, branch, began, steps=steps)
    return tree


def _grow(tree: Tree, branch: Branch, began: datetime, *, steps: bool) -> None:
    if steps:
        own = [hop.partition(".")[2] for hop in branch.turn.hops if hop.startswith(f"{branch.turn.agent}.")]
        tree.label = Text.assemble(_line(branch, began), "\n", (" → ".join(own), "dim"))
    for caused in branch.caused:
        _grow(tree.add(_line(caused, began)), caused, began, steps=steps)


def _line(branch: Branch, began: datetime) -> Text:
    turn = branch.turn
    after = (turn.began - began).total_seconds()
    line = Text.assemble(
        (turn.resumed or turn.kind, "bold"),
        f" → {turn.agent}.{turn.port}",
        (f"  +{duration(after)}" if after > 0 else "", "cyan"),
        ("" if turn.resumed else f"  waited {duration(_waited(branch))}", "dim"),
        f"  took {duration(turn.seconds)}",
    )
    if turn.outcome is not None:
        line.append(f"  {turn.outcome}", OUTCOME_STYLE.get(turn.outcome, "magenta"))
    return line
