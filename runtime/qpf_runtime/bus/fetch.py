"""Asks one consumer for messages: one request at a time, and never for more than there is room."""

import asyncio
import logging
from collections.abc import Callable

from nats.aio.msg import Msg
from pydantic_core import to_json

from qpf_runtime.bus.connection import Connection
from qpf_runtime.bus.listening import Listening
from qpf_runtime.errors import BusClosed

log = logging.getLogger("qpf_runtime.bus")

EXPIRES = 30.0
"""Seconds after which the server forgets a request that it could not fulfil."""

HEARTBEAT = 5.0
"""Seconds of silence after which the server says that it still has the request."""

SILENCE = 2.5 * HEARTBEAT
"""Seconds of silence after which it has not."""

PAUSE = 0.25
"""Seconds between a request that the server refused and the next one."""

EXPIRED = frozenset({"404", "408"})
STILL_THERE = "100"


class Fetcher:
    """Fetches for one consumer until it is stopped, through restarts of the server."""

    def __init__(
        self,
        connection: Connection,
        stream: str,
        durable: str,
        room: Callable[[], int],
        take: Callable[[Msg], bool],
    ) -> None:
        """Make one that does nothing yet.

        Args:
            connection: Where the messages come from.
            stream: Name of the stream.
            durable: Name of the consumer.
            room: Tells how many messages may be fetched now; `freed` says that it changed.
            take: Takes a message; False if there is no room for it after all.
        """
        self._connection = connection
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._name = f"consumer {durable} of {stream}"
        self._room = room
        self._take = take
        self._inbox = connection.inbox()
        self._changed = asyncio.Event()
        self._current = ""
        self._wanted = 0
        self._refused = False
        self._complained = False
        self._stopping = False
        self._listening: Listening | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to fetch."""
        self._listening = await self._connection.listen(f"{self._inbox}.*", self._arrived)
        self._connection.on_reconnected.append(self._forgotten)
        self._task = asyncio.create_task(self._fetch(), name=f"fetch-{self._next}")

    async def stop(self) -> None:
        """Fetch no more; what the server has sent already is taken."""
        self._stopping = True
        self._changed.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._listening is not None:
            self._connection.on_reconnected.remove(self._forgotten)
            await self._connection.forget(self._listening)
            self._listening = None

    def freed(self) -> None:
        """Say that there may be more room."""
        self._changed.set()

    async def _fetch(self) -> None:
        number = 0
        while not self._stopping:
            await self._connection.ready()
            room = self._room()
            if room < 1:
                self._changed.clear()
                await self._changed.wait()
                continue
            number += 1
            self._current, self._wanted, self._refused = str(number), room, False
            asked = {
                "batch": room,
                "expires": _nanoseconds(EXPIRES),
                "idle_heartbeat": _nanoseconds(HEARTBEAT),
            }
            try:
                await self._connection.send(self._next, to_json(asked), None, f"{self._inbox}.{number}")
            except BusClosed:
                self._refused = True
            else:
                await self._fulfilled()
            if self._refused:
                await asyncio.sleep(PAUSE)

    async def _fulfilled(self) -> None:
        while self._wanted > 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(SILENCE):
                    await self._changed.wait()
            except TimeoutError:
                log.debug("the server is silent about %s", self._next)
                return

    async def _arrived(self, message: Msg) -> None:
        status = message.headers.get("Status") if message.headers and not message.reply else None
        if status is None:
            # A packet comes under its own subject: one that belongs to a lost request counts as well.
            self._wanted -= 1
            self._complained = False
            if not self._take(message):
                await self._connection.send(message.reply, b"-NAK")
        elif status != STILL_THERE and message.subject.rpartition(".")[2] == self._current:
            self._wanted, self._refused = 0, status not in EXPIRED
            if self._refused and not self._complained:
                told = (message.headers or {}).get("Description", "there is none")
                log.warning("%s hands out nothing (%s %s)", self._name, status, told.lower())
            self._complained = self._refused
        self._changed.set()

    def _forgotten(self) -> None:
        self._wanted = 0
        self._changed.set()


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1_000_000_000)
