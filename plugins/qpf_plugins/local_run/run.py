"""`qpf run`: a compiled fleet in one process, behind one loopback address."""

import asyncio
import logging
import os
import socket

import click
from pydantic_core import to_json

from qpf_plugins.local_run.place import Place, Running, RunningAgent
from qpf_plugins.local_run.problem import Problem, told
from qpf_runtime.fleet import LocalFleet
from qpf_runtime.http import Health, fleet_app, ports
from qpf_runtime.ids import random_token
from qpf_runtime.listen import bind, listen
from qpf_runtime.metrics import Metrics

HIGHEST_PORT = 65535


@click.command()
@click.argument("agents", nargs=-1, metavar="[AGENT]...")
@click.option("--env", "environment", required=True, metavar="ENV", help="Which compiled environment to run.")
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    default=0,
    help="Port on 127.0.0.1; by default one that is free.",
)
@click.option(
    "--local",
    is_flag=True,
    help="Keep memories on this machine and reason offline, whatever the schema says.",
)
@click.option(
    "-o", "--output", "form", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="Form of the output.",
)  # fmt: skip
@click.pass_context
def run(
    ctx: click.Context, agents: tuple[str, ...], environment: str, port: int, form: str, *, local: bool
) -> None:
    """Run a compiled fleet, or the named AGENTs of it, in this process until Ctrl-C.

    Packets travel inside the process and are lost with it; memories and audit trails are kept
    under .qpf/data. Ctrl-C or SIGTERM lets agents finish what they accepted; a second one does not.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    place = Place.of(ctx, environment)
    with told(environment):
        fleet = LocalFleet(
            place.folder,
            agents or None,
            stores="local" if local else "declared",
            models="offline" if local else "declared",
        )
        with place.held():
            try:
                listener = bind("127.0.0.1", port)
            except OSError as error:
                message = f"port {port} cannot be had: {error.strerror}"
                raise Problem(message, "leave --port away to take one that is free") from None
            unfinished = asyncio.run(_serve(fleet, place, listener, form))
    if unfinished:
        click.echo(f"stopped; {unfinished} packets were not finished in time", err=True)
        ctx.exit(1)
    click.echo("stopped; nothing was left unfinished", err=True)


async def _serve(fleet: LocalFleet, place: Place, listener: socket.socket, form: str) -> int:
    metrics, health = Metrics(), Health()
    fleet.runtime.watchers.append(metrics.watch)
    url, token = f"http://127.0.0.1:{listener.getsockname()[1]}", random_token()

    def note() -> Running:
        return Running(
            pid=os.getpid(),
            mode="in_process",
            fleet=fleet.listing.fleet,
            environment=fleet.listing.environment,
            url=url,
            agents={
                name: RunningAgent(name=name, url=f"{url}/agents/{name}", token=token, pid=os.getpid())
                for name in fleet.agents
            },
        )

    def up() -> None:
        health.started = True
        running = note()
        place.write(running)
        click.echo(_as_json(fleet, running) if form == "json" else _as_text(fleet, running))

    def stopping() -> None:
        health.draining = True
        click.echo("stopping: agents finish what they accepted", err=True)

    try:
        await fleet.start()
        app = fleet_app(fleet.agents, fleet.trail, metrics, health, token)
        await listen(app, listener, fleet.grace, up, stopping)
    finally:
        listener.close()
        unfinished = await fleet.stop()
    return unfinished


def _as_json(fleet: LocalFleet, note: Running) -> str:
    document = {
        "version": 1,
        "fleet": fleet.listing.fleet,
        "environment": fleet.listing.environment,
        "url": note.url,
        "pid": note.pid,
        "agents": {name: ports(agent) for name, agent in fleet.agents.items()},
        "absent": fleet.absent(),
    }
    return to_json(document, indent=2).decode()


def _as_text(fleet: LocalFleet, note: Running) -> str:
    count = len(fleet.agents)
    what = f"{fleet.listing.fleet}, {fleet.listing.environment}: {count} agent{'s' if count != 1 else ''}"
    lines = [f"{what} at {note.url} (process {note.pid})"]
    width = max(map(len, fleet.agents), default=0)
    for name, agent in fleet.agents.items():
        takes = ", ".join(sorted(agent.config.inputs)) or "nothing"
        lines.append(f"  {name:<{width}}  takes {takes}")
    for name, targets in fleet.absent().items():
        lines.append(f"note: {name} sends to {', '.join(targets)}, which does not run here")
    lines.append("Packets live in this process only. Ctrl-C stops it.")
    return "\n".join(lines)
