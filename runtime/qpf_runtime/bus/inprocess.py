"""The bus inside one process: bounded, prioritised, and NOT durable.

What it holds is lost with the process. It loses nothing while it closes within its grace period.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass

from qpf_runtime.bus.lanes import Lanes
from qpf_runtime.bus.port import Again, Dead, DeadLetter, Delivery, Done, Receive
from qpf_runtime.clock import Clock, SystemClock
from qpf_runtime.config import AgentConfig, DeliveryConfig
from qpf_runtime.envelope import OUTSIDE, PacketEnvelope, canonical
from qpf_runtime.errors import BusClosed, QueueFull, ReplyTimeout, Undeliverable

log = logging.getLogger("qpf_runtime.bus")

PATIENCE = 1.0
"""Seconds a sender waits for room in a full lane before it is told so."""

MOST_DEAD_LETTERS = 1000


@dataclass(eq=False, slots=True)
class _Parcel:
    envelope: PacketEnvelope
    answer: asyncio.Future[PacketEnvelope | None] | None
    attempt: int = 1

    def settle(self, reply: PacketEnvelope | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(reply)

    def fail(self, error: Exception) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)


class _Mailbox:
    """The queue of one agent, and the tasks that empty it."""

    def __init__(self, agent: str, delivery: DeliveryConfig, receive: Receive) -> None:
        self.agent = agent
        self.delivery = delivery
        self.receive = receive
        self.lanes: Lanes[_Parcel] = Lanes(delivery.queue_limit)
        self.changed = asyncio.Condition()
        self.tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name=f"bus-{self.agent}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class InProcessBus:
    """A bus inside one process."""

    durable = False
    connected = True

    def __init__(self, clock: Clock | None = None) -> None:
        self.dead_letters = InProcessDeadLetters(self, clock or SystemClock())
        self._mailboxes: dict[str, _Mailbox] = {}
        self._unfinished = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._closing = False

    async def open(self) -> None:
        """Get ready: there is nothing to do."""

    async def subscribe(self, config: AgentConfig, receive: Receive) -> None:
        """Hand every packet for the agent to `receive`, several at a time."""
        await self.collect(config.name, config.delivery, receive)

    async def collect(self, agent: str, delivery: DeliveryConfig, receive: Receive) -> None:
        """Hand every packet for that name to `receive`, whether or not an agent of that name runs here."""
        if agent in self._mailboxes:
            msg = f"agent {agent} is on this bus already"
            raise ValueError(msg)
        mailbox = _Mailbox(agent, delivery, receive)
        self._mailboxes[agent] = mailbox
        for _ in range(delivery.concurrency):
            mailbox.start(self._work(mailbox))

    def reaches(self, agent: str) -> bool:
        """Tell whether somebody takes packets for the agent."""
        return agent in self._mailboxes

    async def publish(self, envelope: PacketEnvelope) -> None:
        """Send without waiting for an answer; waits a moment while the receiver's lane is full."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._accept(_Parcel(envelope, None))
        except TimeoutError:
            msg = f"{envelope.agent} has {envelope.priority} packets up to its limit; send later"
            raise QueueFull(msg) from None

    async def request(self, envelope: PacketEnvelope, within: float) -> PacketEnvelope | None:
        """Send and wait for what the receiver returns, for so many seconds."""
        answer: asyncio.Future[PacketEnvelope | None] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(within) as limit:
                await self._accept(_Parcel(envelope, answer))
                return await answer
        except TimeoutError:
            if not limit.expired():
                raise
            msg = f"no answer from {envelope.target} within {within:g} s"
            raise ReplyTimeout(msg) from None

    async def pending(self, agent: str) -> int:
        """Tell how many packets wait for the agent to take them up."""
        mailbox = self._mailboxes.get(agent)
        return len(mailbox.lanes) if mailbox is not None else 0

    async def idle(self, within: float) -> bool:
        """Wait until nothing is queued or being handled; tells whether that came true in time."""
        try:
            async with asyncio.timeout(within):
                await self._quiet.wait()
        except TimeoutError:
            return False
        return True

    async def drain(self) -> None:
        """Refuse new packets from outside; those that accepted ones cause are still taken."""
        self._closing = True
        for mailbox in self._mailboxes.values():
            async with mailbox.changed:
                mailbox.changed.notify_all()

    async def close(self, grace: float) -> int:
        """Drain, and finish what was accepted."""
        await self.drain()
        await self.idle(grace)
        unfinished = self._unfinished
        tasks = [task for mailbox in self._mailboxes.values() for task in mailbox.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for mailbox in self._mailboxes.values():
            while len(mailbox.lanes):
                mailbox.lanes.take().fail(BusClosed("the bus closed before the packet was taken up"))
        self._mailboxes.clear()
        return unfinished

    async def _accept(self, parcel: _Parcel) -> None:
        envelope = parcel.envelope
        mailbox = self._mailboxes.get(envelope.agent)
        if mailbox is None:
            msg = f"no agent {envelope.agent} on this bus takes packet {envelope.kind} for {envelope.target}"
            raise BusClosed("the bus is closed") if self._closing else Undeliverable(msg)
        async with mailbox.changed:
            await mailbox.changed.wait_for(
                lambda: self._refuses(envelope) or not mailbox.lanes.full(envelope.priority)
            )
            if self._refuses(envelope):
                msg = "the bus is closing and takes no new packets"
                raise BusClosed(msg)
            mailbox.lanes.put(parcel, envelope.priority)
            self._begin()
            mailbox.changed.notify_all()

    def _refuses(self, envelope: PacketEnvelope) -> bool:
        # A turn that is being finished may still need other agents: what it causes is let through.
        caused = envelope.causation_id is not None and envelope.sender != OUTSIDE
        return self._closing and not caused

    async def _work(self, mailbox: _Mailbox) -> None:
        while True:
            async with mailbox.changed:
                await mailbox.changed.wait_for(lambda: len(mailbox.lanes) > 0)
                parcel = mailbox.lanes.take()
                mailbox.changed.notify_all()
            try:
                await self._hand_out(mailbox, parcel)
            except asyncio.CancelledError:
                parcel.fail(BusClosed("the bus closed before the packet was finished"))
                raise
            finally:
                self._end()

    async def _hand_out(self, mailbox: _Mailbox, parcel: _Parcel) -> None:
        last = parcel.attempt >= mailbox.delivery.max_deliver
        delivery = Delivery(parcel.envelope, parcel.attempt, last, parcel.answer is not None)
        try:
            settlement = await mailbox.receive(delivery)
        except Exception as error:
            # Receivers answer for their own mistakes: one that raises is a bug, and must not stop others.
            log.exception("the receiver of %s failed", parcel.envelope.target)
            parcel.fail(error)
            told = f"{type(error).__name__}: {error}"
            settlement = Dead("receiver_failed", told) if delivery.asked else Again(told, 0.0)
        match settlement:
            case Done(reply):
                parcel.settle(reply)
            case Again(reason, seconds) if not last:
                self._begin()
                mailbox.start(self._put_back(mailbox, parcel, seconds, reason))
            case Again(reason, _):
                parcel.fail(BusClosed(reason))
                self.dead_letters.keep(
                    mailbox.agent, parcel.envelope, parcel.attempt, "max_deliveries", reason
                )
            case Dead(code, reason, reply):
                parcel.settle(reply)
                self.dead_letters.keep(mailbox.agent, parcel.envelope, parcel.attempt, code, reason)

    async def _put_back(self, mailbox: _Mailbox, parcel: _Parcel, seconds: float, reason: str) -> None:
        try:
            log.info("%s is handed out again in %.2f s: %s", parcel.envelope.id, seconds, reason)
            await asyncio.sleep(seconds)
            parcel.attempt += 1
            async with mailbox.changed:
                await mailbox.changed.wait_for(lambda: not mailbox.lanes.full(parcel.envelope.priority))
                mailbox.lanes.put(parcel, parcel.envelope.priority)
                self._begin()
                mailbox.changed.notify_all()
        finally:
            self._end()

    def _begin(self) -> None:
        self._unfinished += 1
        self._quiet.clear()

    def _end(self) -> None:
        self._unfinished -= 1
        if self._unfinished == 0:
            self._quiet.set()


class InProcessDeadLetters:
    """The packets that were given up, the newest thousand, for as long as the process runs."""

    def __init__(self, bus: InProcessBus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._kept: OrderedDict[str, DeadLetter] = OrderedDict()

    def keep(self, agent: str, envelope: PacketEnvelope, attempts: int, code: str, reason: str) -> None:
        """Keep a packet; given up again, it is one dead letter still."""
        log.error("%s for %s is a dead letter (%s): %s", envelope.id, envelope.target, code, reason)
        subject, raw, now = envelope.target, canonical(envelope.payload), self._clock.now()
        self._kept.pop(envelope.id, None)
        self._kept[envelope.id] = DeadLetter(
            envelope.id, agent, code, reason, now, attempts, subject, raw, envelope
        )
        while len(self._kept) > MOST_DEAD_LETTERS:
            self._kept.popitem(last=False)

    async def list(self, agent: str | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Give the oldest first; of one agent, if it is named."""
        found = [letter for letter in self._kept.values() if agent in {None, letter.agent}]
        return tuple(found[:limit])

    async def find(self, identity: str) -> DeadLetter | None:
        """Give the one of that id."""
        return self._kept.get(identity)

    async def replay(self, identity: str) -> DeadLetter:
        """Send it once more, then let go of it."""
        letter = self._kept[identity]
        if letter.envelope is not None:
            await self._bus.publish(letter.envelope)
        # It may have been given up again meanwhile: that letter stays.
        if self._kept.get(identity) is letter:
            del self._kept[identity]
        return letter
