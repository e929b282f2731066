"""SQLite through SQLAlchemy, from asyncio: one thread a database does all its work, in order."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.pool import StaticPool

T = TypeVar("T")

TABLES = MetaData()
"""Every table of the runtime; modules add theirs."""


class Database:
    """One SQLite database: a file, or in memory.

    It is opened by its first use. Each `run` is one transaction: all of it or nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._engine: Engine | None = None
        # One thread: SQLite has one writer anyway, and an in-memory database has one connection.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="qpf-database")

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do some work in one transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    async def close(self) -> None:
        """Finish what is queued and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._dispose)
        self._thread.shutdown()

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._open().begin() as connection:
            return work(connection)

    def _open(self) -> Engine:
        if self._engine is None:
            if self._path is None:
                engine = create_engine("sqlite://", poolclass=StaticPool)
            else:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                engine = create_engine(f"sqlite:///{self._path}")
            event.listen(engine, "connect", _settle)
            TABLES.create_all(engine)
            self._engine = engine
        return self._engine

    def _dispose(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def _settle(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.close()


def stamp(moment: datetime) -> str:
    """Spell a moment such that texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(stamped: str) -> datetime:
    """Read a moment that `stamp` spelt."""
    return datetime.fromisoformat(stamped)
