"""The bus on NATS JetStream: an accepted packet is on the server's disk until its agent has handled it."""

import asyncio
import logging
import re
from collections.abc import Callable
from pathlib import Path

import nats.errors
from nats.aio.msg import Msg

from qpf_runtime.bus.advisories import Advisories
from qpf_runtime.bus.connection import Connection
from qpf_runtime.bus.dead import NatsDeadLetters
from qpf_runtime.bus.declare import declaration
from qpf_runtime.bus.inbound import EMPTY, Inbound, Refused
from qpf_runtime.bus.jetstream import MESSAGE_ID, JetStream
from qpf_runtime.bus.port import Receive
from qpf_runtime.bus.provision import check, present
from qpf_runtime.bus.topology import OPERATOR, Topology
from qpf_runtime.clock import SystemClock
from qpf_runtime.config import AgentConfig
from qpf_runtime.envelope import OUTSIDE, PacketEnvelope
from qpf_runtime.errors import BusClosed, ReplyTimeout, Undeliverable
from qpf_runtime.ids import random_id
from qpf_runtime.wire import REPLY_TO, Message, WireError, read, read_reply, write

log = logging.getLogger("qpf_runtime.bus")

PUBLISH_WITHIN = 10.0
"""Seconds in which the server must have accepted a packet."""

ASK_AGAIN = 0.05
"""Seconds between two looks at whether a queue is empty."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]+")

Answer = asyncio.Future[PacketEnvelope | None]


def _uncounted(_agent: str, _code: str) -> None:
    """Count nothing."""


class NatsBus:
    """A bus on a NATS server, for agents or tools of one identity."""

    durable = True

    def __init__(
        self,
        url: str,
        topology: Topology,
        identity: str = OPERATOR,
        seed: Path | None = None,
        on_refused: Refused = _uncounted,
    ) -> None:
        """Make a bus that is not open yet.

        Args:
            url: `nats://host:port`.
            topology: Names of the fleet's environment.
            identity: Name of the agent, or `operator` for tools, which send from outside.
            seed: File with the identity's NKey seed, where the server asks for one.
            on_refused: Told agent and code of every message that was no packet.
        """
        self._topology = topology
        self._clock = SystemClock()
        self._asker = OUTSIDE if identity == OPERATOR else identity
        self._on_refused = on_refused
        self._connection = Connection(url, identity, seed)
        self._jetstream = JetStream(self._connection)
        self.dead_letters = NatsDeadLetters(self._jetstream, topology)
        self._inbound: dict[str, Inbound] = {}
        self._advisories: list[Advisories] = []
        self._answers: dict[str, tuple[PacketEnvelope, Answer]] = {}
        self._open = False
        self._closing = False

    @property
    def connected(self) -> bool:
        """Whether packets can be sent now."""
        return self._connection.connected

    async def open(self) -> None:
        """Connect, and listen to answers."""
        await self._connection.open()
        await self._connection.listen(self._topology.replies(self._asker), self._answered)
        self._open = True

    async def subscribe(self, config: AgentConfig, receive: Receive) -> None:
        """Hand every packet for the agent to `receive`, several at a time."""
        if config.name in self._inbound:
            msg = f"agent {config.name} is on this bus already"
            raise ValueError(msg)
        self._check_open()
        own = declaration([config]).stream(self._topology.stream(config.name))
        await check(self._connection.jetstream(), [own])
        await present(self._connection.jetstream(), self._topology.dead_stream)
        await present(self._connection.jetstream(), self._topology.advisory_stream, config.name)
        inbound = Inbound(
            config, receive, self._topology, self._connection, self.dead_letters, self._on_refused
        )
        advisories = Advisories(inbound, self._topology, self._connection, self._jetstream, self.dead_letters)
        self._inbound[config.name] = inbound
        self._advisories.append(advisories)
        await inbound.start()
        await advisories.start()

    async def watch(self, seen: Callable[[PacketEnvelope], None]) -> None:
        """Tell `seen` of every packet of the environment that is sent from now on; it changes nothing."""

        async def take(message: Msg) -> None:
            found = Message(
                message.subject, message.headers or {}, message.data, "watched", self._clock.now()
            )
            try:
                seen(read(found, self._topology, lambda _port: ("unknown", 1)))
            except WireError as error:
                log.debug("a message on %s is no packet: %s", message.subject, error.reason)

        await self._connection.listen(self._topology.packets, take)

    def reaches(self, agent: str) -> bool:
        """Tell whether somebody takes packets for the agent, or will: its queue is there before it is."""
        return _TOKEN.fullmatch(agent) is not None

    async def publish(self, envelope: PacketEnvelope) -> None:
        """Send without waiting for an answer; returns when the packet is on the server's disk."""
        await self._accept(envelope, envelope.id, None, PUBLISH_WITHIN)

    async def request(self, envelope: PacketEnvelope, within: float) -> PacketEnvelope | None:
        """Send, and wait for what the receiver returns, for so many seconds."""
        token = random_id()
        answer: Answer = asyncio.get_running_loop().create_future()
        self._answers[token] = envelope, answer
        try:
            async with asyncio.timeout(within) as limit:
                # The same packet asked again must come through: its receiver knows what it answered.
                await self._accept(envelope, token, self._topology.reply(self._asker, token), within)
                return await answer
        except TimeoutError:
            if not limit.expired():
                raise
            msg = f"no answer from {envelope.target} within {within:g} s"
            raise ReplyTimeout(msg) from None
        finally:
            del self._answers[token]

    async def pending(self, agent: str) -> int:
        """Tell how many packets of the agent are in its queue, those it is handling included.

        Raises:
            BusClosed: If the server cannot be asked.
        """
        try:
            jetstream = self._connection.jetstream()
            return int((await jetstream.stream_info(self._topology.stream(agent))).state.messages)
        except (nats.errors.Error, TimeoutError) as error:
            msg = f"the queue of {agent} cannot be asked for: {error}"
            raise BusClosed(msg) from None

    async def idle(self, within: float) -> bool:
        """Wait until nothing is queued for the agents of this bus or being handled."""
        try:
            async with asyncio.timeout(within):
                while await self._busy():  # noqa: ASYNC110 -- the queue is in another process
                    await asyncio.sleep(ASK_AGAIN)
        except TimeoutError:
            return False
        return True

    async def drain(self) -> None:
        """Take up no more packets; what was taken up goes on, and what it causes is sent."""
        self._closing = True
        await asyncio.gather(*(inbound.drain() for inbound in self._inbound.values()))

    async def close(self, grace: float) -> int:
        """Drain, finish what was taken up, for so many seconds; tells how many packets were given back."""
        await self.drain()
        try:
            async with asyncio.timeout(grace):
                for inbound in self._inbound.values():
                    await inbound.quiet()
        except TimeoutError:
            log.warning("not all packets were finished within %g s; they are given back", grace)
        given_back = sum([await inbound.stop() for inbound in self._inbound.values()])
        await asyncio.gather(*(advisories.stop() for advisories in self._advisories))
        self._open = False
        for _, answer in self._answers.values():
            if not answer.done():
                answer.set_exception(BusClosed("the bus closed before the answer came"))
        await self._connection.close()
        self._inbound.clear()
        self._advisories.clear()
        return given_back

    async def _accept(
        self, envelope: PacketEnvelope, message_id: str, reply_to: str | None, within: float
    ) -> None:
        self._check_open()
        if self._closing and (envelope.causation_id is None or envelope.sender == OUTSIDE):
            msg = "the bus is closing and takes no new packets"
            raise BusClosed(msg)
        if not all(map(_TOKEN.fullmatch, (envelope.agent, envelope.port, envelope.sender))):
            msg = f"no packet can go from {envelope.source} to {envelope.target}: a name has other signs"
            raise Undeliverable(msg)
        try:
            headers, body = write(envelope, self._topology.fleet)
        except WireError as error:
            raise Undeliverable(error.reason) from None
        headers[MESSAGE_ID] = message_id
        if reply_to is not None:
            headers[REPLY_TO] = reply_to
        await self._jetstream.store(self._topology.subject(envelope), headers, body, within)

    async def _answered(self, message: Msg) -> None:
        envelope, answer = self._answers.get(message.subject.rpartition(".")[2], (None, None))
        if envelope is None or answer is None or answer.done():
            return
        headers = message.headers or {}
        if EMPTY in headers:
            answer.set_result(None)
            return
        # An answer is not in a stream: it has no number and no time, and must bring its own.
        found = Message(message.subject, headers, message.data, "answer", envelope.created_at)
        try:
            reply = read_reply(found, self._topology.fleet)
        except WireError as error:
            log.warning("an answer to %s is none: %s", envelope.id, error.reason)
            return
        if (reply.causation_id, reply.sender) != (envelope.id, envelope.agent):
            log.warning("an answer to %s is to %s, from %s", envelope.id, reply.causation_id, reply.source)
            return
        answer.set_result(reply)

    async def _busy(self) -> bool:
        if self._answers or any(inbound.held for inbound in self._inbound.values()):
            return True
        if self._closing or not self._open:
            # What waits in the queue is for the next process of the agent.
            return False
        jetstream = self._connection.jetstream()
        try:
            states = [(await jetstream.stream_info(name)).state for name in self._streams()]
        except (nats.errors.Error, TimeoutError):
            return True
        return any(state.messages > 0 for state in states)

    def _streams(self) -> list[str]:
        return [inbound.stream for inbound in self._inbound.values()]

    def _check_open(self) -> None:
        if not self._open:
            msg = "the bus is not open"
            raise BusClosed(msg)
