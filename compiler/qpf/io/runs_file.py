"""The file of the run history: SQLite, opened so that whatever is wrong with it ends in one sentence.

A history is worth less than a compile: a file that is locked, read-only, or of a later version is left
as it is, a damaged one is moved aside, and a new one begins.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from qpf.io.workshop import make
from qpf.model.run import HistoryError

VERSION = 1
"""The schema's version, SQLite's `user_version`."""

SCHEMA = """
CREATE TABLE run (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, started REAL NOT NULL, seconds REAL NOT NULL,
    jobs INTEGER NOT NULL, finished INTEGER NOT NULL, succeeded INTEGER NOT NULL,
    written INTEGER NOT NULL, removed INTEGER NOT NULL, unchanged INTEGER NOT NULL
);
CREATE TABLE tally (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, environment TEXT NOT NULL,
    kept INTEGER NOT NULL, local INTEGER NOT NULL, remote INTEGER NOT NULL,
    built INTEGER NOT NULL, failed INTEGER NOT NULL,
    busy_seconds REAL NOT NULL, built_seconds REAL NOT NULL, cpu_seconds REAL NOT NULL,
    memory_bytes INTEGER NOT NULL, files INTEGER NOT NULL, tests INTEGER NOT NULL, lines INTEGER NOT NULL,
    PRIMARY KEY (run, environment)
) WITHOUT ROWID;
CREATE TABLE stage (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, environment TEXT NOT NULL, stage TEXT NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (run, environment, stage)
) WITHOUT ROWID;
CREATE TABLE build (
    environment TEXT NOT NULL, agent TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    seconds REAL NOT NULL, cpu_seconds REAL NOT NULL, memory_bytes INTEGER NOT NULL,
    files INTEGER NOT NULL, lines INTEGER NOT NULL,
    PRIMARY KEY (environment, agent, run)
) WITHOUT ROWID;
CREATE INDEX build_run ON build (run);
CREATE TABLE plan (environment TEXT PRIMARY KEY, agents TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE test (id INTEGER PRIMARY KEY, started REAL NOT NULL);
CREATE TABLE judged (
    test INTEGER NOT NULL REFERENCES test ON DELETE CASCADE, environment TEXT NOT NULL, gate TEXT NOT NULL,
    agent TEXT NOT NULL, name TEXT NOT NULL, value REAL, unit TEXT NOT NULL, threshold TEXT NOT NULL,
    passed INTEGER NOT NULL,
    PRIMARY KEY (test, environment, gate, agent, name)
) WITHOUT ROWID;
"""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""What SQLite says of a file that is none of ours; the last of them: its tables are not those we know."""

_OF_LATER = "is of a later version of qpf and is left as it is"


def write(path: Path, change: Callable[[sqlite3.Connection], None], patience: float) -> str:
    """Change the history in one transaction.

    Args:
        path: Its file; made if there is none.
        change: Makes the change.
        patience: Seconds to wait for somebody else who writes.

    Returns:
        One sentence about what went wrong, or nothing.
    """
    identity = _identity(path)
    try:
        _change(path, change, patience)
    except (sqlite3.Error, OSError, HistoryError) as error:
        if not _is_damage(error):
            return _sentence(path, error)
    else:
        return ""
    try:
        aside = _move_aside(path, identity)
        _change(path, change, patience)
    except (sqlite3.Error, OSError, HistoryError) as error:
        return _sentence(path, error)
    return f"the run history {shown(path)} was damaged: it is now {aside}, and a new one begins"


@contextmanager
def reading(path: Path, patience: float) -> Iterator[sqlite3.Connection | None]:
    """Open the history to read it; None if there is none.

    Raises:
        HistoryError: If it cannot be read.
    """
    try:
        if not path.exists():
            yield None
            return
        with closing(_open_to_read(path, patience)) as connection:
            version = _version(connection)
            if version > VERSION:
                message = f"the run history {shown(path)} {_OF_LATER}"
                raise HistoryError(message)
            yield connection if version else None
    except (sqlite3.Error, OSError) as error:
        raise HistoryError(_sentence(path, error)) from error
    except ValueError as error:
        message = f"the run history {shown(path)} holds what no version of qpf writes: {error}"
        raise HistoryError(message) from error


def shown(path: Path) -> str:
    """What messages call the file."""
    return f"{path.parent.name}/{path.name}"


def _open_to_read(path: Path, patience: float) -> sqlite3.Connection:
    # Even to read, SQLite takes its locks in files beside the history, and takes those away at the end.
    # Where they cannot be made nobody can write either, so that it may be read as it lies there.
    address = f"file:{quote(str(path.absolute()))}"
    connection = sqlite3.connect(f"{address}?mode=rw", timeout=patience, isolation_level=None, uri=True)
    try:
        _version(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            raise
        return sqlite3.connect(f"{address}?mode=ro&immutable=1", isolation_level=None, uri=True)
    except BaseException:
        connection.close()
        raise
    return connection


def _change(path: Path, change: Callable[[sqlite3.Connection], None], patience: float) -> None:
    make(path.parent)
    with closing(sqlite3.connect(path, timeout=patience, isolation_level=None)) as connection:
        # Without waiting for the disk: a loss of power may damage the history, a kill may not.
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection)
        if version > VERSION:
            raise HistoryError(_OF_LATER)
        if version == 0:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={VERSION}")
        change(connection)
        connection.execute("COMMIT")
        with suppress(sqlite3.OperationalError):  # somebody reads: then the next one who writes asks again
            connection.execute("PRAGMA journal_mode=WAL")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_damage(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _DAMAGED


def _sentence(path: Path, error: Exception) -> str:
    if isinstance(error, HistoryError):
        return f"the run history {shown(path)} {error}"
    if _is_damage(error):
        return f"the run history {shown(path)} is damaged ({error}); the next compile moves it aside"
    reason = (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
    return f"the run history {shown(path)} cannot be used: {reason}"


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _move_aside(path: Path, identity: tuple[int, int] | None) -> str:
    """Move the damaged file aside, unless somebody else has done so; returns its new name."""
    aside = path.with_name(f"{path.name}.damaged")
    if _identity(path) == identity:
        for beside in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        os.replace(path, aside)
    return aside.name
