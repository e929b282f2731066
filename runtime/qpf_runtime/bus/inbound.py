"""The queue of one agent on JetStream: fetched by priority, handed out, kept alive, settled."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from nats.aio.msg import Msg
from pydantic_core import to_json

from qpf_runtime.bus.connection import Connection
from qpf_runtime.bus.dead import NatsDeadLetters
from qpf_runtime.bus.declare import waits
from qpf_runtime.bus.fetch import Fetcher
from qpf_runtime.bus.lanes import Lanes
from qpf_runtime.bus.port import Again, Dead, Delivery, Done, Receive, Settlement
from qpf_runtime.bus.topology import Topology
from qpf_runtime.config import AgentConfig
from qpf_runtime.envelope import OUTSIDE, PRIORITIES, PacketEnvelope, Priority
from qpf_runtime.errors import BusClosed, RuntimeFault, Undeliverable
from qpf_runtime.wire import REPLY_TO, Message, WireError, read, write

log = logging.getLogger("qpf_runtime.bus")

FIRST_WAIT = 1.0
"""Seconds before a packet is handed out again whose receiver raised, if the configuration says nothing."""

EMPTY = "qpf-empty"
"""Header of an answer that says: done, and there is nothing to tell."""

Refused = Callable[[str, str], None]
"""Told agent and code of every message that was no packet."""


@dataclass(eq=False, slots=True)
class _Held:
    """A message that was handed out to this process and is not settled."""

    message: Msg
    priority: Priority
    sequence: int
    attempt: int

    @property
    def headers(self) -> dict[str, str]:
        return self.message.headers or {}


class Inbound:
    """Takes what waits for one agent, a few packets at a time, the urgent first."""

    def __init__(
        self,
        config: AgentConfig,
        receive: Receive,
        topology: Topology,
        connection: Connection,
        dead_letters: NatsDeadLetters,
        on_refused: Refused,
    ) -> None:
        delivery = config.delivery
        self.agent = config.name
        self.stream = topology.stream(config.name)
        self._config = config
        self._receive = receive
        self._topology = topology
        self._connection = connection
        self._dead_letters = dead_letters
        self._on_refused = on_refused
        self._waits = waits(delivery)
        self._capacity = min(2 * delivery.concurrency, delivery.max_in_flight)
        self._lanes: Lanes[_Held] = Lanes(self._capacity)
        self._queued: Counter[Priority] = Counter()
        self._waiting = asyncio.Semaphore(0)
        self._held: set[_Held] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._fetchers = {priority: self._fetcher(priority) for priority in PRIORITIES}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def held(self) -> int:
        """How many packets were taken up and are not settled."""
        return len(self._held)

    async def start(self) -> None:
        """Begin."""
        for fetcher in self._fetchers.values():
            await fetcher.start()
        works = [self._work() for _ in range(self._config.delivery.concurrency)]
        self._tasks = [
            asyncio.create_task(work, name=f"inbound-{self.agent}") for work in (*works, self._keep_alive())
        ]

    async def drain(self) -> None:
        """Take up no more; what was taken up goes on."""
        await asyncio.gather(*(fetcher.stop() for fetcher in self._fetchers.values()))

    async def quiet(self) -> None:
        """Wait until everything that was taken up is settled."""
        await self._quiet.wait()

    async def stop(self) -> int:
        """Give back what is not settled; tells how much that was."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        given_back = len(self._held)
        for held in tuple(self._held):
            await self._answer(held, b"-NAK")
            self._release(held)
        return given_back

    async def once_more(self, found: Message, attempt: int) -> bool:
        """Hand out by itself a packet that was given up as its receivers died; tells whether it is handled.

        They may have died of another one, which they had in hand at the same time.
        """
        try:
            envelope = read(found, self._topology, self._resolve)
        except WireError:
            return False
        return isinstance(await self._receive(Delivery(envelope, attempt, last=True)), Done)

    def _fetcher(self, priority: Priority) -> Fetcher:
        def room() -> int:
            free = self._capacity - self._queued[priority]
            # A request for each packet that leaves would be a round trip for each.
            return free if 2 * free >= self._capacity else 0

        def take(message: Msg) -> bool:
            if self._queued[priority] >= self._capacity:
                return False
            metadata = message.metadata
            held = _Held(message, priority, metadata.sequence.stream, metadata.num_delivered)
            self._lanes.put(held, priority)
            self._queued[priority] += 1
            self._held.add(held)
            self._quiet.clear()
            self._waiting.release()
            return True

        durable = self._topology.durable(priority)
        return Fetcher(self._connection, self.stream, durable, room, take)

    async def _work(self) -> None:
        while True:
            await self._waiting.acquire()
            held = self._lanes.take()
            self._queued[held.priority] -= 1
            self._fetchers[held.priority].freed()
            try:
                await self._hand_out(held)
            except RuntimeFault as error:
                # It stays unacknowledged: the server hands it out again.
                log.warning("%s-%d is not settled: %s", self.stream, held.sequence, error)
            except Exception:
                log.exception("%s-%d is not settled", self.stream, held.sequence)
            self._release(held)

    def _release(self, held: _Held) -> None:
        self._held.discard(held)
        if not self._held:
            self._quiet.set()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._config.delivery.ack_wait_seconds / 3)
            for held in tuple(self._held):
                await self._answer(held, b"+WPI")

    async def _hand_out(self, held: _Held) -> None:
        found = Message(
            subject=held.message.subject,
            headers=held.headers,
            body=held.message.data,
            id=f"js-{self.stream}-{held.sequence}",
            at=held.message.metadata.timestamp,
        )
        try:
            envelope = read(found, self._topology, self._resolve)
            reply_to = self._reply_to(held, envelope)
        except WireError as error:
            self._on_refused(self.agent, error.code)
            await self._give_up(held, found, error)
            return
        last = held.attempt >= self._config.delivery.max_deliver
        delivery = Delivery(envelope, held.attempt, last, reply_to is not None)
        try:
            settlement = await self._receive(delivery)
        except Exception as error:
            # Receivers answer for their own mistakes: one that raises is a bug, and must not stop others.
            log.exception("the receiver of %s failed", envelope.target)
            told = f"{type(error).__name__}: {error}"
            backoff = self._config.delivery.backoff_seconds or (FIRST_WAIT,)
            again = Again(told, backoff[min(held.attempt, len(backoff)) - 1])
            settlement = Dead("receiver_failed", told) if delivery.asked else again
        await self._settle(held, found, settlement, reply_to)

    async def _settle(
        self, held: _Held, found: Message, settlement: Settlement, reply_to: str | None
    ) -> None:
        last = held.attempt >= self._config.delivery.max_deliver
        match settlement:
            case Done(reply):
                await self._reply(reply_to, reply)
                await self._answer(held, b"+ACK")
            case Again(reason, seconds) if not last:
                log.info("%s is handed out again in %.2f s: %s", found.id, seconds, reason)
                await self._answer(held, b"-NAK " + to_json({"delay": self._delay(held.attempt, seconds)}))
            case Again(reason, _):
                await self._give_up(held, found, WireError("max_deliveries", reason))
            case Dead(code, reason, reply):
                await self._reply(reply_to, reply)
                await self._give_up(held, found, WireError(code, reason))

    async def _give_up(self, held: _Held, found: Message, error: WireError) -> None:
        origin = f"{self.stream}-{held.sequence}"
        while True:
            try:
                await self._dead_letters.keep(self.agent, origin, found, held.attempt, error)
            except BusClosed as closed:
                log.warning("dead letter %s is not kept yet: %s", origin, closed)
            else:
                break
        await self._answer(held, b"+TERM " + error.code.encode("ascii", "replace"))

    def _delay(self, attempt: int, seconds: float) -> int:
        # The server adds the difference between this attempt's backoff and the first one to what it is told,
        # so that is taken off; the sum may be negative. In nanoseconds; 0 would mean none at all.
        added = self._waits[min(attempt, len(self._waits)) - 1] - self._waits[0] if self._waits else 0.0
        return int((seconds - added) * 1_000_000_000) or 1

    async def _reply(self, reply_to: str | None, reply: PacketEnvelope | None) -> None:
        if reply_to is None:
            return
        nothing = {EMPTY: "true"}, b""
        try:
            try:
                headers, body = write(reply, self._topology.fleet) if reply is not None else nothing
                await self._connection.send(reply_to, body, headers)
            except (WireError, Undeliverable) as error:
                # The packet is handled all the same, and would be as often as it came.
                log.error("the answer to %s cannot be sent: %s", reply_to, error)  # noqa: TRY400 -- says all
                headers, body = nothing
                await self._connection.send(reply_to, body, headers)
        except BusClosed as error:
            # Whoever asked asks again, and gets the answer that was stored.
            log.warning("the answer to %s is not sent: %s", reply_to, error)

    async def _answer(self, held: _Held, told: bytes) -> None:
        try:
            await self._connection.send(held.message.reply, told)
        except BusClosed as error:
            log.debug("%s is not acknowledged: %s", held.message.reply, error)

    def _resolve(self, port: str) -> tuple[str, int] | None:
        taken = self._config.inputs.get(port)
        return (taken.packet, taken.version) if taken else None

    def _reply_to(self, held: _Held, envelope: PacketEnvelope) -> str | None:
        subject = held.headers.get(REPLY_TO)
        if subject is None:
            return None
        # Agents hand in for others what comes to them by HTTP; nobody else waits under another name.
        askers = {envelope.sender, self.agent} if envelope.sender == OUTSIDE else {envelope.sender}
        start, _, token = subject.rpartition(".")
        allowed = {self._topology.reply(asker, token) for asker in askers}
        if subject not in allowed or not token.replace("-", "").isalnum() or not start:
            code, reason = "forged_source", f"{envelope.source} does not get answers at {subject[:200]!r}"
            raise WireError(code, reason)
        return subject
