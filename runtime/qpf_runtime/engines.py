"""Engines of SQLAlchemy with the settings this runtime relies on: waits are bounded, writes are safe."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, StaticPool
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from qpf_runtime.errors import ConfigurationError

_LOCKED = 1.0
"""Seconds to wait for a lock."""

_SQLITE = {"timeout": _LOCKED, "check_same_thread": False, "isolation_level": None}
"""Transactions begin where we say, not where the driver guesses."""

_POSTGRESQL = {
    "connect_timeout": 5,
    # A server that vanishes without a word is missed within seconds, not hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "qpf",
}

_WAITS = (
    "SET lock_timeout = '1s'",
    "SET statement_timeout = '15s'",
    # A process that hangs in a transaction gives back its locks.
    "SET idle_in_transaction_session_timeout = '30s'",
)


def postgresql_url(url: str) -> str:
    """Spell the address of a PostgreSQL database as SQLAlchemy does.

    Raises:
        ConfigurationError: If it is none. It is not shown: it may hold a password.
    """
    scheme, _, rest = url.partition("://")
    if scheme in {"postgres", "postgresql"}:
        scheme = "postgresql+psycopg"
    try:
        made = make_url(f"{scheme}://{rest}")
    except (ArgumentError, ValueError):
        made = None
    if made is None or scheme != "postgresql+psycopg":
        msg = "DATABASE_URL is no address of PostgreSQL: postgresql://[user[:password]@]host[:port]/database"
        raise ConfigurationError(msg)
    return f"{scheme}://{rest}"


def file_identity(url: str) -> tuple[int, int] | None:
    """Tell which file is at the address of a database now; None if none is, or it is no file."""
    if not url.startswith("sqlite:///"):
        return None
    try:
        found = Path(url.removeprefix("sqlite:///")).stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def open_engine(url: str) -> Engine:
    """Make the engine of a database; the folder of a file is made, nothing else happens yet.

    Raises:
        ConfigurationError: If that folder cannot be made.
    """
    if not url.startswith("sqlite"):
        engine = create_engine(url, poolclass=NullPool, connect_args=_POSTGRESQL)
        event.listen(engine, "connect", _bound_waits)
        return engine
    memory = url == "sqlite://"
    if not memory:
        folder = Path(url.removeprefix("sqlite:///")).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"the folder {folder} for data cannot be made: {error.strerror} (QPF_DATA_DIR names it)"
            raise ConfigurationError(msg) from None
    engine = create_engine(url, poolclass=StaticPool if memory else NullPool, connect_args=_SQLITE)
    event.listen(engine, "connect", _settings)
    event.listen(engine, "begin", _begin)
    return engine


def _bound_waits(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        for setting in _WAITS:
            cursor.execute(setting)
    connection.commit()


def _settings(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # SQLite waits for every lock but this one: another process may be turning the same new file.
    turn = Retrying(
        retry=retry_if_exception_type(sqlite3.OperationalError),
        wait=wait_fixed(0.01),
        stop=stop_after_delay(_LOCKED),
        reraise=True,
    )
    turn(cursor.execute, "PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Taken at once, a lock is waited for; taken at the first write, it could only be refused.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
