"""A server on loopback that speaks S3: moto's, in a process of its own."""

import sys
from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from tests.servers import Server, free_port, listens

_numbers = count(1)


class S3:
    """A running server; it can be stopped and started again, its data are gone then."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.endpoint = f"http://127.0.0.1:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a client must find in its environment."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def create(self, name: str = "") -> str:
        """Make an empty bucket; gives its address."""
        name = name or f"bucket-{next(_numbers)}"
        httpx.put(f"{self.endpoint}/{name}", timeout=30).raise_for_status()
        return f"s3://{name}"


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """A server that speaks S3."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
    log = tmp_path_factory.mktemp("s3") / "log"
    with Server(command, ready=lambda: listens(port), log=log) as server:
        yield S3(server, port)
