"""Dead letters of packets that nobody could give up: whoever was handed them died, again and again."""

import asyncio
import logging

from nats.aio.msg import Msg

from qpf_runtime.bus.connection import Connection
from qpf_runtime.bus.dead import NatsDeadLetters
from qpf_runtime.bus.fetch import Fetcher
from qpf_runtime.bus.inbound import Inbound
from qpf_runtime.bus.jetstream import JetStream
from qpf_runtime.bus.topology import Topology
from qpf_runtime.envelope import Json, read_json
from qpf_runtime.errors import RuntimeFault
from qpf_runtime.wire import Message, WireError

log = logging.getLogger("qpf_runtime.bus")

AT_A_TIME = 4


class Advisories:
    """Follows the server's notices that a packet of one agent was handed out too often."""

    def __init__(
        self,
        inbound: Inbound,
        topology: Topology,
        connection: Connection,
        jetstream: JetStream,
        dead_letters: NatsDeadLetters,
    ) -> None:
        self._inbound = inbound
        self._agent = inbound.agent
        self._stream = inbound.stream
        self._connection = connection
        self._jetstream = jetstream
        self._dead_letters = dead_letters
        self._notices: asyncio.Queue[Msg] = asyncio.Queue()
        self._fetcher = Fetcher(connection, topology.advisory_stream, self._agent, self._room, self._take)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        await self._fetcher.start()
        self._task = asyncio.create_task(self._follow(), name=f"advisories-{self._agent}")

    async def stop(self) -> None:
        """Stop; notices that were not followed are given to another process, or to the next one."""
        await self._fetcher.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _room(self) -> int:
        return AT_A_TIME - self._notices.qsize()

    def _take(self, message: Msg) -> bool:
        self._notices.put_nowait(message)
        return True

    async def _follow(self) -> None:
        while True:
            notice = await self._notices.get()
            self._fetcher.freed()
            try:
                await self._dead_letter(_parsed(notice.data), notice)
            except RuntimeFault as error:
                # Not acknowledged, it comes again.
                log.warning("a notice about %s is not followed yet: %s", self._stream, error)
            except Exception:
                log.exception("a notice about %s is not followed", self._stream)

    async def _dead_letter(self, told: Json, notice: Msg) -> None:
        match told:
            case {"stream": self._stream, "stream_seq": int(sequence), "deliveries": int(deliveries)}:
                stored = await self._jetstream.at(self._stream, sequence)
            case _:
                log.warning("a notice about %s is none", self._stream)
                stored = None
        if stored is None:
            await self._connection.send(notice.reply, b"+ACK")
            return
        origin = f"{self._stream}-{sequence}"
        found = Message(stored.subject, stored.headers, stored.body, f"js-{origin}", stored.at)
        reason = f"handed out {deliveries} times, and never settled: its receiver died or hung each time"
        error = WireError("max_deliveries", reason)
        await self._dead_letters.keep(self._agent, origin, found, deliveries, error)
        await self._jetstream.delete(self._stream, sequence)
        # If it is the one they died of, that is settled before this process dies of it, too.
        await self._connection.send(notice.reply, b"+ACK")
        if await self._inbound.once_more(found, deliveries + 1):
            log.warning("%s is handled after all: its receivers died of another packet", origin)
            await self._dead_letters.forget(origin)


def _parsed(raw: bytes) -> Json:
    try:
        return read_json(raw)
    except ValueError:
        return None
