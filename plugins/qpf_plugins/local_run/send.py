"""`qpf send`: a packet to an agent, once or many times, and what became of it."""

import asyncio
import logging

import click
import httpx
from msgspec.structs import replace

from qpf_plugins.local_run.burst import Post, burst
from qpf_plugins.local_run.delivery import Delivered, deliver, deliver_alone, post
from qpf_plugins.local_run.here import fleet_here
from qpf_plugins.local_run.packet_file import PacketFile, find_packet, read_packet
from qpf_plugins.local_run.place import Place, Running
from qpf_plugins.local_run.problem import Problem, told
from qpf_plugins.local_run.show import as_json, as_text
from qpf_runtime.envelope import ERROR

WRONG_INPUT = ("invalid_payload", "wrong_kind", "unknown_port")
"""Codes of failures that are the sender's mistake."""


@click.command()
@click.argument("target", metavar="AGENT[.PORT]")
@click.argument("said", metavar="FILE|KIND")
@click.option("--env", "environment", required=True, metavar="ENV", help="The environment the agent is in.")
@click.option(
    "--port-name", "port", metavar="PORT", help="Input port; by default the one that takes the kind."
)
@click.option("--wait/--no-wait", default=True, help="Wait for the answer, or only until it is accepted.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), metavar="N", help="Send N packets a second.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="Send N packets; each has its own id.")
@click.option(
    "--local", is_flag=True, help="If no fleet runs: start one that keeps memories here and reasons offline."
)
@click.option(
    "-o", "--output", "form", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="Form of the output.",
)  # fmt: skip
@click.pass_context
def send(  # noqa: PLR0913, PLR0917 -- a parameter for each option of the command line
    ctx: click.Context,
    target: str,
    said: str,
    environment: str,
    port: str | None,
    rate: float | None,
    count: int | None,
    form: str,
    *,
    wait: bool,
    local: bool,
) -> None:
    """Send a packet to AGENT; print the reply and the path it took.

    The fleet that `qpf run` runs takes it; if none runs, one is started for this packet.
    FILE holds {"kind": "match_request", "payload": {...}} and may say a "priority"; KIND is short for
    examples/KIND.json. Escalated and rejected are answers: exit code 0. A turn that failed is 1.

    With --rate or --count the packet is sent again and again (with --rate alone until Ctrl-C), and a
    summary is printed; exit code 1 if one was not answered.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    place = Place.of(ctx, environment)
    file = find_packet(said, place.root / "examples")
    packet = read_packet(file)
    agent, _, named = target.partition(".")
    if named and port not in (None, named):
        message = f"{target} names one port and --port-name another"
        raise Problem(message)
    port = named or port
    if rate is not None or count is not None:
        _many(ctx, place, (agent, packet, port), rate, count, form, wait=wait)
        return
    with told(environment):
        delivered = _deliver(place, agent, packet, port, wait=wait, local=local)
    reply = delivered.reply
    if reply is not None and reply["kind"] == ERROR:
        payload = reply["payload"]
        if isinstance(payload, dict) and payload["code"] in WRONG_INPUT:
            message = f"{file}: {payload['message']}"
            raise Problem(message)
    click.echo(as_json(environment, delivered) if form == "json" else as_text(environment, delivered))
    if reply is not None and reply["kind"] == ERROR:
        ctx.exit(1)


def _many(
    ctx: click.Context,
    place: Place,
    what: tuple[str, PacketFile, str | None],
    rate: float | None,
    count: int | None,
    form: str,
    *,
    wait: bool,
) -> None:
    agent, packet, port = what
    running = place.running()
    if running is None:
        message = f"no fleet runs for {place.environment}: --rate and --count need one"
        raise Problem(message, f"qpf run --env {place.environment} starts it")
    with told(place.environment):
        try:
            request = post(running, agent, packet, port, wait=wait)
        except httpx.HTTPError as error:
            raise _silent(running, agent, error) from None

    def find() -> Post | None:
        now = place.running()
        at = now.agents.get(agent) if now else None
        return replace(request, url=f"{at.url}/packets", token=at.token) if at else None

    tally = asyncio.run(burst(find, rate, count))
    click.echo(tally.as_json(place.environment, agent) if form == "json" else tally.as_text())
    if tally.answered < tally.sent:
        ctx.exit(1)


def _silent(running: Running, agent: str, error: httpx.HTTPError) -> Problem:
    message = f"{agent} at {running.agent(agent).url} does not answer: {error}"
    return Problem(message, "it may be stopping, or starting again; try again")


def _deliver(
    place: Place, agent: str, packet: PacketFile, port: str | None, *, wait: bool, local: bool
) -> Delivered:
    running = place.running()
    if running is not None:
        try:
            return deliver(running, agent, packet, port, wait=wait)
        except httpx.HTTPError as error:
            raise _silent(running, agent, error) from None
    click.echo(f"no fleet runs for {place.environment}: one is started for this packet alone", err=True)
    return asyncio.run(deliver_alone(fleet_here(place, local=local), agent, packet, port))
