"""A real scheduler and real workers, each a process on loopback; and work that they can import."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qpf.compilation.crew import Store
from qpf.compilation.executors import executor_of
from qpf.compilation.front import Front
from qpf.compilation.remote import Remote
from qpf.host.registry import load_registry
from qpf.model.executor import Pool
from tests.servers import Server, free_port, listens

DASK = (sys.executable, "-m")
NO_MERCY = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
"""One death of a worker, and what it worked on counts as deadly."""


class Farm:
    """A scheduler, and workers as they are wanted."""

    def __init__(self, scheduler: Server, port: int, folder: Path) -> None:
        self.scheduler = scheduler
        self.address = f"tcp://127.0.0.1:{port}"
        self.folder = folder

    @contextmanager
    def worker(self, name: str, *, place: str = ".", **environment: str) -> Iterator[Server]:
        """One more worker, a process with one thread, in some folder."""
        log = self.folder / name
        command = (
            *("env", "-C", place, *DASK, "distributed.cli.dask_worker", self.address),
            *("--name", name, "--no-nanny"),
            *("--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", "--memory-limit", "0"),
            *("--local-directory", self.folder / f"{name}-space"),
        )
        with Server(
            command, ready=lambda: "Registered to" in log.read_text(), log=log, environment=environment
        ) as server:
            yield server


@contextmanager
def farm(folder: Path, **environment: str) -> Iterator[Farm]:
    """Run a scheduler until the end of the block."""
    folder.mkdir()
    port = free_port()
    command = (
        *(*DASK, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port),
        *("--no-dashboard", "--dashboard-address", "127.0.0.1:0"),
    )
    with Server(
        command, ready=lambda: listens(port), log=folder / "scheduler", environment=environment
    ) as server:
        yield Farm(server, port, folder)


def shout(order: bytes) -> bytes:
    """Work that succeeds."""
    return order.upper()


def say_who(_order: bytes) -> bytes:
    """Work that tells whose process it is done in."""
    return str(os.getpid()).encode()


def say_who_at_leisure(_order: bytes) -> bytes:
    """Work that takes a while."""
    time.sleep(1)
    return str(os.getpid()).encode()


def die_once(order: bytes) -> bytes:
    """Work that kills who does it, unless somebody died of it before: the order names a file that tells."""
    try:
        Path(order.decode()).touch(exist_ok=False)
    except FileExistsError:
        return b"done"
    os.kill(os.getpid(), signal.SIGKILL)
    return b"never"


def kill_worker_once(order: bytes) -> bytes:
    """Work that kills the worker whose process does it, unless one died of it before."""
    try:
        Path(order.decode()).touch(exist_ok=False)
    except FileExistsError:
        return b"done"
    return kill_worker(order)


def kill_worker(_order: bytes) -> bytes:
    """Work that kills the worker whose process does it."""
    os.kill(os.getppid(), signal.SIGKILL)
    return b"never"


def poison_workers(order: bytes) -> bytes:
    """Work that kills the worker if the order is poison."""
    return kill_worker(order) if order == b"poison" else order.upper()


def die_of_poison(order: bytes) -> bytes:
    """Work that kills who does it if the order is poison."""
    if order == b"poison":
        os.kill(os.getpid(), signal.SIGKILL)
    return order.upper()


def fail(_order: bytes) -> bytes:
    """Work that raises."""
    message = "of two\nlines"
    raise ValueError(message)


def pid_in(answer: object) -> int:
    """Whose process it was, by an answer of `say_who`."""
    assert isinstance(answer, bytes)
    return int(answer)


def is_gone(pid: int) -> bool:
    """Whether a process ends at once, or has."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def threads() -> set[str]:
    """Names of threads that would keep this process alive."""
    return {each.name for each in threading.enumerate() if not each.daemon}


def opened(address: str, jobs: int = 1) -> Pool:
    """The pool behind an address; without one, workers of this machine."""
    text = f"dask:{address}" if address else "dask"
    pool = executor_of(text, load_registry(["dask_executor"]).value, jobs).value
    assert pool is not None
    return pool


def remote(pool: Pool, front: Front, store: Store) -> Remote:
    """A crew of a pool."""
    return Remote(front, pool, store)
