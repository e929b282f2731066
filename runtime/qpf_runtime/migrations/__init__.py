"""Brings an agent's database up to date: alembic's steps, taken under a lock.

`versions/` says in steps what `TABLES` says at once; a test holds them to each other. Whoever changes a
table adds a step and sets `LATEST`.
"""

import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, inspect

from qpf_runtime.database import TABLES
from qpf_runtime.errors import ConfigurationError

LATEST = "0002"
"""The newest version; its step is in `versions/`."""

FIRST = "0001"

OWNERS = (
    "qpf_runtime.audit_tables",
    "qpf_runtime.held",
    "qpf_runtime.ledger",
    "qpf_runtime.memory.tables",
)
"""Modules that define tables."""

LOCK = 0x717066
"""Key of PostgreSQL's advisory lock: one process at a time brings a database up to date."""

LONGEST_WAIT = 60
"""Seconds to wait for that process."""

_ALEMBIC = Lock()
"""Alembic keeps what it works on in module globals; agents of one process have a thread each."""

log = logging.getLogger("qpf_runtime.migrations")


def create_all(engine: Engine) -> None:
    """Make all tables in an empty database, in one step: for those that do not outlive the process."""
    for owner in OWNERS:
        import_module(owner)
    TABLES.create_all(engine)


def prepare(engine: Engine, also: Callable[[Connection], None] | None = None) -> None:
    """Bring a database up to date. Several processes may do it at the same time.

    Args:
        engine: The database.
        also: Something else to be done under the same lock, in the same transaction, each time.

    Raises:
        ConfigurationError: If the database is newer than this code, or not ours.
        sqlalchemy.exc.OperationalError: If it is locked for too long, or does not answer.
    """
    if also is None and _version_at_a_glance(engine) == LATEST:
        return
    with engine.connect() as connection:
        postgresql = connection.dialect.name == "postgresql"
        if not postgresql:
            _wait(connection, LONGEST_WAIT)
        with connection.begin():
            if postgresql:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}s'")
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{10 * LONGEST_WAIT}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            _upgrade(connection)
            if also is not None:
                also(connection)


def _version_at_a_glance(engine: Engine) -> str | None:
    # Without SQLAlchemy's transaction, which would wait for whoever writes.
    try:
        raw = engine.raw_connection()
    except Exception:  # noqa: BLE001 -- whatever it is, the long way finds out and tells
        return None
    try:
        cursor = raw.cursor()
        cursor.execute("SELECT version_num FROM alembic_version")
        row = cursor.fetchone()
        return str(row[0]) if row else None
    except Exception:  # noqa: BLE001 -- as above
        return None
    finally:
        raw.close()


def _wait(connection: Connection, seconds: int) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(f"PRAGMA busy_timeout = {seconds * 1000}")


def _upgrade(connection: Connection) -> None:
    # Only here: a database that is up to date needs none of it.
    from alembic import command  # noqa: PLC0415 -- see above
    from alembic.config import Config  # noqa: PLC0415 -- see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 -- see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 -- see above

    heads = MigrationContext.configure(connection).get_current_heads()
    if heads == (LATEST,):
        return
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    for head in heads:
        if head not in known:
            msg = f"the database is of version {head}, this runtime knows up to {LATEST}: update qpf-runtime"
            raise ConfigurationError(msg)
    with _ALEMBIC:
        if not heads and _first_release(connection):
            command.stamp(config, FIRST)
        command.upgrade(config, LATEST)
    log.info("the database is of version %s now", LATEST)


def _first_release(connection: Connection) -> bool:
    """Tell whether the first release made the tables: it kept no version."""
    found = inspect(connection)
    ours = set(TABLES.tables) & set(found.get_table_names())
    if not ours:
        return False
    if ours == {"audit", "episodes"} and any(column["name"] == "id" for column in found.get_columns("audit")):
        return True
    names = ", ".join(sorted(ours))
    msg = f"the database has tables of no known version ({names}); name another, or move it away"
    raise ConfigurationError(msg)
