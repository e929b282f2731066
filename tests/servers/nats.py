"""A real NATS server with JetStream on loopback, for tests that import `nats_server` from here."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from qpf_runtime.bus.server import NatsServer, start

StartServer = Callable[..., Awaitable[NatsServer]]
"""Starts a server with the keyword arguments of `qpf_runtime.bus.server.start`, by default in one folder:
a second start finds the streams of the first."""


@pytest.fixture
async def nats_server(tmp_path: Path) -> AsyncIterator[StartServer]:
    servers: list[NatsServer] = []

    async def begin(folder: Path | None = None, **settings) -> NatsServer:
        server = await start(folder or tmp_path / "nats", **({"environ": os.environ} | settings))
        servers.append(server)
        return server

    yield begin
    for server in servers:
        await server.stop()


def port_of(server: NatsServer) -> int:
    """Give the port clients connect to, to start another server on it."""
    return int(server.url.rpartition(":")[2])
