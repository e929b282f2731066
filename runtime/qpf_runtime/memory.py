"""What an agent remembers: the work at hand (with a time to live) and what happened (with retention)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pydantic_core import from_json, to_json
from sqlalchemy import JSON, Column, Connection, Integer, String, Table, delete, insert, select

from qpf_runtime.clock import Clock
from qpf_runtime.database import TABLES, Database, moment, stamp
from qpf_runtime.envelope import Json

EPISODES = Table(
    "episodes",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("at", String(32), nullable=False, index=True),
    Column("agent", String(40), nullable=False),
    Column("kind", String(40), nullable=False, index=True),
    Column("subject", String(200), nullable=False, index=True),
    Column("correlation_id", String(200), nullable=False, index=True),
    Column("content", JSON, nullable=False),
)

DAYS = {"hours": 1 / 24, "days": 1, "months": 30, "years": 365}


def period(text: str) -> timedelta:
    """Read a period: `90 days`. A month counts 30 days, a year 365."""
    amount, unit = text.split()
    return timedelta(days=int(amount) * DAYS[unit])


class WorkingMemory(Protocol):
    """State of the work at hand; lost without harm."""

    async def get(self, key: str) -> Json:
        """Give the value of a key; None if there is none or it has expired."""

    async def put(self, key: str, value: Json, ttl: timedelta | None = None) -> None:
        """Set a key, for so long, or for as long as the schema says."""

    async def delete(self, key: str) -> None:
        """Forget a key."""


class InProcessMemory:
    """Working memory in a dictionary. Values go through JSON, as they would to a server."""

    def __init__(self, keyspace: str, ttl: timedelta, clock: Clock, capacity: int = 10_000) -> None:
        self._prefix = keyspace.removesuffix("*")
        self._ttl = ttl
        # Monotonic time: setting the machine's clock must not make memories live longer or die.
        self._now: Callable[[], float] = clock.monotonic
        self._capacity = capacity
        self._entries: dict[str, tuple[float, bytes]] = {}

    async def get(self, key: str) -> Json:
        """Give the value of a key; None if there is none or it has expired."""
        entry = self._entries.get(self._prefix + key)
        if entry is None or entry[0] <= self._now():
            return None
        value: Json = from_json(entry[1])
        return value

    async def put(self, key: str, value: Json, ttl: timedelta | None = None) -> None:
        """Set a key, for so long, or for as long as the schema says."""
        full = self._prefix + key
        self._entries.pop(full, None)
        self._entries[full] = (self._now() + (ttl or self._ttl).total_seconds(), to_json(value))
        if len(self._entries) > self._capacity:
            self._shed()

    async def delete(self, key: str) -> None:
        """Forget a key."""
        self._entries.pop(self._prefix + key, None)

    def _shed(self) -> None:
        now = self._now()
        self._entries = {key: entry for key, entry in self._entries.items() if entry[0] > now}
        while len(self._entries) > self._capacity:
            del self._entries[next(iter(self._entries))]


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that happened."""

    at: datetime
    kind: str
    subject: str
    correlation_id: str
    content: dict[str, Json]


class EpisodicMemory:
    """What happened to one agent, in a database, for as long as the schema says."""

    def __init__(self, database: Database, agent: str, retention: timedelta, clock: Clock) -> None:
        self._database = database
        self._agent = agent
        self._retention = retention
        self._clock = clock

    async def append(self, kind: str, subject: str, content: dict[str, Json], correlation_id: str) -> None:
        """Remember an episode; lets go of those past retention."""
        now = self._clock.now()
        row = {
            "at": stamp(now),
            "agent": self._agent,
            "kind": kind,
            "subject": subject,
            "correlation_id": correlation_id,
            "content": content,
        }
        expired = delete(EPISODES).where(EPISODES.c.agent == self._agent, EPISODES.c.at < self._cutoff(now))

        def work(connection: Connection) -> None:
            connection.execute(insert(EPISODES), row)
            connection.execute(expired)

        await self._database.write(work)

    async def recall(
        self, kind: str | None = None, subject: str | None = None, limit: int = 20
    ) -> tuple[Episode, ...]:
        """Give the newest episodes, newest first; never one past retention."""
        query = select(EPISODES).where(
            EPISODES.c.agent == self._agent, EPISODES.c.at >= self._cutoff(self._clock.now())
        )
        if kind is not None:
            query = query.where(EPISODES.c.kind == kind)
        if subject is not None:
            query = query.where(EPISODES.c.subject == subject)
        query = query.order_by(EPISODES.c.id.desc()).limit(limit)
        rows = await self._database.run(lambda connection: connection.execute(query).all())
        return tuple(
            Episode(moment(row.at), row.kind, row.subject, row.correlation_id, row.content) for row in rows
        )

    def _cutoff(self, now: datetime) -> str:
        return stamp(now - self._retention)


@dataclass(frozen=True, slots=True)
class Memory:
    """The memories of one agent."""

    working: WorkingMemory
    episodic: EpisodicMemory
