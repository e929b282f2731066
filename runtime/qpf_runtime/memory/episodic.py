"""Episodic memory: what happened, for as long as the schema says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, insert, select

from qpf_runtime.clock import SteadyTime
from qpf_runtime.database import Database, moment, stamp
from qpf_runtime.envelope import Json
from qpf_runtime.memory.retention import Retention
from qpf_runtime.memory.tables import EPISODES, fitted

LONGEST_KIND = 40


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that happened."""

    at: datetime
    kind: str
    subject: str
    correlation_id: str
    content: dict[str, Json]


class EpisodicMemory:
    """What happened to one agent, in its database."""

    def __init__(self, database: Database, agent: str, retention: Retention, time: SteadyTime) -> None:
        self._database = database
        self._agent = agent
        self._retention = retention
        self._time = time

    async def append(self, kind: str, subject: str, content: dict[str, Json], correlation_id: str) -> None:
        """Remember an episode with the end of the turn; at once outside of one.

        Raises:
            Unavailable: If the database does not answer.
        """
        row = {
            "at": stamp(self._time.now()),
            "agent": self._agent,
            "kind": fitted(kind, LONGEST_KIND),
            "subject": fitted(subject),
            "correlation_id": fitted(correlation_id),
            # As it is now: what the step does with it later is not remembered.
            "content": from_json(to_json(content, inf_nan_mode="null")),
        }

        def work(connection: Connection) -> None:
            connection.execute(_APPEND, row)

        await self._database.write(work)

    async def recall(
        self, kind: str | None = None, subject: str | None = None, limit: int = 20
    ) -> tuple[Episode, ...]:
        """Give the newest episodes, newest first; never one past retention.

        Raises:
            Unavailable: If the database does not answer.
        """
        query = select(EPISODES).where(self._retention.kept)
        if kind is not None:
            query = query.where(EPISODES.c.kind == fitted(kind, LONGEST_KIND))
        if subject is not None:
            query = query.where(EPISODES.c.subject == fitted(subject))
        query = query.order_by(EPISODES.c.id.desc()).limit(limit)

        def work(connection: Connection) -> list[dict[str, Any]]:
            return [dict(row) for row in connection.execute(query).mappings()]

        return tuple(
            Episode(moment(row["at"]), row["kind"], row["subject"], row["correlation_id"], row["content"])
            for row in await self._database.run(work)
        )

    async def sweep(self) -> int:
        """Let go of episodes past retention, a bounded number; tells how many.

        Raises:
            Unavailable: If the database or the archive does not answer.
        """
        return await self._retention.sweep()


_APPEND = insert(EPISODES)
