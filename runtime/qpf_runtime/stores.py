"""Where an agent's memory and audit trail are kept: chosen once, by whoever makes the runtime."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol

from qpf_runtime.clock import Clock
from qpf_runtime.config import AgentConfig
from qpf_runtime.database import Database
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.memory import EpisodicMemory, InProcessMemory, Memory, period

log = logging.getLogger("qpf_runtime.stores")

Choice = Literal["declared", "local"]

SUPPORTED = {
    "workingmemory": ("in_process",),
    "episodicmemory": ("sqlite",),
    "semanticmemory": ("none",),
    "causalmemory": ("none",),
    "archive": ("none",),
}
"""What this runtime can keep, by layer of the memory topology."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The stores of one agent.

    Attributes:
        database: Holds what is written with each turn: episodes, audit trail, held decisions, packets.
        memory: The layers of its memory.
    """

    database: Database
    memory: Memory


class Stores(Protocol):
    """Opens the stores of agents."""

    def open(self, config: AgentConfig, clock: Clock) -> Opened:
        """Open the stores of one agent; refuses what it cannot keep."""

    async def close(self) -> None:
        """Write what is queued and close everything."""


class InMemoryStores:
    """Everything in this process, whatever the schema declares; for tests."""

    def __init__(self) -> None:
        self._databases: list[Database] = []

    def open(self, config: AgentConfig, clock: Clock) -> Opened:
        """Open the stores of one agent."""
        database = Database.in_memory()
        self._databases.append(database)
        return _open(config, clock, database)

    async def close(self) -> None:
        """Let go of everything."""
        for database in self._databases:
            await database.close()
        self._databases.clear()


class LocalStores:
    """SQLite files in a folder, one an agent, for one machine."""

    def __init__(self, folder: Path, choice: Choice = "declared") -> None:
        """Choose a folder.

        Args:
            folder: Where the files go; made when it is needed.
            choice: `declared` refuses an agent whose schema declares a store that is not here;
                `local` uses local ones instead and says so once.
        """
        self._folder = folder
        self._choice = choice
        self._replaced: set[str] = set()
        self._databases: list[Database] = []

    def open(self, config: AgentConfig, clock: Clock) -> Opened:
        """Open the stores of one agent.

        Raises:
            ConfigurationError: Naming agent, field and value of what this runtime cannot keep.
        """
        missing = tuple(_missing(config))
        if missing and self._choice == "declared":
            msg = f"agent {config.name}: " + "; ".join(missing)
            raise ConfigurationError(msg)
        fresh = [declared for declared in missing if declared not in self._replaced]
        if fresh:
            log.warning("stores=local: %s; kept on this machine instead", "; ".join(fresh))
            self._replaced.update(fresh)
        database = Database.file(self._folder / f"{config.name}.db")
        self._databases.append(database)
        return _open(config, clock, database)

    async def close(self) -> None:
        """Write what is queued and close every file."""
        for database in self._databases:
            await database.close()
        self._databases.clear()


def _missing(config: AgentConfig) -> Iterable[str]:
    for layer, supported in SUPPORTED.items():
        declared = getattr(config.memory, layer).storagetype
        if declared not in supported:
            here = " or ".join(f'"{name}"' for name in supported)
            yield f'memorytopology.{layer}.storagetype is "{declared}", this runtime has {here} only'


def _open(config: AgentConfig, clock: Clock, database: Database) -> Opened:
    working = config.memory.workingmemory
    return Opened(
        database,
        Memory(
            working=InProcessMemory(working.keyspace, timedelta(hours=working.ttl_hours), clock),
            episodic=EpisodicMemory(
                database, config.name, period(config.memory.episodicmemory.retention), clock
            ),
        ),
    )
