"""Where an agent's memory and audit trail are kept: chosen once, by whoever makes the runtime."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from qpf_runtime.clock import Clock
from qpf_runtime.config import AgentConfig
from qpf_runtime.database import Database
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.memory.opening import Chosen, open_layers
from qpf_runtime.memory.topology import Memory
from qpf_runtime.needs import OFFLINE, StoreUrls, missing

log = logging.getLogger("qpf_runtime.stores")

Choice = Literal["declared", "local"]


@dataclass(frozen=True, slots=True)
class Opened:
    """The stores of one agent.

    Attributes:
        database: Holds what is written with each turn: episodes, audit trail, held decisions, packets.
        memory: The layers of its memory.
        check: Opens what was only named so far; raises `ConfigurationError` or `Unavailable` if it cannot.
        sweep: Lets go of what is past its retention and ships what waits; tells how many rows went.
        close: Writes what is queued and closes everything.
    """

    database: Database
    memory: Memory
    check: Callable[[], Awaitable[None]]
    sweep: Callable[[], Awaitable[int]]
    close: Callable[[], Awaitable[None]]


class Stores(Protocol):
    """Opens the stores of agents."""

    def open(self, config: AgentConfig, clock: Clock) -> Opened:
        """Open the stores of one agent; refuses what it cannot keep."""

    async def close(self) -> None:
        """Write what is queued and close everything."""


class InMemoryStores:
    """Everything in this process, whatever the schema declares; for tests."""

    def __init__(self) -> None:
        self._opened: list[Opened] = []

    def open(self, config: AgentConfig, clock: Clock) -> Opened:
        """Open the stores of one agent."""
        opened = _open(config, clock, Chosen.in_memory(config))
        self._opened.append(opened)
        return opened

    async def close(self) -> None:
        """Let go of everything."""
        await _close(self._opened)


class LocalStores:
    """What the schema declares: files in a folder, one database an agent, and servers by their addresses."""

    def __init__(
        self,
        folder: Path,
        choice: Choice = "declared",
        urls: StoreUrls = StoreUrls(),  # noqa: B008 -- frozen
        embedder: str = OFFLINE,
    ) -> None:
        """Choose a folder.

        Args:
            folder: Where the files go; made when it is needed.
            choice: `declared` refuses an agent whose schema declares a store that cannot be reached from
                here; `local` uses files and this process instead and says so once.
            urls: Where the servers are.
            embedder: Which embedder semantic memories use.
        """
        self._folder = folder
        self._choice = choice
        self._urls = urls
        self._embedder = embedder
        self._replaced: set[str] = set()
        self._opened: list[Opened] = []

    def open(self, config: AgentConfig, clock: Clock) -> Opened:
        """Open the stores of one agent.

        Raises:
            ConfigurationError: Naming agent, field, value and remedy of what cannot be kept.
        """
        if self._choice == "declared":
            lacking = tuple(missing(config, self._urls))
            if lacking:
                msg = f"agent {config.name}: " + "; ".join(lacking)
                raise ConfigurationError(msg)
            chosen = Chosen.declared(config, self._folder, self._urls, self._embedder)
        else:
            self._say_what_is_replaced(missing(config, StoreUrls()))
            chosen = Chosen.local(config, self._folder, self._embedder)
        opened = _open(config, clock, chosen)
        self._opened.append(opened)
        return opened

    async def close(self) -> None:
        """Write what is queued and close every file and connection."""
        await _close(self._opened)

    def _say_what_is_replaced(self, declared: Iterable[str]) -> None:
        fresh = [said for told in declared if (said := told.partition(",")[0]) not in self._replaced]
        if fresh:
            log.warning("stores=local: %s; kept on this machine instead", "; ".join(fresh))
            self._replaced.update(fresh)


def _open(config: AgentConfig, clock: Clock, chosen: Chosen) -> Opened:
    layers = open_layers(config, clock, chosen)
    return Opened(layers.database, layers.memory, layers.check, layers.sweep, layers.close)


async def _close(opened: list[Opened]) -> None:
    while opened:
        await opened.pop().close()
