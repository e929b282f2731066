"""`qpf tail`: packets of a running fleet as they pass."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

import click
from msgspec import Struct
from pydantic_core import to_json
from rich.console import Console
from rich.text import Text

from qpf_plugins.local_run.passing import Passed, passing
from qpf_plugins.local_run.place import Place, Running
from qpf_plugins.local_run.problem import Problem, told
from qpf_runtime.envelope import ERROR, PacketEnvelope

PAUSE = 0.2
"""Seconds between two looks for a broker that is away."""


class Wanted(Struct, frozen=True):
    """Which packets are shown; None lets all pass."""

    agent: str | None
    kind: str | None
    correlation: str | None

    def takes(self, packet: PacketEnvelope) -> bool:
        """Tell whether a packet is one of them."""
        return (
            self.agent in (None, packet.agent, packet.sender)
            and self.kind in (None, packet.kind)
            and self.correlation in (None, packet.correlation_id)
        )


@click.command()
@click.option("--env", "environment", required=True, metavar="ENV", help="The environment that runs.")
@click.option("--agent", metavar="AGENT", help="Only packets to or from this agent.")
@click.option("--kind", metavar="KIND", help="Only packets of this kind.")
@click.option("--correlation", metavar="ID", help="Only what one packet from outside set off.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after so many packets.")
@click.option(
    "-o", "--output", "form", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="Form of the output; json is one document a line.",
)  # fmt: skip
@click.pass_context
def tail(
    ctx: click.Context,
    environment: str,
    agent: str | None,
    kind: str | None,
    correlation: str | None,
    count: int | None,
    form: str,
) -> None:
    """Show packets as they pass, until Ctrl-C.

    On a broker each packet and each answer is shown when it is sent. Without one, packets are shown when
    they are handled, and answers are not.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    place = Place.of(ctx, environment)
    running = place.running()
    if running is None:
        message = f"no fleet runs for {environment}"
        raise Problem(message, f"qpf run --env {environment} starts it")
    if agent is not None:
        with told(environment):
            running.agent(agent)
    show = _as_json if form == "json" else _as_text()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_follow(place, running, Wanted(agent, kind, correlation), show, count))


async def _follow(
    place: Place, running: Running, wanted: Wanted, show: Callable[[Passed], None], count: int | None
) -> None:
    shown = 0
    async for passed in _whatever_happens(place, running):
        if wanted.takes(passed.packet):
            show(passed)
            shown += 1
            if shown == count:
                return
    click.echo("the fleet has stopped", err=True)


async def _whatever_happens(place: Place, running: Running) -> AsyncIterator[Passed]:
    """Give packets until the fleet stops; its broker may end and be started again meanwhile."""
    async for passed in passing(running, _listening):
        yield passed
    while running.bus is not None and (still := place.running()) is not None:
        try:
            async for passed in passing(still, _again):
                yield passed
        except Problem:
            # It is on its way up, or the fleet on its way down.
            await asyncio.sleep(PAUSE)


def _listening() -> None:
    click.echo("listening; Ctrl-C ends", err=True)


def _again() -> None:
    click.echo("the broker was away: packets may be missing here; listening again", err=True)


def _as_json(passed: Passed) -> None:
    document = {"version": 1, "answer": passed.answer, "packet": passed.packet.model_dump(mode="json")}
    click.echo(to_json(document))


def _as_text() -> Callable[[Passed], None]:
    console = Console(highlight=False, soft_wrap=True)
    return lambda passed: console.print(line(passed))


def line(passed: Passed) -> Text:
    """Spell a packet in one line."""
    packet = passed.packet
    at = packet.created_at.astimezone()
    return Text.assemble(
        (f"{at:%H:%M:%S}.{at.microsecond // 1000:03}  ", "dim"),
        (packet.kind, "bold red" if packet.kind == ERROR else "bold"),
        f"  {packet.source} → {packet.target}  {packet.priority}  ",
        (f"answers {packet.causation_id}" if passed.answer else packet.id, "dim"),
    )
