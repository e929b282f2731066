"""What a person sees of a run on a broker: a live table on a terminal, plain lines elsewhere."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import click
import httpx
from msgspec.structs import replace
from rich.console import Console
from rich.live import Live

from qpf_plugins.local_run.backlog import Backlog
from qpf_plugins.local_run.figures import Figures, Meter, read
from qpf_plugins.local_run.supervised import Supervised
from qpf_plugins.local_run.table import draw
from qpf_runtime.clock import Clock, SystemClock

REFRESH = 1.0
"""Seconds between two looks at the agents' figures."""


class Display(Protocol):
    """Shows a run."""

    def changed(self, agent: Supervised) -> None:
        """Take up a change of an agent's state."""

    def wrote(self, agent: str, line: str) -> None:
        """Take up a line an agent wrote."""

    def say(self, text: str) -> None:
        """Say something to the person."""

    def news(self, text: str) -> None:
        """Say what happened just now."""

    async def follow(self, title: str, agents: Mapping[str, Supervised], backlog: Backlog) -> None:
        """Show the run until it is cancelled."""

    def close(self) -> None:
        """Show no more."""


class Lines:
    """Plain lines: what changed, and what agents write."""

    def __init__(self, *, quiet: bool = False, clock: Clock | None = None) -> None:
        """Begin.

        Args:
            quiet: Leave standard output, and what agents write, alone.
            clock: Tells when something changed.
        """
        self._quiet = quiet
        self._clock = clock or SystemClock()

    def changed(self, agent: Supervised) -> None:
        """Say how an agent is."""
        self.news(_news(agent))

    def wrote(self, agent: str, line: str) -> None:
        """Repeat what an agent wrote."""
        if not self._quiet:
            click.echo(f"{agent} | {line}", err=True)

    def say(self, text: str) -> None:
        """Say it."""
        click.echo(text, err=True)

    def news(self, text: str) -> None:
        """Say when it happened."""
        click.echo(_at(self._clock, text), err=self._quiet)

    async def follow(self, title: str, agents: Mapping[str, Supervised], backlog: Backlog) -> None:
        """Have nothing to add: changes are told as they come."""
        del title, agents, backlog
        await asyncio.Event().wait()

    def close(self) -> None:
        """Have nothing to end."""


class LiveTable:
    """A table that is drawn anew each second; what happened is told above it."""

    def __init__(self, console: Console, footer: str) -> None:
        """Take the terminal and what stands under the table."""
        self._console = console
        self._footer = footer
        self._hint = "; Ctrl-C stops"
        self._live = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._title = ""
        self._agents: Mapping[str, Supervised] = {}
        self._figures: dict[str, Figures] = {}
        self._clock = SystemClock()

    def show(self, title: str, agents: Mapping[str, Supervised]) -> None:
        """Begin to draw."""
        self._title, self._agents = title, agents
        self._live.start()
        self._draw()

    def changed(self, agent: Supervised) -> None:
        """Draw it anew; tell above what went wrong, and when it was right again."""
        if agent.state in ("waiting", "gave up") or (agent.state == "ready" and agent.restarts):
            self.news(_news(agent))
        self._draw()

    def wrote(self, agent: str, line: str) -> None:
        """Leave it to the log."""

    def say(self, text: str) -> None:
        """Say it above the table."""
        self._console.print(text, markup=False, highlight=False)

    def news(self, text: str) -> None:
        """Say above the table when it happened."""
        self.say(_at(self._clock, text))

    async def follow(self, title: str, agents: Mapping[str, Supervised], backlog: Backlog) -> None:
        """Draw it once a second."""
        self._title, self._agents = title, agents
        meters = {name: Meter() for name in agents}
        async with httpx.AsyncClient(timeout=REFRESH, trust_env=False) as client:
            while True:
                found = await asyncio.gather(
                    *(_look(client, agent, meters[name], backlog) for name, agent in agents.items())
                )
                self._figures = dict(zip(agents, found, strict=True))
                self._draw()
                await asyncio.sleep(REFRESH)

    def close(self) -> None:
        """Leave the last table standing."""
        if self._live.is_started:
            self._hint = ""
            self._draw()
            self._live.stop()

    def _draw(self) -> None:
        if self._live.is_started:
            agents = tuple(self._agents.values())
            drawn = draw(self._title, agents, self._figures, self._footer + self._hint, self._console.width)
            self._live.update(drawn, refresh=True)


def _at(clock: Clock, text: str) -> str:
    return f"{clock.now().astimezone():%H:%M:%S} {text}"


def _news(agent: Supervised) -> str:
    if agent.state == "waiting":
        return f"{agent.name} {agent.said}"
    return f"{agent.name} {agent.state}: {agent.said}" if agent.said else f"{agent.name} {agent.state}"


async def _look(client: httpx.AsyncClient, agent: Supervised, meter: Meter, backlog: Backlog) -> Figures:
    waiting, figures = await asyncio.gather(backlog(agent.name), _figures(client, agent, meter))
    return replace(figures, backlog=waiting)


async def _figures(client: httpx.AsyncClient, agent: Supervised, meter: Meter) -> Figures:
    if agent.address is None:
        return Figures()
    try:
        answer = await client.get(f"{agent.address.url}/metrics")
        return meter.add(read(answer.raise_for_status().text, asyncio.get_running_loop().time()))
    except (httpx.HTTPError, ValueError):
        return Figures()
