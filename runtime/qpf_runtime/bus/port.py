"""What agents need of a bus, and what a bus needs of agents.

Delivery is at least once: a receiver may be handed the same packet again, and says what became of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qpf_runtime.config import AgentConfig
from qpf_runtime.envelope import PacketEnvelope


@dataclass(frozen=True, slots=True)
class Delivery:
    """A packet as a bus hands it to a receiver.

    Attributes:
        envelope: The packet.
        attempt: 1 the first time it is handed out, one more each time after.
        last: Whether it is not handed out again after this.
        asked: Whether somebody waits for what becomes of it.
    """

    envelope: PacketEnvelope
    attempt: int = 1
    last: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """The packet is handled: its effects are on disk, or it must have none. The bus forgets it."""

    reply: PacketEnvelope | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """The packet could not be handled for a passing reason. The bus hands it out again after a while."""

    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Dead:
    """The packet cannot be handled. The bus keeps it with the dead letters, and answers if somebody waits."""

    code: str
    reason: str
    reply: PacketEnvelope | None = None


Settlement = Done | Again | Dead
"""What became of a delivery."""

Receive = Callable[[Delivery], Awaitable[Settlement]]
"""Handles deliveries, several at a time. It settles every one; one that it raises on is handed out again."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A packet that was given up.

    Attributes:
        id: Names it in the queue of its agent: the packet's id, or `STREAM-SEQUENCE` if it has none.
        agent: Who could not handle it.
        code: Why, in one word: `invalid_payload`, `step_failed`, `max_deliveries`, `expired` …
        reason: Why, for a person.
        at: When it was given up.
        attempts: How often it was handed out.
        subject: Where it had been sent.
        raw: The message's body as it came.
        envelope: The packet, if the message was one.
    """

    id: str
    agent: str
    code: str
    reason: str
    at: datetime
    attempts: int
    subject: str
    raw: bytes
    envelope: PacketEnvelope | None


class DeadLetters(Protocol):
    """The packets that were given up, by agent."""

    async def list(self, agent: str | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Give the oldest first; of one agent, if it is named."""

    async def find(self, identity: str) -> DeadLetter | None:
        """Give the one of that id."""

    async def replay(self, identity: str) -> DeadLetter:
        """Send it once more to where it had been sent, then let go of it.

        Raises:
            KeyError: If there is none of that id.
        """


class Bus(Protocol):
    """What agents need of a bus."""

    @property
    def durable(self) -> bool:
        """Whether an accepted packet outlives the process."""

    @property
    def connected(self) -> bool:
        """Whether packets can be sent now."""

    @property
    def dead_letters(self) -> DeadLetters:
        """The packets that were given up."""

    async def open(self) -> None:
        """Get ready to send and receive.

        Raises:
            ConfigurationError: If what it was told makes no sense.
            BusClosed: If the server cannot be reached.
        """

    async def subscribe(self, config: AgentConfig, receive: Receive) -> None:
        """Hand every packet for the agent to `receive`, up to `config.delivery.concurrency` at a time.

        Raises:
            ConfigurationError: If the bus has no queue for the agent, or one that is declared otherwise.
        """

    def reaches(self, agent: str) -> bool:
        """Tell whether somebody takes packets for the agent, or will."""

    async def publish(self, envelope: PacketEnvelope) -> None:
        """Send without waiting for an answer; returns when the packet is accepted.

        The same packet published again is one packet.

        Raises:
            Undeliverable: If nobody takes packets at that address.
            QueueFull: If the receiver's queue takes no more for now.
            BusClosed: If the bus is closed or cannot be reached.
        """

    async def request(self, envelope: PacketEnvelope, within: float) -> PacketEnvelope | None:
        """Send, and wait for what the receiver returns, for so many seconds.

        Raises:
            ReplyTimeout: If nothing came in time.
            Undeliverable, QueueFull, BusClosed: As `publish`.
        """

    async def idle(self, within: float) -> bool:
        """Wait until nothing is queued here or being handled; tells whether that came true in time."""

    async def drain(self) -> None:
        """Take up no more packets, of the outside or of the queue; what is being handled goes on."""

    async def close(self, grace: float) -> int:
        """Drain, and finish what was taken up, for so many seconds.

        Returns:
            How many packets were not finished: given back, if the bus is durable, else lost.
        """
