"""A fleet on a broker: one process an agent, until the person stops it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any

import click
from msgspec import Struct
from pydantic_core import to_json
from rich.console import Console

from qpf_plugins.local_run.backlog import backlog
from qpf_plugins.local_run.broker import Broker, broker
from qpf_plugins.local_run.display import Display, Lines, LiveTable
from qpf_plugins.local_run.keys import OPERATOR, seed_of
from qpf_plugins.local_run.launch import Launch
from qpf_plugins.local_run.place import Place, Running, RunningAgent, RunningBus
from qpf_plugins.local_run.processes import Processes
from qpf_plugins.local_run.supervised import Supervised
from qpf_runtime.bus.topology import Topology
from qpf_runtime.listing import Listing

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Wish(Struct, frozen=True):
    """What the person asked for.

    Attributes:
        place: The environment.
        listing: What it holds.
        names: Who runs.
        bus: `nats`, or the address of a server.
        form: `text` or `json`.
        variables: The person's environment variables.
        local: Whether everything stays on this machine, whatever the schema says.
    """

    place: Place
    listing: Listing
    names: Sequence[str]
    bus: str
    form: str
    variables: Mapping[str, str]
    local: bool


class Told:
    """Listens for Ctrl-C and its like: the first one stops, the next one does what `again` says."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.again: Callable[[], None] | None = None

    def _hear(self) -> None:
        if self.stop.is_set() and self.again is not None:
            self.again()
        self.stop.set()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen while the block runs."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._hear)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    async def unless(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do some work, unless we are stopped before it is done; tells whether it was done."""
        working = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
            return not self.stop.is_set()
        finally:
            working.cancel()
            stopped.cancel()


async def run_on_broker(wish: Wish) -> int:
    """Run a fleet until it is told to stop; gives the exit code.

    Raises:
        Problem: If the broker or an agent does not come up.
    """
    told = Told()
    display = _display(wish)
    with told.listening(), contextlib.closing(display):
        async with broker(wish.place, wish.listing, wish.bus, wish.variables, display.news) as found:
            run = _Run(wish, display, told, found)
            try:
                return await run.serve()
            finally:
                await run.processes.close()


class _Run:
    def __init__(self, wish: Wish, display: Display, told: Told, found: Broker) -> None:
        self._wish = wish
        self._display = display
        self._told = told
        self._broker = found
        self._up = False
        self._known: dict[str, RunningAgent] = {}
        launch = Launch(wish.place, wish.listing, found.url, wish.variables, wish.local)
        self.processes = Processes(launch, wish.names, found.keys, self._changed, display.wrote)

    async def serve(self) -> int:
        wish, display, processes = self._wish, self._display, self.processes
        count = f"{len(wish.names)} agent{'s' if len(wish.names) != 1 else ''}"
        title = f"{wish.listing.fleet}, {wish.place.environment}: {count} on {self._broker.url}"
        if isinstance(display, LiveTable):
            display.show(title, processes.agents)
        if await self._told.unless(processes.start()):
            self._up = True
            self._note()
            if wish.form == "json":
                click.echo(self._as_json())
            elif not isinstance(display, LiveTable):
                click.echo(f"{title}; logs in {logs(wish.place)}. Ctrl-C stops it.")
            if absent := sorted(set(wish.listing.agents) - set(wish.names)):
                display.say(
                    f"note: packets for {', '.join(absent)} wait at the broker: nobody takes them here"
                )
            topology = Topology(wish.listing.fleet, wish.listing.environment)
            async with backlog(self._broker.url, topology, seed_of(self._broker.keys, OPERATOR)) as waiting:
                await self._told.unless(display.follow(title, processes.agents, waiting))
        self._up = False
        given_up = [agent.name for agent in processes.agents.values() if agent.state == "gave up"]
        self._told.again = processes.kill
        display.say("stopping: agents finish what they accepted; Ctrl-C again ends them at once")
        clean = await processes.stop()
        display.close()
        if not clean:
            display.say("stopped; the broker keeps what was left unfinished for the next start")
        elif given_up:
            display.say(f"stopped; {' and '.join(given_up)} had given up before")
        else:
            display.say("stopped; nothing was left unfinished")
        return 0 if clean and not given_up else 1

    def _changed(self, agent: Supervised) -> None:
        self._display.changed(agent)
        if self._up and agent.state == "ready":
            # It has another process and another port now.
            self._note()

    def _note(self) -> None:
        for name, agent in self.processes.agents.items():
            if (at := agent.address) is not None:
                token = self.processes.tokens[name]
                self._known[name] = RunningAgent(name=name, url=at.url, token=token, pid=at.pid)
        self._wish.place.write(
            Running(
                pid=os.getpid(),
                mode="nats",
                fleet=self._wish.listing.fleet,
                environment=self._wish.listing.environment,
                bus=RunningBus(url=self._broker.url, seed=seed_of(self._broker.keys, OPERATOR)),
                agents=self._known,
            )
        )

    def _as_json(self) -> str:
        wish = self._wish
        document = {
            "version": 1,
            "fleet": wish.listing.fleet,
            "environment": wish.listing.environment,
            "mode": "nats",
            "durable": True,
            "bus": self._broker.url,
            "pid": os.getpid(),
            "logs": str(logs(wish.place)),
            "agents": {name: {"url": agent.url, "pid": agent.pid} for name, agent in self._known.items()},
        }
        return to_json(document, indent=2).decode()


def logs(place: Place) -> str:
    """Name the folder of logs as a person in the fleet's folder would."""
    return f".qpf/log/{place.environment}"


def _display(wish: Wish) -> Display:
    terminal = sys.stdout.isatty() and wish.variables.get("TERM") != "dumb"
    if wish.form == "text" and terminal:
        return LiveTable(Console(), f"logs in {logs(wish.place)}")
    return Lines(quiet=wish.form == "json")
