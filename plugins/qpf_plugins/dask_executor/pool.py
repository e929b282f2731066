"""A pool of Dask's workers: every order is a task, which Dask gives to another worker if one dies.

Orders are part of their tasks, not data that lies on some worker, so that no death loses them.
"""

import logging
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from multiprocessing import resource_tracker
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import dask
from distributed import CancelledError, Client, Future, LocalCluster, Nanny, as_completed
from distributed.protocol.pickle import dumps, loads
from distributed.scheduler import KilledWorker

from qpf.api import ExecutorError
from qpf_plugins.dask_executor.beside import Work, do_beside

CONNECT_SECONDS = 10.0
PATIENCE_SECONDS = 60.0
"""How long a scheduler may have no worker at all: some start theirs when there is work."""

_LEAVING_SECONDS = 1.0
"""How long a worker of this machine may take to end; what it still does then is wanted by nobody."""

_SCHEMES = ("tcp://", "tls://", "ws://", "wss://")

_REDONE = ("lost", "pending")
"""What is said of a task that was done, and whose worker died before anybody fetched the answer."""


class _Deed:
    """What is to be done: whoever reads its pickle does it.

    Dask reads tasks where they arrive. A module that is missing there ends a worker, task after task, and
    nobody tells why; while a task is done it is an error like any other.
    """

    def __init__(self, work: Work, order: bytes) -> None:
        self._work = work
        self._order = order

    def __reduce__(self) -> tuple[Callable[[Work, bytes], bytes], tuple[Work, bytes]]:
        return do_beside, (self._work, self._order)


class DaskPool:
    """The workers of a client."""

    def __init__(self, client: Client, opened: ExitStack) -> None:
        self._client = client
        self._opened = opened

    def run(self, work: Work, orders: Iterable[bytes]) -> Iterator[tuple[int, bytes | ExecutorError]]:
        """See `Pool`."""
        # A cluster keeps results by the keys of their tasks; nobody may be handed what another compile made.
        numbers = {
            self._client.submit(loads, dumps(_Deed(work, order)), pure=False): number
            for number, order in enumerate(orders)
        }
        while numbers:
            try:
                for future in as_completed(numbers, loop=self._client.loop, timeout=PATIENCE_SECONDS):
                    status = future.status
                    if status not in _REDONE:
                        yield numbers.pop(future), _answer(future, status)
            except TimeoutError:
                if not self._client.nthreads():
                    msg = f"no worker came within {PATIENCE_SECONDS:g} s"
                    raise ExecutorError(msg) from None

    def close(self) -> None:
        """See `Pool`."""
        self._opened.close()


class _Nanny(Nanny):
    """Looks after a worker of this machine."""

    async def kill(self, timeout: float = _LEAVING_SECONDS, reason: str = "nanny-kill") -> None:  # noqa: ASYNC109 -- Dask's
        """End it."""
        await super().kill(min(timeout, _LEAVING_SECONDS), reason)


def local_pool(jobs: int) -> DaskPool:
    """Start workers on this machine, which nobody else can reach, each a process with one thread."""
    opened = ExitStack()
    with opened:
        folder = opened.enter_context(TemporaryDirectory(prefix="qpf-dask-"))
        _quiet()
        settings = {"temporary-directory": folder, "distributed.worker.profile.enabled": False}
        opened.enter_context(dask.config.set(settings))
        cluster = _undisturbed(lambda: _cluster(jobs))
        opened.callback(cluster.close)
        return _connected(opened, cluster)


def _cluster(jobs: int) -> LocalCluster:
    return LocalCluster(
        n_workers=jobs,
        threads_per_worker=1,
        worker_class=_Nanny,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=None,
        silence_logs=logging.CRITICAL,
        # Workers run what they are sent, and any user of this machine could connect to loopback.
        security=True,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
    )


def _undisturbed(start: Callable[[], LocalCluster]) -> LocalCluster:
    """Start a cluster in a thread that no interruption is sent to, and neither to what it starts.

    Workers would each tell of Ctrl-C and of a terminal that closes, which are sent to them too. A cluster
    that is interrupted while it starts cannot be closed: it is closed when it has started.
    """
    came: list[LocalCluster | Exception] = []
    over = Event()  # a thread whose `join` is interrupted counts as ended, which it has not

    def begin() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        resource_tracker.ensure_running()  # or starting it for the first worker lets Ctrl-C through again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            came.append(start())
        except Exception as error:  # noqa: BLE001  # whatever it is, somebody waits for it
            came.append(error)
        over.set()

    Thread(target=begin, daemon=True).start()
    try:
        over.wait()
    except KeyboardInterrupt:
        over.wait()
        for found in came:
            if not isinstance(found, Exception):
                found.close()
        raise
    (found,) = came
    if isinstance(found, Exception):
        raise found
    return found


def remote_pool(address: str) -> DaskPool:
    """Ask a scheduler for its workers; certificates are those of Dask's own configuration.

    Raises:
        ExecutorError: If there is no scheduler.
    """
    if not _names_a_port(address):
        msg = "its address must be that of a port, by tcp:// or tls://, as in dask:tcp://host:8786"
        raise ExecutorError(msg)
    _quiet()
    with ExitStack() as opened:
        return _connected(opened, address)


def _names_a_port(address: str) -> bool:
    """Whether it is an address; of others Dask finds out when it has threads and tasks that do not end."""
    try:
        parts = urlsplit(address)
        plain = "@" not in parts.netloc and not parts.query and not parts.fragment
        return address.startswith(_SCHEMES) and plain and bool(parts.hostname and parts.port)
    except ValueError:
        return False


def _connected(opened: ExitStack, where: Any) -> DaskPool:
    client = _connect(where)
    opened.callback(client.close)
    return DaskPool(client, opened.pop_all())


def _connect(where: Any) -> Client:
    """Connect in a thread that can be left behind: Dask waits for ever for one who accepts and says nothing.

    Raises:
        ExecutorError: If that takes too long, or fails.
    """
    came: SimpleQueue[Client | Exception] = SimpleQueue()

    def connect() -> None:
        try:
            came.put(Client(where, timeout=CONNECT_SECONDS, set_as_default=False))
        except Exception as error:  # noqa: BLE001  # whatever it is, somebody waits for it
            came.put(error)

    Thread(target=connect, daemon=True).start()
    try:
        found = came.get(timeout=2 * CONNECT_SECONDS)
    except Empty:
        msg = "somebody accepts connections there, but does not speak as a Dask scheduler does"
        raise ExecutorError(msg) from None
    if isinstance(found, Exception):
        raise ExecutorError(_sentence(found)) from None
    return found


def _answer(future: "Future[bytes]", status: str) -> bytes | ExecutorError:
    """What came of a task that has ended.

    Raises:
        ExecutorError: If it was cancelled, which happens to all tasks whose scheduler is gone.
    """
    try:
        if status == "finished":
            return future.result()
        error = future.exception() if status == "error" else None
    except CancelledError:  # it went between the two questions
        error = None
    if error is None:
        msg = "the scheduler is gone, and with it what it was asked for"
        raise ExecutorError(msg)
    if isinstance(error, KilledWorker):
        return ExecutorError(f"workers that were given it died ({error.allowed_failures + 1} times)")
    if isinstance(error, ModuleNotFoundError):
        return ExecutorError(
            f"a worker lacks the module `{error.name}`: install there what is installed here"
        )
    return ExecutorError(_sentence(error))


def _sentence(error: BaseException | None) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, ExecutorError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _quiet() -> None:
    """Whatever becomes of workers and schedulers, the pool tells it; Dask would show its own tracebacks."""
    for name in ("distributed", "distributed.client"):  # which Dask gives a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)
