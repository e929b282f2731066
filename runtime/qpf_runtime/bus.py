"""How packets travel between agents: the port, and the bus inside one process.

A broker stands behind the same port later. The in-process bus is NOT durable: what it holds is lost
with the process. It loses nothing while it closes within its grace period.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import BusClosed, ReplyTimeout, Undeliverable
from qpf_runtime.lanes import Lanes

Receive = Callable[[PacketEnvelope], Awaitable[PacketEnvelope | None]]

log = logging.getLogger("qpf_runtime.bus")


class Bus(Protocol):
    """What agents need of a bus."""

    @property
    def durable(self) -> bool:
        """Whether an accepted packet outlives the process."""

    async def subscribe(self, agent: str, receive: Receive) -> None:
        """Hand every packet for the agent to `receive`, several at a time."""

    def reaches(self, agent: str) -> bool:
        """Tell whether somebody takes packets for the agent."""

    async def publish(self, envelope: PacketEnvelope) -> None:
        """Send without waiting for an answer; returns when the packet is accepted."""

    async def request(self, envelope: PacketEnvelope, within: float) -> PacketEnvelope | None:
        """Send and wait for what the receiver returns, for so many seconds."""

    async def idle(self, within: float) -> bool:
        """Wait until nothing is queued or being handled; tells whether that came true in time."""

    async def close(self, grace: float) -> int:
        """Finish what was accepted, for so many seconds; tells how many packets were left unfinished."""


@dataclass(frozen=True, slots=True)
class _Delivery:
    envelope: PacketEnvelope
    answer: asyncio.Future[PacketEnvelope | None] | None

    def settle(self, reply: PacketEnvelope | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(reply)

    def fail(self, error: Exception) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)


class _Mailbox:
    """The queue of one agent, and the tasks that empty it."""

    def __init__(self, lanes: Lanes[_Delivery]) -> None:
        self.lanes = lanes
        self.changed = asyncio.Condition()
        self.workers: list[asyncio.Task[None]] = []


class InProcessBus:
    """A bus inside one process: bounded, prioritised, not durable."""

    durable = False

    def __init__(self, *, capacity: int = 256, starvation_bound: int = 16, concurrency: int = 8) -> None:
        """Make a bus.

        Args:
            capacity: Most packets of one priority that wait for one agent; senders wait beyond that.
            starvation_bound: How often waiting packets of a priority may be passed over.
            concurrency: How many packets one agent handles at a time.
        """
        self._capacity = capacity
        self._bound = starvation_bound
        self._concurrency = concurrency
        self._mailboxes: dict[str, _Mailbox] = {}
        self._unfinished = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._closing = False

    async def subscribe(self, agent: str, receive: Receive) -> None:
        """Hand every packet for the agent to `receive`, several at a time."""
        if agent in self._mailboxes:
            msg = f"agent {agent} is on this bus already"
            raise ValueError(msg)
        mailbox = _Mailbox(Lanes(self._capacity, self._bound))
        self._mailboxes[agent] = mailbox
        for number in range(self._concurrency):
            task = asyncio.create_task(self._work(mailbox, receive), name=f"{agent}-{number}")
            mailbox.workers.append(task)

    def reaches(self, agent: str) -> bool:
        """Tell whether somebody takes packets for the agent."""
        return agent in self._mailboxes

    async def publish(self, envelope: PacketEnvelope) -> None:
        """Send without waiting for an answer; waits while the receiver's lane is full."""
        await self._accept(_Delivery(envelope, None))

    async def request(self, envelope: PacketEnvelope, within: float) -> PacketEnvelope | None:
        """Send and wait for what the receiver returns, for so many seconds."""
        answer: asyncio.Future[PacketEnvelope | None] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(within) as limit:
                await self._accept(_Delivery(envelope, answer))
                return await answer
        except TimeoutError:
            if not limit.expired():
                raise
            msg = f"no answer from {envelope.target} within {within:g} s"
            raise ReplyTimeout(msg) from None

    async def idle(self, within: float) -> bool:
        """Wait until nothing is queued or being handled; tells whether that came true in time."""
        try:
            async with asyncio.timeout(within):
                await self._quiet.wait()
        except TimeoutError:
            return False
        return True

    async def close(self, grace: float) -> int:
        """Finish what was accepted; new packets are refused, those that accepted ones cause are not."""
        self._closing = True
        for mailbox in self._mailboxes.values():
            async with mailbox.changed:
                mailbox.changed.notify_all()
        await self.idle(grace)
        unfinished = self._unfinished
        workers = [worker for mailbox in self._mailboxes.values() for worker in mailbox.workers]
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        for mailbox in self._mailboxes.values():
            while len(mailbox.lanes):
                mailbox.lanes.take().fail(BusClosed("the bus closed before the packet was taken up"))
        self._mailboxes.clear()
        return unfinished

    async def _accept(self, delivery: _Delivery) -> None:
        envelope = delivery.envelope
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
            mailbox.lanes.put(delivery, envelope.priority)
            self._unfinished += 1
            self._quiet.clear()
            mailbox.changed.notify_all()

    def _refuses(self, envelope: PacketEnvelope) -> bool:
        # A turn that is being finished may still need other agents: what it causes is let through.
        return self._closing and envelope.causation_id is None

    async def _work(self, mailbox: _Mailbox, receive: Receive) -> None:
        while True:
            async with mailbox.changed:
                await mailbox.changed.wait_for(lambda: len(mailbox.lanes) > 0)
                delivery = mailbox.lanes.take()
                mailbox.changed.notify_all()
            try:
                delivery.settle(await receive(delivery.envelope))
            except asyncio.CancelledError:
                delivery.fail(BusClosed("the bus closed before the packet was finished"))
                raise
            except Exception as error:
                # Receivers answer for their own mistakes: one that raises is a bug, and must not stop others.
                log.exception("the receiver of %s failed", delivery.envelope.target)
                delivery.fail(error)
            finally:
                self._unfinished -= 1
                if self._unfinished == 0:
                    self._quiet.set()
