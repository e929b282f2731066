"""What runtime tests share: time that stands still, and one event loop implementation."""

from collections.abc import AsyncIterator

import pytest

from qpf_runtime.runtime import Runtime
from tests.runtime.world import FakeClock, counted
from tests.servers.postgres import pgvector, postgres  # noqa: F401 -- fixtures
from tests.servers.redis import redis, redis_cluster  # noqa: F401 -- fixtures
from tests.servers.s3 import s3  # noqa: F401 -- a fixture


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def runtime(clock: FakeClock) -> AsyncIterator[Runtime]:
    made = Runtime.in_memory(clock=clock, ids=counted())
    yield made
    await made.close(grace=1.0)
