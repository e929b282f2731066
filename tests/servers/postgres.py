"""A real PostgreSQL on loopback: Debian's, or the one that has pgvector."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from signal import SIGINT
from typing import Any

import psycopg
import pytest

from tests.servers import (
    Server,
    free_port,
    give_away,
    postgres_with_pgvector,
    program,
    unprivileged,
)

INITDB = ("--locale=C", "--encoding=UTF8", "--auth=trust", "--username=qpf", "--no-sync")
_numbers = count(1)


class Postgres:
    """A running server; it can be stopped and started again, its data stay."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.port = port

    def url(self, database: str = "postgres", user: str = "qpf") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def create(self) -> str:
        """Make an empty database; gives its address."""
        name = f"test_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, statement: str, url: str | None = None) -> list[tuple[Any, ...]]:
        """Run a statement in a transaction of its own; gives its rows."""
        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []


@contextmanager
def run_postgres(folder: Path, *, vectors: bool = False) -> Iterator[Postgres]:
    """Run a server whose data are in a folder, until the end of the block."""
    find = postgres_with_pgvector if vectors else program
    data, port = folder / "data", free_port()
    data.mkdir()
    give_away(data)
    initialised = subprocess.run(
        unprivileged([find("initdb"), f"--pgdata={data}", *INITDB]),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert initialised.returncode == 0, initialised.stderr
    settings = ("-c", "fsync=off", "-c", "deadlock_timeout=200ms")
    where = ("-D", data, "-h", "127.0.0.1", "-p", port, "-k", data)
    command = unprivileged([find("postgres"), *where, *settings])
    url = f"postgresql://qpf@127.0.0.1:{port}/postgres"
    server = Server(command, ready=lambda: _answers(url), log=folder / "log", quit_signal=SIGINT)
    with server:
        yield Postgres(server, port)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Debian's PostgreSQL."""
    with run_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def pgvector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL that has pgvector."""
    with run_postgres(tmp_path_factory.mktemp("pgvector"), vectors=True) as server:
        yield server
