"""`qpf run`: a compiled fleet in one process, or one process an agent on a broker."""

import asyncio
import logging
import os
import re
from importlib.util import find_spec

import click

from qpf_plugins.local_run.place import Place
from qpf_plugins.local_run.problem import Problem, told
from qpf_runtime.listing import UnknownNameError, read_listing

HIGHEST_PORT = 65535
ADDRESS = re.compile(r"^(nats|tls)://[^\s/@]+$")


@click.command()
@click.argument("agents", nargs=-1, metavar="[AGENT]...")
@click.option("--env", "environment", required=True, metavar="ENV", help="Which compiled environment to run.")
@click.option(
    "--bus",
    default="in_process",
    metavar="BUS",
    show_default=True,
    help="in_process: all agents in this process; nats: one process an agent, on a NATS server started for "
    "them; nats://HOST:PORT: the same on that server.",
)
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    default=0,
    help="In process: port on 127.0.0.1; by default one that is free.",
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
    ctx: click.Context,
    agents: tuple[str, ...],
    environment: str,
    bus: str,
    port: int,
    form: str,
    *,
    local: bool,
) -> None:
    """Run a compiled fleet, or the named AGENTs of it, until Ctrl-C.

    Packets travel inside this process and are lost with it, unless --bus names a broker. Memories and
    audit trails are kept under .qpf/data, logs of agents with processes of their own under .qpf/log.
    Ctrl-C or SIGTERM lets agents finish what they accepted; a second one does not.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    place = Place.of(ctx, environment)
    if bus != "in_process":
        ctx.exit(_on_broker(place, agents, bus, port, form, local=local))
    # Heavy, and a fleet on a broker needs neither.
    from qpf_plugins.local_run.here import fleet_here  # noqa: PLC0415 -- heavy, and only running needs it
    from qpf_plugins.local_run.in_process import run_in_process  # noqa: PLC0415 -- heavy, and only running needs it

    with told(environment):
        fleet = fleet_here(place, agents, local=local)
        with place.held():
            ctx.exit(run_in_process(place, fleet, port, form))


def _on_broker(place: Place, agents: tuple[str, ...], bus: str, port: int, form: str, *, local: bool) -> int:
    if bus != "nats" and not ADDRESS.match(bus):
        message = f"--bus is in_process, nats, or an address like nats://127.0.0.1:4222, not {bus}"
        raise Problem(message)
    if port:
        message = "--port is for a fleet in one process; with --bus each agent takes a free port of its own"
        raise Problem(message)
    if find_spec("nats") is None or find_spec("nkeys") is None:
        message = "--bus nats needs the NATS client, which is not installed"
        raise Problem(message, "install the extra `qpf[run]`")
    from qpf_plugins.local_run.on_broker import Wish, run_on_broker  # noqa: PLC0415 -- heavy, and only a broker needs it

    with told(place.environment):
        listing = read_listing(place.folder)
        for name in agents:
            if name not in listing.agents:
                raise UnknownNameError(place.environment, name, sorted(listing.agents), what="agent")
        names = tuple(dict.fromkeys(agents or sorted(listing.agents)))
        # The edge: what agents need of the person's shell (addresses, keys of models) is handed on.
        variables = dict(os.environ)  # noqa: TID251 -- the edge: agents are told what we were told
        with place.held():
            wish = Wish(place, listing, names, bus, form, variables, local)
            return asyncio.run(run_on_broker(wish))
