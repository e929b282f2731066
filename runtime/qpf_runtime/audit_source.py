"""Reads an audit trail from its database, whether or not anything runs; changes nothing there."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from qpf_runtime.audit_tables import AUDIT, HEADS
from qpf_runtime.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the number of its last row, and that row's digest."""

    agent: str
    seq: int
    digest: str


@contextmanager
def reading(source: Connection | str) -> Iterator[Connection]:
    """Open a database by its URL, in a transaction that sees one state of it; take a connection as it is.

    Raises:
        Unavailable: If it cannot be opened, or holds no audit trail; says which, without the password.
    """
    if isinstance(source, Connection):
        yield source
        return
    try:
        url = make_url(source)
        if url.drivername in {"postgres", "postgresql"}:
            url = url.set(drivername="postgresql+psycopg")
        engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _server(url)
    except (SQLAlchemyError, ImportError) as error:
        msg = f"not the URL of a database: {type(error).__name__}"
        raise Unavailable(msg) from None
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()
        told = reason[0] if reason else type(error.orig).__name__
        msg = f"{url.render_as_string(hide_password=True)}: {told}"
        raise Unavailable(msg) from None
    finally:
        engine.dispose()


def _server(url: URL) -> Engine:
    return create_engine(url, poolclass=NullPool).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )


def _sqlite(url: URL) -> Engine:
    if url.database not in {None, "", ":memory:"}:
        # Read-only: a file that is not there must not be made.
        query = {"mode": "ro", "uri": "true"}
        url = url.set(database=Path(str(url.database)).absolute().as_uri(), query=query)
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", _as_it_is)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _as_it_is(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    # Text that is none must be found, not stumbled over.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")


def heads(source: Connection | str, agent: str | None = None) -> tuple[Head, ...]:
    """Read the heads of all chains, or of one agent's: what to export and keep elsewhere."""
    with reading(source) as connection:
        query = select(HEADS).where(HEADS.c.agent == agent) if agent else select(HEADS)
        rows = connection.execute(query.order_by(HEADS.c.agent)).all()
        return tuple(Head(row.agent, row.seq, row.digest) for row in rows)


def newest(
    source: Connection | str, agent: str | None = None, story: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Read the newest rows, as they are stored, oldest first.

    Args:
        source: The database's URL, or a connection to it.
        agent: Of one agent's chain; of all, if none is named.
        story: Of one correlation id, or about one packet id.
        limit: Most rows.
    """
    query = select(AUDIT).order_by(AUDIT.c.at.desc(), AUDIT.c.agent, AUDIT.c.seq.desc()).limit(limit)
    if agent is not None:
        query = query.where(AUDIT.c.agent == agent)
    if story is not None:
        query = query.where((AUDIT.c.correlation_id == story) | (AUDIT.c.packet_id == story))
    with reading(source) as connection:
        return [dict(row) for row in connection.execute(query).mappings()][::-1]
