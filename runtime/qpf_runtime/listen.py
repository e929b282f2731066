"""Serves an application on a socket, within limits, until it is told to stop; requests may then finish."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

LARGEST_HEAD = 16 * 1024
"""Most bytes of a request's line and headers."""

HEAD_SECONDS = 10.0
"""How long they may take to arrive."""

IDLE_SECONDS = 30
"""How long a connection may be kept without a request."""

MOST_CONNECTIONS = 512
"""How many there may be at a time: fewer than the files a process may have open, where nobody raised that."""

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class _Impatient(H11Protocol):
    """Ends connections whose request does not arrive, and those beyond the limit: all others must get in."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.write(_FULL)
            transport.close()
            return
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._head is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _give_up(self) -> None:
        self._head = None
        if self.conn.their_state is h11.IDLE:
            self.transport.close()


class _Server(uvicorn.Server):
    """A server that says when it is up, and leaves signals to us: its own would end the process by them."""

    def __init__(self, config: uvicorn.Config, up: Callable[[], None]) -> None:
        super().__init__(config)
        self._up = up

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._up()


class Listener:
    """Serves one application. `stop` may be called from a signal; `serve` then comes to its end."""

    def __init__(
        self, app: Starlette, bound: socket.socket, grace: float, up: Callable[[], None] = lambda: None
    ) -> None:
        """Say what is served.

        Args:
            app: The application.
            bound: A bound socket; it is closed at the end.
            grace: Seconds that requests may take after `stop`.
            up: Called when requests are taken.
        """
        self._bound = bound
        config = uvicorn.Config(
            app,
            http=_Impatient,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_keep_alive=IDLE_SECONDS,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            timeout_graceful_shutdown=max(1, int(grace)),
        )
        self._server = _Server(config, up)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on."""
        host, port = self._bound.getsockname()[:2]
        return host, port

    async def serve(self) -> None:
        """Serve until `stop`."""
        try:
            await self._server.serve(sockets=[self._bound])
        finally:
            self._bound.close()

    def stop(self) -> None:
        """Take no more connections; requests under way may finish. The second time they may not."""
        if self._server.should_exit:
            self._server.force_exit = True
        self._server.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes a free one.

    Raises:
        OSError: If the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio has answers leave at once (TCP_NODELAY) where a socket says that it is TCP, and only there.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(False)
    return listener


@contextlib.contextmanager
def signals(stop: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and SIGINT call this while the block runs."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def listen(
    app: Starlette,
    listener: socket.socket,
    grace: float,
    up: Callable[[], None],
    stopping: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way may finish within the grace period.

    Args:
        app: What to serve.
        listener: A bound socket; it is closed at the end.
        grace: Seconds that requests may take after the signal. A second signal ends them at once.
        up: Called when requests are taken.
        stopping: Called when the signal has come.
    """
    server = Listener(app, listener, grace, up)
    told = False

    def stop() -> None:
        nonlocal told
        if not told:
            stopping()
        told = True
        server.stop()

    with signals(stop):
        await server.serve()
