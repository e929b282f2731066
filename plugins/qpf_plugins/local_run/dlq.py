"""`qpf dlq`: packets that were given up, and how to send them once more."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import click
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qpf_plugins.local_run.agent_log import visible
from qpf_plugins.local_run.letters import dead_letters, spell
from qpf_plugins.local_run.place import Place
from qpf_plugins.local_run.problem import Problem, told
from qpf_runtime.bus.port import DeadLetter, DeadLetters
from qpf_runtime.errors import Transient, Undeliverable

UNBOUNDED = 10_000
MOST = 1000
"""Most packets one command lists or replays."""

_env = click.option("--env", "environment", required=True, metavar="ENV", help="The environment that runs.")
_agent = click.option("--agent", metavar="AGENT", help="Only packets this agent gave up.")
_form = click.option(
    "-o", "--output", "form", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="Form of the output.",
)  # fmt: skip


@click.group()
def dlq() -> None:
    """See packets that agents gave up (dead letters), and send them once more."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")


@dlq.command("list")
@_env
@_agent
@click.option("--limit", type=click.IntRange(1, MOST), default=100, show_default=True, help="Most packets.")
@_form
@click.pass_context
def list_letters(ctx: click.Context, environment: str, agent: str | None, limit: int, form: str) -> None:
    """List them, the oldest first."""
    place = Place.of(ctx, environment)
    with told(environment):
        letters = asyncio.run(_listed(place, agent, limit))
    if form == "json":
        _print_json(environment, "dead_letters", [spell(letter) for letter in letters])
        return
    if not letters:
        click.echo("no packet was given up")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("id", "agent", "kind", "code", "attempts", "at"):
        table.add_column(head, overflow="fold", justify="right" if head == "attempts" else "left")
    table.add_column("reason", overflow="fold")
    for letter in letters:
        kind = letter.envelope.kind if letter.envelope is not None else "-"
        at = letter.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        cells = (letter.id, letter.agent, kind, letter.code, str(letter.attempts), at, visible(letter.reason))
        table.add_row(*map(Text, cells))
    console = Console(highlight=False)
    if not console.is_terminal:
        # Nothing is cut off in a file or a pipe.
        console.width = UNBOUNDED
    console.print(table)
    if len(letters) == limit:
        click.echo(f"the first {limit}; --limit shows more", err=True)


@dlq.command("show")
@click.argument("identity", metavar="ID")
@_env
@_form
@click.pass_context
def show(ctx: click.Context, identity: str, environment: str, form: str) -> None:
    """Show one: why it was given up, and what it says."""
    place = Place.of(ctx, environment)
    with told(environment):
        letter = asyncio.run(_found(place, identity))
    if form == "json":
        _print_json(environment, "dead_letter", spell(letter))
        return
    for name in ("id", "agent", "code", "reason", "at", "attempts", "subject"):
        click.echo(f"{name:<9} {visible(str(spell(letter)[name]))}")
    click.echo("packet")
    body = letter.raw if letter.envelope is None else to_json(letter.envelope, indent=2)
    for line in body.decode("utf-8", "backslashreplace").splitlines():
        click.echo(f"  {visible(line)}")


@dlq.command("replay", short_help="Send one, or all, once more to where it had been sent.")
@click.argument("identity", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="Replay all of them, or all of --agent.")
@_env
@_agent
@_form
@click.pass_context
def replay(
    ctx: click.Context, identity: str | None, environment: str, agent: str | None, form: str, *, every: bool
) -> None:
    """Send the packet ID (or --all) once more to where it had been sent; it leaves the queue.

    Do it once the cause is mended: a packet that fails again is given up again.
    """
    if every == (identity is not None):
        message = "name one packet, or --all of them"
        raise Problem(message, f"qpf dlq list --env {environment} names them")
    place = Place.of(ctx, environment)
    with told(environment):
        sent, failed = asyncio.run(_replayed(place, identity, agent))
    if form == "json":
        document = {"replayed": [letter.id for letter in sent], "failed": failed}
        _print_json(environment, "replay", document)
    else:
        for letter in sent:
            kind = letter.envelope.kind if letter.envelope is not None else "packet"
            click.echo(f"{kind} {letter.id} is sent once more to {letter.agent}")
        for name, why in failed.items():
            click.echo(f"{name} stays: {why}", err=True)
        if not sent and not failed:
            click.echo("no packet was given up")
    if failed:
        ctx.exit(1)


async def _listed(place: Place, agent: str | None, limit: int) -> Sequence[DeadLetter]:
    async with dead_letters(place) as letters:
        return await letters.list(agent, limit)


async def _found(place: Place, identity: str) -> DeadLetter:
    async with dead_letters(place) as letters:
        letter = await letters.find(identity)
    if letter is None:
        raise _unknown(place, identity)
    return letter


async def _replayed(
    place: Place, identity: str | None, agent: str | None
) -> tuple[list[DeadLetter], dict[str, str]]:
    sent: list[DeadLetter] = []
    failed: dict[str, str] = {}
    async with dead_letters(place) as letters:
        wanted = [identity] if identity else [found.id for found in await letters.list(agent, MOST)]
        for name in wanted:
            await _replay(letters, name, sent, failed)
    if identity and not sent and not failed:
        raise _unknown(place, identity)
    return sent, failed


async def _replay(
    letters: DeadLetters, identity: str, sent: list[DeadLetter], failed: dict[str, str]
) -> None:
    try:
        sent.append(await letters.replay(identity))
    except KeyError:
        # Somebody else was faster, or there is none of that id: the caller knows which.
        return
    except (Transient, Undeliverable) as error:
        failed[identity] = str(error)


def _unknown(place: Place, identity: str) -> Problem:
    message = f"no packet {identity} was given up"
    return Problem(message, f"qpf dlq list --env {place.environment} names those that were")


def _print_json(environment: str, name: str, content: Any) -> None:
    click.echo(to_json({"version": 1, "environment": environment, name: content}, indent=2))
