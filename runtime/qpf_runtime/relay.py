"""Sends what the outbox holds: after each turn, and after a restart what an earlier process left."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from qpf_runtime.bus.port import Bus
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import RuntimeFault, Transient
from qpf_runtime.ids import spread
from qpf_runtime.ledger import Ledger

log = logging.getLogger("qpf_runtime.relay")

SENDERS = 8
"""How many packets are on their way to the bus at a time."""

ROOM = 1000
"""Unsent packets beyond which the agent takes up no new work."""

LONGEST_HOLD = 30.0
"""Seconds that lack of room holds up one packet, at most."""

LONGEST_WAIT = 15.0
"""Seconds between two tries, at most."""

PAGE = 1000
"""Most packets of earlier processes that are taken over at a time."""

AGAIN = 1.0
"""Seconds until the next page, or until an outbox that could not be read is read again."""

ABANDONED = timedelta(seconds=60)
"""Age from which a packet of another process of this agent is taken over."""


class Relay:
    """Sends the packets of one agent. A packet that the bus refuses for now is tried until it is taken."""

    def __init__(self, bus: Bus, ledger: Ledger, agent: str) -> None:
        self._bus = bus
        self._ledger = ledger
        self._agent = agent
        self._waiting: asyncio.Queue[PacketEnvelope] = asyncio.Queue()
        self._held: dict[str, int] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def pending(self) -> int:
        """How many packets this process still has to send."""
        return len(self._held)

    def start(self) -> None:
        """Begin with what earlier processes left."""
        self._tasks = [asyncio.create_task(self._send(), name=f"relay-{self._agent}") for _ in range(SENDERS)]
        self._tasks.append(asyncio.create_task(self._take_over(), name=f"relay-{self._agent}-others"))

    async def stop(self) -> None:
        """Stop; what is not sent stays in the outbox."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def room(self) -> None:
        """Wait while too much is unsent: a receiver that lags holds up its sender, and loses nothing.

        Not for good: of agents that send to each other, all would wait until one goes on.
        """
        if self._room.is_set():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_HOLD):
                await self._room.wait()

    async def flushed(self, within: float) -> bool:
        """Wait until all is sent; tells whether that came true in time."""
        try:
            async with asyncio.timeout(within):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def take(self, packets: Iterable[PacketEnvelope]) -> None:
        """Send packets that the outbox holds since just now."""
        for packet in packets:
            if packet.id not in self._held:
                self._held[packet.id] = 0
                self._waiting.put_nowait(packet)
        self._tell()

    def look(self) -> None:
        """Read the outbox soon: it may hold what a turn sends whose end this process was not told of."""
        self._wanted.set()

    async def _send(self) -> None:
        while True:
            packet = await self._waiting.get()
            try:
                await self._bus.publish(packet)
                await self._ledger.sent([packet])
            except RuntimeFault as error:
                self._later(packet, error)
            except Exception as error:
                log.exception("packet %s could not be sent", packet.id)
                self._later(packet, error)
            else:
                self._held.pop(packet.id, None)
                self._tell()

    def _later(self, packet: PacketEnvelope, error: Exception) -> None:
        tries = self._held.get(packet.id, 0)
        self._held[packet.id] = tries + 1
        longest = min(LONGEST_WAIT, 0.05 * 2 ** min(tries, 10))
        seconds = spread(longest)
        log.log(
            logging.WARNING if tries in {0, 5} else logging.DEBUG,
            "packet %s for %s waits %.2f s in the outbox: %s",
            packet.id,
            packet.target,
            seconds,
            error,
        )
        asyncio.get_running_loop().call_later(seconds, self._waiting.put_nowait, packet)

    async def _take_over(self) -> None:
        age = timedelta()
        while True:
            try:
                found = await self._ledger.unsent(age, PAGE)
            except Exception as error:
                unforeseen = None if isinstance(error, Transient) else error
                log.warning("the outbox cannot be read: %s", error, exc_info=unforeseen)
                await asyncio.sleep(AGAIN)
                continue
            fresh = [packet for packet in found if packet.id not in self._held]
            self.take(fresh)
            if len(found) < PAGE:
                age = ABANDONED
            # Those after a whole page follow soon; unless it waits itself, and may do so for long.
            more = len(found) >= PAGE and fresh
            await asyncio.sleep(AGAIN)
            with suppress(TimeoutError):
                async with asyncio.timeout(0 if more else ABANDONED.total_seconds()):
                    await self._wanted.wait()
                    self._wanted.clear()
                    age = timedelta()

    def _tell(self) -> None:
        (self._empty.clear if self._held else self._empty.set)()
        (self._room.clear if len(self._held) >= ROOM else self._room.set)()
