"""One connection to a NATS server that comes back by itself, for as long as it is open.

nats-py reconnects after a lost connection, and closes for good after an error of the protocol or of
authorization: then a new client is made here, and listens to what the old one listened to.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import nats.errors
from nats.aio.client import Client, Server
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from qpf_runtime.bus.declare import LARGEST_MESSAGE
from qpf_runtime.bus.keys import check_seed
from qpf_runtime.bus.listening import Listening, Take
from qpf_runtime.errors import BusClosed, ConfigurationError, Undeliverable
from qpf_runtime.ids import random_id, spread
from qpf_runtime.wire import headers_size

log = logging.getLogger("qpf_runtime.bus")

CONNECT_WITHIN = 5.0
"""Seconds the first connection may take."""

LONGEST_WAIT = 2.0
"""Seconds between two tries to come back, at most."""

NO_RESPONDERS = "503"

_DENIED = re.compile(r'Permissions Violation for Publish to "([^"]+)"', re.IGNORECASE)


class Lost(BusClosed):
    """No answer came: what was asked may have been done."""


class NobodyListens(BusClosed):
    """Nothing takes messages of that subject."""


class Connection:
    """A connection of one identity, with an inbox of its own: nobody else reads its answers."""

    def __init__(self, url: str, identity: str, seed: Path | None = None) -> None:
        self.inbox_prefix = f"_INBOX_{identity}"
        self.on_reconnected: list[Callable[[], None]] = []
        self._url = url
        self._identity = identity
        self._seed = seed
        self._client: Client | None = None
        self._listenings: list[Listening] = []
        self._asked: dict[str, tuple[str, asyncio.Future[Msg]]] = {}
        self._tokens = map(str, count(1))
        self._inbox = self.inbox()
        self._ready = asyncio.Event()
        self._open = False
        self._reviving: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether messages can be sent now."""
        return self._client is not None and self._client.is_connected

    @property
    def largest(self) -> int:
        """Most bytes of a message, headers included, that the server takes."""
        return self._client.max_payload if self._client is not None else LARGEST_MESSAGE

    @property
    def clustered(self) -> bool:
        """Whether the server is one of several, which choose among themselves who leads a stream."""
        told = self._client._server_info if self._client is not None else {}  # noqa: SLF001 -- nothing public tells it
        return bool(told.get("cluster"))

    def inbox(self) -> str:
        """Give a subject of its own that nobody else listens to."""
        return f"{self.inbox_prefix}.{random_id()}"

    async def open(self) -> None:
        """Connect.

        Raises:
            ConfigurationError: If the server does not accept the key, or the key cannot be read.
            BusClosed: If the server cannot be reached.
        """
        if self._seed is not None:
            check_seed(self._seed, self._identity)
        self._open = True
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await self._connect()
        except (TimeoutError, OSError, nats.errors.Error):
            self._open = False
            msg = f"no NATS server answers at {self._url} within {CONNECT_WITHIN:g} s"
            raise BusClosed(msg) from None
        await self.listen(f"{self._inbox}.*", self._answered)

    async def close(self) -> None:
        """Send what is waiting to be sent, then close."""
        self._open = False
        if self._reviving is not None:
            self._reviving.cancel()
        if self._client is not None and not self._client.is_closed:
            try:
                if self._client.is_connected:
                    await self._client.flush(5)
                await self._client.close()
            except (TimeoutError, OSError, nats.errors.Error):
                log.warning("the NATS server did not take the last messages")

    async def ready(self, within: float | None = None) -> None:
        """Wait until it is connected.

        Raises:
            BusClosed: If it is closed, or does not come back in time.
        """
        try:
            async with asyncio.timeout(within):
                await self._ready.wait()
        except TimeoutError:
            msg = f"the NATS server at {self._url} cannot be reached"
            raise BusClosed(msg) from None

    async def listen(self, subject: str, take: Take) -> Listening:
        """Hand every message of a subject to `take`, one after the other; the server knows of it."""
        listening = Listening(subject, take)
        self._listenings.append(listening)
        if self._client is not None:
            await listening.begin(self._client)
            # If the connection is lost meanwhile, the next one listens from its beginning.
            with suppress(TimeoutError, nats.errors.Error):
                if self.connected:
                    await self._client.flush()
        return listening

    async def forget(self, listening: Listening) -> None:
        """Listen no more; what has arrived is taken first."""
        self._listenings.remove(listening)
        try:
            if self.connected:
                await listening.stop()
        except (TimeoutError, nats.errors.Error):
            log.debug("%s is left without saying goodbye", listening.subject)

    async def send(
        self, subject: str, body: bytes, headers: Mapping[str, str] | None = None, reply: str = ""
    ) -> None:
        """Send, without knowing whether it arrives.

        Raises:
            Undeliverable: If the server takes no message so large.
            BusClosed: If it is closed, or too much waits for the server to come back.
        """
        if self._client is None:
            msg = "the bus is not open"
            raise BusClosed(msg)
        size = len(body) + (headers_size(headers) if headers else 0)
        if size > self.largest:
            # The server would end the connection.
            msg = f"the message for {subject} has {size} bytes; the server takes {self.largest}"
            raise Undeliverable(msg)
        try:
            await self._client.publish(subject, body, reply, dict(headers) if headers else None)
        except nats.errors.Error as error:
            raise Lost(str(error)) from None

    async def ask(self, subject: str, body: bytes, headers: Mapping[str, str] | None, within: float) -> Msg:
        """Send, and wait for the answer.

        Raises:
            Undeliverable: If this identity may not send there, or not so much.
            NobodyListens: If nothing takes messages of that subject.
            Lost: If the answer did not come in time, or the connection was lost meanwhile.
            BusClosed: If there is no connection.
        """
        await self.ready(within)
        token = next(self._tokens)
        answer: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
        self._asked[token] = subject, answer
        try:
            async with asyncio.timeout(within):
                await self.send(subject, body, headers, f"{self._inbox}.{token}")
                message = await answer
        except TimeoutError:
            msg = f"no answer of the NATS server to {subject} within {within:g} s"
            raise Lost(msg) from None
        finally:
            del self._asked[token]
        if message.headers and not message.data and message.headers.get("Status") == NO_RESPONDERS:
            msg = f"nothing takes messages for {subject}"
            raise NobodyListens(msg)
        return message

    def jetstream(self) -> JetStreamContext:
        """Give what administers streams and consumers."""
        if self._client is None:
            msg = "the bus is not open"
            raise BusClosed(msg)
        return self._client.jetstream()

    async def _connect(self) -> None:
        client = Client()

        async def closed() -> None:
            # Of a client that never came to be, whoever tries to connect knows.
            if self._open and self._client is client:
                self._reviving = asyncio.create_task(self._revive(), name="nats-revive")

        settings: dict[str, Any] = {"nkeys_seed": str(self._seed)} if self._seed is not None else {}
        try:
            await client.connect(
                self._url.split(","),
                name=self._identity,
                inbox_prefix=self.inbox_prefix,
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                reconnect_to_server_handler=_come_back,
                error_cb=self._failed,
                disconnected_cb=self._disconnected,
                reconnected_cb=self._reconnected,
                closed_cb=closed,
                **settings,
            )
        except BaseException:
            # A client that was stopped while it connects must not go on by itself.
            with suppress(Exception):
                await client.close()
            raise
        self._client = client
        for listening in self._listenings:
            await listening.begin(client)
        self._ready.set()

    async def _answered(self, message: Msg) -> None:
        _, answer = self._asked.get(message.subject.rpartition(".")[2], ("", None))
        if answer is not None and not answer.done():
            answer.set_result(message)

    async def _failed(self, error: Exception) -> None:
        if self._client is None and "authorization" in str(error).lower():
            key = f"the key in {self._seed}" if self._seed else "a connection without a key"
            msg = f"the NATS server at {self._url} does not accept {key} for {self._identity}"
            raise ConfigurationError(msg)
        denied = _DENIED.search(str(error))
        if denied is None:
            # Each try to reach a server that is away; that it is, and that it is back, is told once.
            log.debug("NATS: %s", str(error) or type(error).__name__)
            return
        log.error("%s may not send to %s", self._identity, denied[1])
        for subject, answer in self._asked.values():
            # nats-py repeats the server's words in small letters.
            if subject.lower() == denied[1].lower() and not answer.done():
                msg = f"the NATS server does not let {self._identity} send to {subject}"
                answer.set_exception(Undeliverable(msg))

    async def _disconnected(self) -> None:
        if self._open and self._ready.is_set():
            log.warning("the connection to the NATS server at %s is lost", self._url)
        self._ready.clear()
        for _, answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Lost("the connection was lost"))

    async def _reconnected(self) -> None:
        log.warning("the NATS server at %s is back", self._url)
        self._ready.set()
        for told in self.on_reconnected:
            told()

    async def _revive(self) -> None:
        tries = 0
        while self._open:
            await asyncio.sleep(_wait(tries))
            tries += 1
            try:
                async with asyncio.timeout(CONNECT_WITHIN):
                    await self._connect()
                await self._reconnected()
            except (TimeoutError, OSError, ValueError, nats.errors.Error) as error:
                log.warning("NATS: %s", str(error) or type(error).__name__)
            else:
                return


def _wait(tries: int) -> float:
    return spread(min(LONGEST_WAIT, 0.05 * 2 ** min(tries, 10)))


def _come_back(servers: list[Server], _information: dict[str, Any]) -> tuple[Server, float]:
    least_tried = min(servers, key=lambda server: server.reconnects)
    return least_tried, _wait(least_tried.reconnects)
