"""What fault tests share."""

import pytest

from tests.servers.nats import nats_server

__all__ = ["nats_server"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
