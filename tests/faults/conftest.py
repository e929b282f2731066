"""What fault tests share."""

from pathlib import Path

import pytest

from tests.faults.processes import compiled
from tests.servers.nats import nats_server
from tests.servers.postgres import postgres
from tests.servers.redis import redis

__all__ = ["nats_server", "postgres", "redis"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference fleet as it runs on one machine."""
    return compiled(tmp_path_factory.mktemp("dev"))


@pytest.fixture(scope="session")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference fleet as it runs on servers: PostgreSQL and Redis."""
    return compiled(tmp_path_factory.mktemp("staging"), "staging")


@pytest.fixture(scope="session")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference fleet with queues that are full soon."""
    return compiled(tmp_path_factory.mktemp("narrow"), queue_limit=8)


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference fleet, which gives up a packet soon."""
    return compiled(tmp_path_factory.mktemp("strict"), max_deliver=2, backoff_seconds=[0.2])
