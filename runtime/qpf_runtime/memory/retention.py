"""How long memories are kept: bounded sweeps, archived first where the schema says so."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Table, delete, select

from qpf_runtime.clock import SteadyTime
from qpf_runtime.database import Database, stamp

AT_ONCE = 1000
"""Most rows that go at a time."""

GATHERED = timedelta(days=1)
"""How long what is past its time waits to go into the archive together; nobody reads it meanwhile."""

MOST_BATCHES = 100
"""Most times that in one sweep; the next sweep goes on."""


class Keeper(Protocol):
    """Keeps rows that memory lets go of."""

    async def keep(self, kind: str, rows: Sequence[dict[str, Any]]) -> int:
        """Keep the first so many rows, safely; tells how many."""


class Retention:
    """Lets go of the rows of one agent in one table when their time is over.

    The table has the columns `id`, `at` and `agent`.
    """

    def __init__(
        self,
        database: Database,
        table: Table,
        agent: str,
        period: timedelta,
        time: SteadyTime,
        keeper: Keeper | None = None,
    ) -> None:
        """Say what is kept for how long.

        Args:
            database: Where the table is.
            table: The table.
            agent: Whose rows.
            period: How long they are kept.
            time: The time.
            keeper: Gets what goes, and has it before it goes.
        """
        self._database = database
        self._table = table
        self._agent = agent
        self._period = period
        self._time = time
        self._keeper = keeper

    @property
    def cutoff(self) -> str:
        """The moment before which nothing is kept, stamped."""
        return stamp(self._time.now() - self._period)

    @property
    def kept(self) -> ColumnElement[bool]:
        """What a row of this agent must be to be read."""
        return (self._table.c.agent == self._agent) & (self._table.c.at >= self.cutoff)

    @property
    def _gathered(self) -> str:
        return stamp(self._time.now() - self._period - GATHERED)

    async def sweep(self, ready: ColumnElement[bool] | None = None) -> int:
        """Let go of what is past its time, a bounded number of rows; tells how many.

        Args:
            ready: What else must be true of a row that may go.

        Raises:
            Unavailable: If the database or the archive does not answer; the rest goes another time.
        """
        gone = 0
        for _ in range(MOST_BATCHES):
            batch = await self._batch(ready)
            gone += batch
            if batch == 0:
                break
        return gone

    async def _batch(self, ready: ColumnElement[bool] | None) -> int:
        table = self._table
        over = (table.c.agent == self._agent) & (table.c.at < self.cutoff)
        if ready is not None:
            over &= ready
        if self._keeper is None:
            oldest = select(table.c.id).where(over).order_by(table.c.id).limit(AT_ONCE)
            swept = delete(table).where(table.c.id.in_(oldest))
            return await self._database.run(lambda connection: int(connection.execute(swept).rowcount))
        query = select(table).where(over).order_by(table.c.id).limit(AT_ONCE)

        def read(connection: Connection) -> list[dict[str, Any]]:
            return [dict(row) for row in connection.execute(query).mappings()]

        rows = await self._database.run(read)
        if len(rows) < AT_ONCE and not any(row["at"] <= self._gathered for row in rows):
            return 0
        safe = await self._keeper.keep(table.name, rows)
        ids = [row["id"] for row in rows[:safe]]
        gone = delete(table).where(table.c.agent == self._agent, table.c.id.in_(ids))
        await self._database.run(lambda connection: connection.execute(gone))
        return safe
