"""Opens the layers of one agent's memory."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine

from qpf_runtime.clock import Clock, SteadyTime, period
from qpf_runtime.config import AgentConfig
from qpf_runtime.database import Database
from qpf_runtime.engines import postgresql_url
from qpf_runtime.errors import Transient
from qpf_runtime.memory.archive import Archive
from qpf_runtime.memory.causal import CausalMemory
from qpf_runtime.memory.episodic import EpisodicMemory
from qpf_runtime.memory.retention import Retention
from qpf_runtime.memory.semantic import SemanticMemory, TableMemory
from qpf_runtime.memory.tables import CAUSES, EPISODES
from qpf_runtime.memory.topology import Memory
from qpf_runtime.memory.working import InProcessMemory, TurnMemory, WorkingMemory
from qpf_runtime.migrations import create_all, prepare
from qpf_runtime.needs import OFFLINE, StoreUrls

_numbers = count()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which stores an agent gets; None where its schema declares none.

    Attributes:
        database: Address, as SQLAlchemy spells it.
        redis: Address of the working memory; None: in this process.
        cluster: Whether that is a cluster.
        semantic: `numpy`, `pgvector` or `none`.
        causal: Whether it has a causal memory.
        neo4j: Address that this is shipped to.
        archive: Address of the archive.
        embedder: Name of the embedder.
        passing: Whether all is lost when it is closed.
    """

    database: str
    redis: str | None = None
    cluster: bool = False
    semantic: str = "none"
    causal: bool = False
    neo4j: str | None = None
    archive: str | None = None
    embedder: str = OFFLINE
    passing: bool = False

    @classmethod
    def in_memory(cls, config: AgentConfig) -> Self:
        """Choose what leaves nothing behind."""
        memory = config.memory
        return cls(
            "sqlite://",
            semantic="none" if memory.semanticmemory.storagetype == "none" else "numpy",
            causal=memory.causalmemory.storagetype != "none",
            archive=None if memory.archive.storagetype == "none" else f"memory://qpf-{next(_numbers)}",
            passing=True,
        )

    @classmethod
    def local(cls, config: AgentConfig, folder: Path, embedder: str) -> Self:
        """Choose this machine."""
        memory = config.memory
        return cls(
            f"sqlite:///{folder / config.name}.db",
            semantic="none" if memory.semanticmemory.storagetype == "none" else "numpy",
            causal=memory.causalmemory.storagetype != "none",
            archive=None if memory.archive.storagetype == "none" else str(folder / "archive"),
            embedder=embedder,
        )

    @classmethod
    def declared(cls, config: AgentConfig, folder: Path, urls: StoreUrls, embedder: str) -> Self:
        """Choose what the schema declares; whoever calls has seen that all addresses are there.

        Raises:
            ConfigurationError: If the address of the database is none.
        """
        memory = config.memory
        working, archive = memory.workingmemory.storagetype, memory.archive.storagetype
        database = f"sqlite:///{folder / config.name}.db"
        if memory.episodicmemory.storagetype == "postgresql":
            database = postgresql_url(urls.database or "")
        return cls(
            database,
            redis=None if working == "in_process" else urls.redis,
            cluster=working == "redis_cluster",
            semantic=memory.semanticmemory.storagetype,
            causal=memory.causalmemory.storagetype != "none",
            neo4j=urls.neo4j if memory.causalmemory.storagetype == "neo4j" else None,
            archive={"none": None, "local": str(folder / "archive")}.get(archive, urls.archive),
            embedder=embedder,
        )


@dataclass
class Layers:
    """The layers of one agent's memory, and what is to be done with all of them.

    Attributes:
        database: Holds what is written with each turn.
        memory: The layers.
        checks: Each asks one store whether it answers.
        sweeps: Each lets go of some rows, or ships some, and tells how many went.
        closing: Each closes one store.
    """

    database: Database
    memory: Memory
    checks: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    sweeps: list[Callable[[], Awaitable[int]]] = field(default_factory=list)
    closing: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    async def check(self) -> None:
        """Open what was only named so far.

        Raises:
            ConfigurationError: If a store is not what it must be.
            Unavailable: If a store does not answer.
        """
        for check in self.checks:
            await check()

    async def sweep(self) -> int:
        """Let go of what is past its retention, and ship what waits; tells how many rows went.

        Raises:
            Unavailable: If a store does not answer; the others were swept.
        """
        gone, failed = 0, None
        for sweep in self.sweeps:
            try:
                gone += await sweep()
            except Transient as error:
                failed = error
        if failed is not None:
            raise failed
        return gone

    async def close(self) -> None:
        """Write what is queued and close everything."""
        async with AsyncExitStack() as stack:
            for close in reversed(self.closing):
                stack.push_async_callback(close)


def open_layers(config: AgentConfig, clock: Clock, chosen: Chosen) -> Layers:
    """Open the layers of one agent's memory.

    Raises:
        ConfigurationError: If an address is none, or there is no such embedder.
    """
    memory, agent = config.memory, config.name
    time, keep = SteadyTime(clock), period(memory.episodicmemory.retention)
    database = Database(chosen.database, _preparing(chosen))
    archive = Archive(chosen.archive, agent) if chosen.archive is not None else None
    episodic = EpisodicMemory(
        database, agent, Retention(database, EPISODES, agent, keep, time, archive), time
    )
    checks: list[Callable[[], Awaitable[object]]] = [partial(database.run, _nothing)]
    sweeps: list[Callable[[], Awaitable[int]]] = [episodic.sweep]
    closing: list[Callable[[], Awaitable[object]]] = [database.close]

    working: WorkingMemory
    keyspace, ttl = memory.workingmemory.keyspace, timedelta(hours=memory.workingmemory.ttl_hours)
    if chosen.redis is None:
        working = InProcessMemory(keyspace, ttl, clock)
    else:
        from qpf_runtime.memory.redis import RedisMemory  # noqa: PLC0415 -- an extra

        working = remote = RedisMemory(chosen.redis, keyspace, ttl, cluster=chosen.cluster)
        checks.append(remote.check)
        closing.append(remote.close)

    causal = None
    if chosen.causal:
        soon = None
        if chosen.neo4j is not None:
            from qpf_runtime.memory import neo4j  # noqa: PLC0415 -- an extra

            export = neo4j.Neo4jExport(database, agent, neo4j.connect(chosen.neo4j))
            soon = export.soon
            sweeps.append(export.sweep)
            closing.insert(0, export.close)
        causal = CausalMemory(
            database, agent, Retention(database, CAUSES, agent, keep, time, archive), time, soon
        )
        sweeps.append(causal.sweep)

    if archive is not None:
        kept = period(memory.archive.retention)
        sweeps.append(lambda: archive.sweep(time.now() - kept))
        if chosen.passing:
            closing.append(archive.clear)
    semantic = _semantic(config, chosen, database)
    layers = Memory(agent, TurnMemory(working), episodic, semantic, causal, archive)
    return Layers(database, layers, checks, sweeps, closing)


def _semantic(config: AgentConfig, chosen: Chosen, database: Database) -> SemanticMemory | None:
    if chosen.semantic == "none":
        return None
    from qpf_runtime.memory.embedding import load_embedder  # noqa: PLC0415 -- numpy only where it is used

    dimensions = config.memory.semanticmemory.dimensions
    embedder = load_embedder(chosen.embedder, dimensions)
    if chosen.semantic == "pgvector":
        from qpf_runtime.memory.pgvector import PgVectorMemory  # noqa: PLC0415 -- an extra

        return PgVectorMemory(database, config.name, embedder, dimensions)
    return TableMemory(database, config.name, embedder, dimensions)


def _preparing(chosen: Chosen) -> Callable[[Engine], None]:
    if chosen.passing:
        return create_all
    if chosen.semantic == "pgvector":
        from qpf_runtime.memory.pgvector import make_table  # noqa: PLC0415 -- an extra

        return partial(prepare, also=make_table)
    return prepare


def _nothing(_connection: Connection) -> None:
    """Do nothing: the database was opened for it."""
