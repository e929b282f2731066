"""Causal memory: which packet or decision caused which, as a graph in the agent's database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, bindparam, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from qpf_runtime.clock import SteadyTime
from qpf_runtime.database import Database, current_unit, moment, stamp
from qpf_runtime.memory.retention import Retention
from qpf_runtime.memory.tables import CAUSES, fitted

DEEPEST = 100
"""Most edges between an event and the farthest found."""

MOST = 10_000
"""Most edges found at a time."""

LONGEST_KIND = 40


@dataclass(frozen=True, slots=True)
class Edge:
    """One thing that caused another.

    Attributes:
        cause: Id of a packet or a decision.
        effect: Id of what it caused.
        kind: How: `packet`, `decision` …
        at: When that was learnt.
        correlation_id: Which story it belongs to; empty if it belongs to none.
        agent: Who learnt it.
        depth: How many edges away from what was asked for, from 1.
    """

    cause: str
    effect: str
    kind: str
    at: datetime
    correlation_id: str
    agent: str
    depth: int


class CausalMemory:
    """Why things happened, as far as one agent's database knows."""

    def __init__(
        self,
        database: Database,
        agent: str,
        retention: Retention,
        time: SteadyTime,
        exported: Callable[[], None] | None = None,
    ) -> None:
        """Name the database.

        Args:
            database: Where the edges are.
            agent: Who learns.
            retention: How long edges are kept.
            time: The time.
            exported: Called when there are new edges that are to be shipped elsewhere; None: they are not.
        """
        self._database = database
        self._agent = agent
        self._retention = retention
        self._time = time
        self._exported = exported

    async def link(self, cause: str, effect: str, kind: str, correlation_id: str = "") -> None:
        """Learn that something caused something else, with the end of the turn; at once outside of one.

        Learnt again it changes nothing.

        Raises:
            Unavailable: If the database does not answer.
        """
        row = {
            "at": stamp(self._time.now()),
            "agent": self._agent,
            "cause": fitted(cause),
            "effect": fitted(effect),
            "kind": fitted(kind, LONGEST_KIND),
            "correlation_id": fitted(correlation_id),
            "exported": self._exported is None,
        }

        def work(connection: Connection) -> None:
            dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(dialect.insert(CAUSES).on_conflict_do_nothing(), row)

        unit = current_unit()
        await self._database.write(work)
        if self._exported is None:
            return
        if unit is None:
            self._exported()
        elif self._ship not in unit.after:
            unit.after.append(self._ship)

    async def causes_of(self, identity: str, depth: int = 10, limit: int = 1000) -> tuple[Edge, ...]:
        """Find what led to something.

        Args:
            identity: Id of a packet or a decision.
            depth: How many edges back, at most `DEEPEST`.
            limit: Most edges, at most `MOST`; the nearest are found first.

        Returns:
            Edges, nearest first, each once however many ways lead to it.

        Raises:
            Unavailable: If the database does not answer.
        """
        return await self._walk(CAUSES.c.effect, CAUSES.c.cause, identity, depth, limit)

    async def effects_of(self, identity: str, depth: int = 10, limit: int = 1000) -> tuple[Edge, ...]:
        """Find what something led to; as `causes_of`, forward."""
        return await self._walk(CAUSES.c.cause, CAUSES.c.effect, identity, depth, limit)

    async def sweep(self) -> int:
        """Let go of edges past retention that need not be shipped any more; tells how many.

        Raises:
            Unavailable: If the database or the archive does not answer.
        """
        return await self._retention.sweep(ready=CAUSES.c.exported.is_(True))

    async def _ship(self) -> None:
        if self._exported is not None:
            self._exported()

    async def _walk(
        self, near: Column[str], far: Column[str], identity: str, depth: int, limit: int
    ) -> tuple[Edge, ...]:
        depth, limit = min(max(depth, 0), DEEPEST), min(max(limit, 0), MOST)
        if not depth or not limit:
            return ()
        start = fitted(identity)
        young = CAUSES.c.at >= self._retention.cutoff
        first = select(CAUSES.c.id, far.label("far"), literal(1, Integer).label("depth")).where(
            near == bindparam("start"), young
        )
        walk = first.cte("walk", recursive=True)
        # UNION keeps each edge once a depth: a cycle is walked until the depth ends it, never for ever.
        following = (
            select(CAUSES.c.id, far.label("far"), (walk.c.depth + 1).label("depth"))
            .join(walk, near == walk.c.far)
            .where(walk.c.depth < bindparam("depth"), young)
        )
        walk = walk.union(following)
        # Rows come breadth first, and each edge at most once a depth: so many rows hold the nearest edges.
        reached = select(walk.c.id, walk.c.depth).limit(limit * depth).subquery()
        query = select(CAUSES, reached.c.depth).join(reached, CAUSES.c.id == reached.c.id)
        query = query.order_by(reached.c.depth, CAUSES.c.id)

        def work(connection: Connection) -> list[Any]:
            return list(connection.execute(query, {"start": start, "depth": depth}))

        found: dict[int, Edge] = {}
        for row in await self._database.run(work):
            edge = Edge(
                row.cause, row.effect, row.kind, moment(row.at), row.correlation_id, row.agent, row.depth
            )
            found.setdefault(row.id, edge)
        return tuple(found.values())[:limit]
