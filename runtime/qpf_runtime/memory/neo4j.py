"""Ships the causal graph to Neo4j, after it is safe in the agent's own database.

Edges are merged, so that shipping one again changes nothing. A constraint makes an event of several agents
one node, and finds it by its id. When Neo4j does not answer, edges wait.
"""

import asyncio
import logging
from functools import partial
from typing import Any, LiteralString
from urllib.parse import unquote, urlsplit, urlunsplit

from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncManagedTransaction, AsyncSession
from neo4j.exceptions import AuthError, ClientError, DatabaseError, DriverError, Neo4jError
from neo4j.exceptions import ConfigurationError as Neo4jConfigurationError
from sqlalchemy import Connection, Update, select, update

from qpf_runtime.database import Database
from qpf_runtime.errors import ConfigurationError, Transient, Unavailable
from qpf_runtime.memory.tables import CAUSES

log = logging.getLogger("qpf_runtime.memory.neo4j")

AT_ONCE = 500
"""Most edges in one transaction."""

LONGEST_WAIT = 10.0
"""Seconds after which shipping that many has failed."""

ANOTHER_TRY = 5.0
"""Seconds in which a transaction is tried again that met another one."""

UNIQUE: LiteralString = (
    "CREATE CONSTRAINT qpf_event IF NOT EXISTS FOR (event:Event) REQUIRE event.id IS UNIQUE"
)

MERGE: LiteralString = """
UNWIND $edges AS edge
MERGE (cause:Event {id: edge.cause})
MERGE (effect:Event {id: edge.effect})
MERGE (cause)-[caused:CAUSED {kind: edge.kind, agent: edge.agent}]->(effect)
SET caused.at = edge.at, caused.correlation_id = edge.correlation_id
"""

_SHIPPED = ("id", "cause", "effect", "kind", "agent", "at", "correlation_id")


def connect(url: str) -> AsyncDriver:
    """Name a server, `neo4j://[user:password@]host:port`; nothing is connected yet.

    Raises:
        ConfigurationError: If the address is none.
    """
    msg = "NEO4J_URL is no address of Neo4j: neo4j://[user:password@]host:port"
    try:
        parts = urlsplit(url)
        if not parts.scheme.startswith(("neo4j", "bolt")) or not parts.hostname or parts.port == 0:
            raise ConfigurationError(msg)
        place = parts.netloc.rpartition("@")[2]
        auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        return AsyncGraphDatabase.driver(
            urlunsplit(parts._replace(netloc=place)),
            auth=auth,
            connection_timeout=LONGEST_WAIT / 2,
            connection_acquisition_timeout=LONGEST_WAIT / 2,
            max_transaction_retry_time=ANOTHER_TRY,
        )
    except (ValueError, Neo4jConfigurationError):
        # What it says may hold the password.
        raise ConfigurationError(msg) from None


class Neo4jExport:
    """Ships the edges of one agent."""

    def __init__(self, database: Database, agent: str, driver: AsyncDriver) -> None:
        self._database = database
        self._agent = agent
        self._driver = driver
        self._running: asyncio.Task[None] | None = None
        self._more = False
        self._unique = False

    def soon(self) -> None:
        """Ship what is new, beside the work; what fails is shipped with the next, or by `ship`."""
        self._more = True
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._follow(), name=f"neo4j-{self._agent}")

    async def ship(self) -> int:
        """Ship every edge that is not there yet; tells how many.

        Raises:
            Unavailable: If Neo4j or the database does not answer; the rest goes another time.
        """
        mine = (CAUSES.c.agent == self._agent) & CAUSES.c.exported.is_(False)
        query = (
            select(*(CAUSES.c[name] for name in _SHIPPED)).where(mine).order_by(CAUSES.c.id).limit(AT_ONCE)
        )

        def read(connection: Connection) -> list[dict[str, Any]]:
            return [dict(row) for row in connection.execute(query).mappings()]

        shipped = 0
        while edges := await self._database.run(read):
            await self._merge(edges)
            done = update(CAUSES).where(CAUSES.c.id.in_([edge["id"] for edge in edges])).values(exported=True)
            await self._database.run(partial(_execute, done))
            shipped += len(edges)
        return shipped

    async def sweep(self) -> int:
        """Ship what waits; no row goes by that.

        Raises:
            Unavailable: If Neo4j or the database does not answer.
        """
        await self.ship()
        return 0

    async def close(self) -> None:
        """Stop shipping and close the connections; what is not shipped waits for the next start."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._driver.close()

    async def _follow(self) -> None:
        while self._more:
            self._more = False
            try:
                await self.ship()
            except Transient as error:
                log.warning("edges of %s wait: %s", self._agent, error)
            except Exception:
                log.exception("edges of %s cannot be shipped to Neo4j", self._agent)

    async def _merge(self, edges: list[dict[str, Any]]) -> None:
        told = [{name: edge[name] for name in _SHIPPED if name != "id"} for edge in edges]

        async def work(transaction: AsyncManagedTransaction) -> None:
            result = await transaction.run(MERGE, edges=told)
            await result.consume()

        try:
            async with asyncio.timeout(LONGEST_WAIT), self._driver.session() as session:
                if not self._unique:
                    await _make_unique(session)
                    self._unique = True
                await session.execute_write(work)
        except AuthError as error:
            msg = "Neo4j does not accept the user and password of NEO4J_URL"
            raise Unavailable(msg) from error
        except (Neo4jError, DriverError, OSError, TimeoutError) as error:
            reason = str(error).strip().splitlines()
            msg = f"Neo4j does not answer: {reason[0] if reason else 'time is up'}"
            raise Unavailable(msg) from error


async def _make_unique(session: AsyncSession) -> None:
    async def work(transaction: AsyncManagedTransaction) -> None:
        await (await transaction.run(UNIQUE)).consume()

    try:
        await session.execute_write(work)
    except AuthError:
        raise
    except (ClientError, DatabaseError) as error:
        if not str(error.code).endswith("AlreadyExists"):
            # Not permitted, or there are doubles already: the edges are worth having all the same.
            log.warning(
                "events in Neo4j may be doubled until somebody can do this: %s (%s)", UNIQUE, error.code
            )


def _execute(statement: Update, connection: Connection) -> None:
    connection.execute(statement)
