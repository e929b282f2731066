"""`qpf send`: one packet to one agent, and what became of it."""

import asyncio
import logging
from pathlib import Path

import click
import httpx

from qpf_plugins.local_run.delivery import Delivered, deliver, deliver_alone
from qpf_plugins.local_run.packet_file import PacketFile, read_packet
from qpf_plugins.local_run.place import Place
from qpf_plugins.local_run.problem import Problem, told
from qpf_plugins.local_run.show import as_json, as_text
from qpf_runtime.envelope import ERROR
from qpf_runtime.fleet import LocalFleet

WRONG_INPUT = ("invalid_payload", "wrong_kind", "unknown_port")
"""Codes of failures that are the sender's mistake."""


@click.command()
@click.argument("agent")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--env", "environment", required=True, metavar="ENV", help="The environment the agent is in.")
@click.option(
    "--port-name", "port", metavar="PORT", help="Input port; by default the one that takes the kind."
)
@click.option(
    "--local", is_flag=True, help="If no fleet runs: start one that keeps memories here and reasons offline."
)
@click.option(
    "-o", "--output", "form", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="Form of the output.",
)  # fmt: skip
@click.pass_context
def send(
    ctx: click.Context,
    agent: str,
    file: Path,
    environment: str,
    port: str | None,
    form: str,
    *,
    local: bool,
) -> None:
    """Send the packet in FILE to AGENT; print the reply and the path it took.

    The fleet that `qpf run` runs takes it; if none runs, one is started for this packet.
    FILE holds {"kind": "match_request", "payload": {...}} and may say a "priority".
    Escalated and rejected are answers: exit code 0. A turn that failed is 1.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    packet = read_packet(file)
    place = Place.of(ctx, environment)
    with told(environment):
        delivered = _deliver(place, agent, packet, port, local=local)
    reply = delivered.reply
    if reply is not None and reply["kind"] == ERROR:
        payload = reply["payload"]
        if isinstance(payload, dict) and payload["code"] in WRONG_INPUT:
            message = f"{file}: {payload['message']}"
            raise Problem(message)
    click.echo(as_json(environment, delivered) if form == "json" else as_text(delivered))
    if reply is not None and reply["kind"] == ERROR:
        ctx.exit(1)


def _deliver(place: Place, agent: str, packet: PacketFile, port: str | None, *, local: bool) -> Delivered:
    note = place.running()
    if note is not None:
        try:
            return deliver(note, agent, packet, port)
        except httpx.HTTPError as error:
            message = f"the fleet at {note.url} (process {note.pid}) does not answer: {error}"
            raise Problem(message, "it may be stopping; try again") from None
    click.echo(f"no fleet runs for {place.environment}: one is started for this packet alone", err=True)
    fleet = LocalFleet(
        place.folder, stores="local" if local else "declared", models="offline" if local else "declared"
    )
    return asyncio.run(deliver_alone(fleet, agent, packet, port))
