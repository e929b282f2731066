"""A database through SQLAlchemy, from asyncio: one thread does all its work, in order.

Work that waits at the same time is done in one transaction, each piece in a savepoint of its own: many
turns share one write to the disk, and one that fails takes none of the others with it.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from qpf_runtime.engines import file_identity, open_engine
from qpf_runtime.errors import DatabaseGone, Unavailable

T = TypeVar("T")

log = logging.getLogger("qpf_runtime.database")

TABLES = MetaData()
"""Every table of the runtime; modules add theirs. `migrations/` says the same in steps."""

Work = Callable[[Connection], T]
Prepare = Callable[[Engine], None]

MOST_AT_ONCE = 64
"""Most pieces of work in one transaction."""


@dataclass(eq=False)
class Unit:
    """What one turn wants written: all of it together with the turn's end, or none of it.

    Attributes:
        writes: To the agent's database, in order.
        after: Called once all of that is on disk; for stores that may lag behind or lose.
    """

    writes: list[Work[object]] = field(default_factory=list)
    after: list[Callable[[], Awaitable[object]]] = field(default_factory=list)


_unit: ContextVar[Unit | None] = ContextVar("qpf_unit", default=None)


def current_unit() -> Unit | None:
    """Give the unit of the turn this code runs in, if it runs in one."""
    return _unit.get()


@contextmanager
def collecting() -> Iterator[Unit]:
    """Collect what is written in this block; whoever opened it hands `writes` to `Database.run`."""
    unit = Unit()
    token = _unit.set(unit)
    try:
        yield unit
    finally:
        _unit.reset(token)


@dataclass(eq=False, slots=True)
class _Job(Generic[T]):
    work: Work[T]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[T]
    result: T | None = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)  # type: ignore[arg-type]  # no error: `work` returned it


class Database:
    """One database, opened by its first use and opened again after it was gone."""

    def __init__(self, url: str, prepare: Prepare = TABLES.create_all) -> None:
        """Name a database.

        Args:
            url: As SQLAlchemy spells it: `sqlite:///FILE`, `sqlite://` (in memory), `postgresql+psycopg://…`.
            prepare: Makes the tables, or brings them up to date; called each time the database is opened.
        """
        self._url = url
        self._prepare = prepare
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._file: tuple[int, int] | None = None
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closing = False
        self.available = True
        """Whether it answered when it was last used."""

    @classmethod
    def file(cls, path: Path, prepare: Prepare = TABLES.create_all) -> Self:
        """Name a SQLite file; its folder is made when it is opened."""
        return cls(f"sqlite:///{path}", prepare)

    @classmethod
    def in_memory(cls) -> Self:
        """Name a database that is gone when it is closed."""
        return cls("sqlite://")

    async def run(self, *works: Work[T]) -> T:
        """Do some work in one transaction: all of it or nothing.

        Returns:
            What the last piece of it returned.

        Raises:
            Unavailable: If the database is locked or gone; nothing was done.
        """
        if self._closing:
            msg = "the database is being closed"
            raise DatabaseGone(msg)
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="qpf-database", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        job: _Job[T] = _Job(works[0] if len(works) == 1 else _sequence(works), loop, loop.create_future())
        self._jobs.put(job)
        return await job.done

    async def write(self, work: Work[object]) -> None:
        """Do some work with the end of the turn this code runs in; at once, if it runs in none."""
        unit = current_unit()
        if unit is not None:
            unit.writes.append(work)
        else:
            await self.run(work)

    async def close(self) -> None:
        """Finish what is queued and close the connection; what comes meanwhile finds it gone."""
        if self._thread is not None and not self._closing:
            ending, self._closing = self._thread, True
            self._jobs.put(None)
            try:
                await asyncio.get_running_loop().run_in_executor(None, ending.join)
            finally:
                self._thread, self._closing = None, False

    def _serve(self) -> None:
        while True:
            batch = [self._jobs.get()]
            while len(batch) < MOST_AT_ONCE and batch[-1] is not None:
                try:
                    batch.append(self._jobs.get_nowait())
                except queue.Empty:
                    break
            jobs = [job for job in batch if job is not None]
            if jobs:
                self._transact(jobs)
                for loop in {job.loop for job in jobs}:
                    _settle_all(loop, [job for job in jobs if job.loop is loop])
            if batch[-1] is None:
                self._dispose()
                return

    def _transact(self, jobs: Sequence[_Job[Any]]) -> None:
        try:
            connection = self._open()
            with connection.begin():
                for job in jobs:
                    _work(connection, job, alone=len(jobs) == 1)
                if len(jobs) == 1 and jobs[0].error is not None:
                    raise jobs[0].error  # noqa: TRY301 -- rolls back the transaction around it
        except Exception as error:  # noqa: BLE001 -- whoever waits gets it
            # What failed here failed for all: the transaction is rolled back, and nobody's work is done.
            failure = _explain(error)
            for job in jobs:
                job.error = failure
            if isinstance(failure, Unavailable):
                self.available = False
                self._dispose()
        else:
            self.available = True

    def _open(self) -> Connection:
        if self._file is not None and (found := file_identity(self._url)) != self._file:
            # Written to a file that was taken away, everything would seem well and be lost.
            self._dispose()
            if found is None:
                msg = f"the database does not answer: {self._url.rpartition('/')[2]} is gone"
                raise DatabaseGone(msg)
        if self._connection is None:
            engine = open_engine(self._url)
            try:
                self._prepare(engine)
                self._connection = engine.connect()
            except BaseException:
                engine.dispose()
                raise
            self._engine = engine
            self._file = file_identity(self._url)
        return self._connection

    def _dispose(self) -> None:
        connection, self._connection = self._connection, None
        engine, self._engine = self._engine, None
        try:
            if connection is not None:
                connection.close()
            if engine is not None:
                engine.dispose()
        except DBAPIError:
            log.debug("the database was gone when it was closed", exc_info=True)


def _sequence(works: Sequence[Work[T]]) -> Work[T]:
    def work(connection: Connection) -> T:
        *first, last = works
        for piece in first:
            piece(connection)
        return last(connection)

    return work


def _work(connection: Connection, job: _Job[Any], *, alone: bool) -> None:
    if alone:
        try:
            job.result = job.work(connection)
        except Exception as error:  # noqa: BLE001 -- whoever waits gets it
            job.error = error
        return
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        job.result = job.work(connection)
    except Exception as error:
        if isinstance(_explain(error), Unavailable):
            raise
        job.error = error
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
    connection.exec_driver_sql("RELEASE SAVEPOINT job")


def _explain(error: Exception) -> Exception:
    if not isinstance(error, DBAPIError):
        return error
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        # A statement that is none, or names no table: SQLite calls that operational, too.
        return error
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        reason = str(error.orig).strip().splitlines()
        return DatabaseGone(f"the database does not answer: {reason[0] if reason else type(error).__name__}")
    return error


def _settle_all(loop: asyncio.AbstractEventLoop, jobs: Sequence[_Job[Any]]) -> None:
    def settle() -> None:
        for job in jobs:
            job.settle()

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        log.warning("%d pieces of work were done for an event loop that is gone", len(jobs))


def stamp(moment: datetime) -> str:
    """Spell a moment such that texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(stamped: str) -> datetime:
    """Read a moment that `stamp` spelt."""
    return datetime.fromisoformat(stamped)
