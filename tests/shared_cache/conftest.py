"""Real servers, and what opens a store on them."""

import socket
from collections.abc import Iterator

import pytest

from tests.servers.redis import redis  # noqa: F401 -- a fixture
from tests.servers.s3 import s3  # noqa: F401 -- a fixture


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that accepts, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
