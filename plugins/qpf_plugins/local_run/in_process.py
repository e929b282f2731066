"""A fleet in this one process, behind one loopback address."""

import asyncio
import os
import socket

import click
from pydantic_core import to_json

from qpf_plugins.local_run.desk import Passing, desk
from qpf_plugins.local_run.place import Place, Running, RunningAgent
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.fleet import LocalFleet
from qpf_runtime.http import Health, fleet_app, ports
from qpf_runtime.ids import random_token
from qpf_runtime.listen import bind, listen
from qpf_runtime.metrics import Metrics


def run_in_process(place: Place, fleet: LocalFleet, port: int, form: str) -> int:
    """Run it until it is told to stop; gives the exit code.

    Raises:
        Problem: If the port cannot be had.
    """
    try:
        listener = bind("127.0.0.1", port)
    except OSError as error:
        message = f"port {port} cannot be had: {error.strerror}"
        raise Problem(message, "leave --port away to take one that is free") from None
    unfinished = asyncio.run(_serve(fleet, place, listener, form))
    if unfinished:
        click.echo(f"stopped; {unfinished} packets were not finished in time", err=True)
        return 1
    click.echo("stopped; nothing was left unfinished", err=True)
    return 0


async def _serve(fleet: LocalFleet, place: Place, listener: socket.socket, form: str) -> int:
    metrics, health, passing = Metrics(), Health(), Passing()
    fleet.runtime.watchers += [metrics.watch, passing.watch]
    url, token = f"http://127.0.0.1:{listener.getsockname()[1]}", random_token()

    def up() -> None:
        health.started = True
        running = Running(
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
        place.write(running)
        click.echo(_as_json(fleet, running) if form == "json" else _as_text(fleet, running))

    def stopping() -> None:
        health.draining = True
        passing.end()
        click.echo("stopping: agents finish what they accepted", err=True)

    try:
        await fleet.start()
        app = fleet_app(fleet.agents, fleet.trail, metrics, health, token)
        app.routes.extend(desk(passing, fleet.runtime.bus.dead_letters, token))
        await listen(app, listener, fleet.grace, up, stopping)
    finally:
        listener.close()
        unfinished = await fleet.stop()
    return unfinished


def _as_json(fleet: LocalFleet, running: Running) -> str:
    document = {
        "version": 1,
        "fleet": running.fleet,
        "environment": running.environment,
        "mode": running.mode,
        "durable": False,
        "url": running.url,
        "pid": running.pid,
        "agents": {name: ports(agent) for name, agent in fleet.agents.items()},
        "absent": fleet.absent(),
    }
    return to_json(document, indent=2).decode()


def _as_text(fleet: LocalFleet, running: Running) -> str:
    count = len(fleet.agents)
    what = f"{running.fleet}, {running.environment}: {count} agent{'s' if count != 1 else ''}"
    lines = [f"{what} at {running.url} (process {running.pid})"]
    width = max(map(len, fleet.agents), default=0)
    for name, agent in fleet.agents.items():
        takes = ", ".join(sorted(agent.config.inputs)) or "nothing"
        lines.append(f"  {name:<{width}}  takes {takes}")
    for name, targets in fleet.absent().items():
        lines.append(f"note: {name} sends to {', '.join(targets)}, which does not run here")
    lines.append(
        "Packets live in this process only and are lost with it: this bus is not durable; --bus nats is."
    )
    lines.append("Ctrl-C stops it.")
    return "\n".join(lines)
