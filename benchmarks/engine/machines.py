"""A second machine: a fresh copy of the sources, whose every agent some other machine has compiled."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.engine.bench import Bench, compile_fleet, rest
from benchmarks.engine.turns import beside, take_turns
from benchmarks.measure import Row
from benchmarks.peers.install import go_install
from tests.servers import Server, free_port, listens
from tests.servers.redis import run_redis
from tests.servers.s3 import S3

OWN = Path(".qpf") / "cache"
WARM = 1.3
GOFAKES3 = ("github.com/johannesboyne/gofakes3/cmd/gofakes3", "1.2.0")


def second_machine(bench: Bench) -> Iterator[Row]:
    """Compile with a warm cache on a server, and with the same cache in the fleet's own folder."""
    sources = bench.sources()
    cache = bench.compiled(sources) / OWN

    def own() -> float:
        folder = bench.copy(sources)
        shutil.copytree(cache, folder / OWN)
        rest()
        return compile_fleet(folder)

    with run_redis(bench.folder) as redis, run_s3(bench.folder) as s3:
        remote = {
            "Redis": cached(bench, sources, redis.url),
            "S3": cached(bench, sources, f"{s3.create()}?endpoint_url={s3.endpoint}", **s3.environment),
        }
        for contender in remote.values():
            contender()  # fills the cache
        figures = take_turns({**remote, "own": own}, {}, bench.runs)
    for name in remote:
        case = f"second machine, {name}"
        yield beside(case, figures[name], "its own warm cache", figures["own"], f"ratio <= {WARM}")


def cached(bench: Bench, sources: Path, url: str, **environment: str) -> Callable[[], float]:
    """Compile a fresh copy, each time, with a cache elsewhere."""
    return lambda: compile_fleet(bench.copy(sources), "--cache", url, **environment)


@contextmanager
def run_s3(folder: Path) -> Iterator[S3]:
    """A server that speaks S3 and keeps all in memory, until the end of the block.

    moto's, which tests use, is in Python, and takes 3 ms an object.
    """
    port = free_port()
    command = [go_install(*GOFAKES3), "-host", f"127.0.0.1:{port}", "-backend", "memory"]
    with Server(command, ready=lambda: listens(port), log=folder / "s3.log") as server:
        yield S3(server, port)
