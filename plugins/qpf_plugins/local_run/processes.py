"""The agents of an environment, one process each, kept running together."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from qpf_plugins.local_run.agent_log import AgentLog
from qpf_plugins.local_run.keys import Key, seed_of
from qpf_plugins.local_run.launch import Launch
from qpf_plugins.local_run.problem import Problem, remedy
from qpf_plugins.local_run.supervised import Patience, Supervised
from qpf_runtime.ids import random_token

Changed = Callable[[Supervised], None]

SHOWN_LINES = 8
"""How much of a log is shown of an agent that does not come up."""


class Processes:
    """The agents of a run.

    Attributes:
        agents: By name, each with what became of it.
        tokens: By name, what lets a caller use its HTTP interface.
    """

    def __init__(
        self,
        launch: Launch,
        names: Sequence[str],
        keys: Mapping[str, Key],
        changed: Changed,
        echo: Callable[[str, str], None] | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Say who runs; `start` starts them.

        Args:
            launch: What they have in common.
            names: Who runs.
            keys: By name, what an agent proves itself with; empty if the broker asks for nothing.
            changed: Called after every change of an agent's state.
            echo: Told every line an agent writes, after its name.
            patience: How long agents are waited for.
        """
        self.tokens = {name: random_token() for name in names}
        self._patience = patience or Patience()
        self._changed = changed
        self._news = asyncio.Event()
        logs = launch.place.kept / "log" / launch.place.environment
        self.agents = {
            name: Supervised(
                name,
                launch.program(name, self.tokens[name], seed_of(keys, name)),
                AgentLog(logs / f"{name}.log", _named(echo, name)),
                self._tell,
                self._patience,
            )
            for name in names
        }
        self._running: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Start all; returns when they are ready.

        Raises:
            Problem: If one will not start as it is configured, or does not come up in time.
        """
        self._running = {
            name: asyncio.create_task(agent.run(), name=f"qpf-{name}") for name, agent in self.agents.items()
        }
        try:
            async with asyncio.timeout(self._patience.ready):
                while any(agent.state != "ready" for agent in self.agents.values()):
                    await self._news.wait()
                    self._news.clear()
                    self._refuse("gave up", "will not start")
        except TimeoutError:
            for state in ("waiting", "starting"):
                self._refuse(state, f"did not come up within {self._patience.ready:g} s")

    async def stop(self) -> bool:
        """Ask all to finish what they accepted, and wait; tells whether all did."""
        for agent in self.agents.values():
            agent.stop()
        return await self._gone()

    def kill(self) -> None:
        """End all at once."""
        for agent in self.agents.values():
            agent.kill()

    async def close(self) -> None:
        """End what still runs and close the logs."""
        self.kill()
        await self._gone()
        for agent in self.agents.values():
            agent.log.close()

    async def _gone(self) -> bool:
        if self._running:
            await asyncio.wait(self._running.values())
        return all(agent.clean for agent in self.agents.values())

    def _tell(self, agent: Supervised) -> None:
        self._news.set()
        self._changed(agent)

    def _refuse(self, state: str, why: str) -> None:
        found = [agent for agent in self.agents.values() if agent.state == state]
        if not found:
            return
        names = " and ".join(agent.name for agent in found)
        parts = [f"{names} {why}"]
        parts += [_last_lines(agent.name, agent.log.path, agent.log.last) for agent in found]
        raise Problem("\n".join(parts), remedy(parts[-1]))


def _last_lines(name: str, path: Path, lines: Sequence[str]) -> str:
    shown = list(lines)[-SHOWN_LINES:] or ["(it wrote nothing)"]
    return "\n".join([f"last lines of {name} ({path}):", *(f"  {line}" for line in shown)])


def _named(echo: Callable[[str, str], None] | None, name: str) -> Callable[[str], None] | None:
    return None if echo is None else lambda line: echo(name, line)
