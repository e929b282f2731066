"""A real Redis on loopback: one server, or a cluster of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.servers import Server, free_port, program, wait_until

ALL_SLOTS = (0, 16383)


class RedisServer:
    """A running server; it can be stopped and started again, its data are gone then."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.port = port

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> Redis:
        return Redis(port=self.port, decode_responses=True)


@contextmanager
def run_redis(folder: Path, *settings: str, cluster: bool = False) -> Iterator[RedisServer]:
    """Run a server until the end of the block."""
    port = free_port()
    command = [program("redis-server"), "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
    command += settings
    if cluster:
        command += ["--cluster-enabled", "yes", "--cluster-port", free_port()]
    with Server(command, ready=lambda: _answers(port), log=folder / "log") as server:
        made = RedisServer(server, port)
        if cluster:
            with made.client() as client:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", *ALL_SLOTS)
                wait_until(lambda: "cluster_state:ok" in client.execute_command("CLUSTER", "INFO"))
        yield made


def _answers(port: int) -> bool:
    try:
        with Redis(port=port) as client:
            return bool(client.ping())
    except RedisError:
        return False


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One server."""
    with run_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A cluster of one server."""
    with run_redis(tmp_path_factory.mktemp("redis-cluster"), cluster=True) as server:
        yield server
