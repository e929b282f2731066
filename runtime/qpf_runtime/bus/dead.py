"""Packets that were given up, in a stream of their own: each once, with the reason, and replayable."""

import logging
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote, unquote

from qpf_runtime.bus.declare import LARGEST_HEADERS
from qpf_runtime.bus.jetstream import MESSAGE_ID, JetStream, Stored
from qpf_runtime.bus.port import DeadLetter
from qpf_runtime.bus.topology import Topology
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import PacketRejected
from qpf_runtime.wire import Message, WireError, headers_size, read

log = logging.getLogger("qpf_runtime.bus")

STORE_WITHIN = 10.0
"""Seconds to put a dead letter into its stream."""

_CODE, _REASON, _SUBJECT, _ATTEMPTS = "qpf-code", "qpf-reason", "qpf-subject", "qpf-attempts"
_ORIGIN, _CUT = "qpf-origin", "qpf-cut"


class NatsDeadLetters:
    """The dead letters of one environment."""

    def __init__(self, jetstream: JetStream, topology: Topology) -> None:
        self._jetstream = jetstream
        self._topology = topology

    async def keep(self, agent: str, origin: str, found: Message, attempts: int, error: WireError) -> None:
        """Keep a message that an agent gave up; kept again, it is one dead letter still.

        Args:
            agent: Who gave it up.
            origin: Names the message for ever: `STREAM-SEQUENCE`.
            found: The message.
            attempts: How often it was handed out.
            error: Why.

        Raises:
            BusClosed: If the server did not say that it has it.
        """
        log.error("%s for %s is a dead letter (%s): %s", origin, found.subject, error.code, error.reason)
        told = {
            MESSAGE_ID: f"dead-{origin}",
            _CODE: error.code,
            _REASON: quote(error.reason[:2000], safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~"),
            _SUBJECT: found.subject,
            _ATTEMPTS: str(attempts),
            _ORIGIN: origin,
        }
        # What a message tells the server or this bus must not be told a second time.
        kept = {
            name: v for name, v in found.headers.items() if not name.lower().startswith(("nats-", "qpf-"))
        }
        headers = kept | told
        if headers_size(headers) > LARGEST_HEADERS:
            headers = told | {_CUT: "headers"}
        room = self._jetstream.largest - headers_size(headers) - 64
        if len(found.body) > room:
            headers |= {_CUT: "body"}
        await self._jetstream.store(self._topology.dead(agent), headers, found.body[:room], STORE_WITHIN)

    async def list(self, agent: str | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Give the oldest first; of one agent, if it is named."""
        found: list[DeadLetter] = []
        async for stored in self._stored(agent):
            if len(found) == limit:
                break
            found.append(self._letter(stored))
        return tuple(found)

    async def find(self, identity: str) -> DeadLetter | None:
        """Give the one of that id; the newest, if the same packet was given up several times."""
        stored = await self._find(identity)
        return self._letter(stored) if stored else None

    async def replay(self, identity: str) -> DeadLetter:
        """Send it once more to where it had been sent, then let go of it."""
        stored = await self._find(identity)
        if stored is None:
            raise KeyError(identity)
        letter = self._letter(stored)
        if _CUT in stored.headers:
            msg = f"dead letter {identity} was too large to be kept whole, and cannot be sent again"
            raise PacketRejected(msg)
        if not self._own(letter):
            # Whoever may write dead letters must not send what whoever replays them may send.
            there = f"{letter.subject[:200]!r}, not to where {letter.agent} takes packets"
            msg = f"dead letter {identity} is to go to {there}"
            raise PacketRejected(msg)
        headers = {name: v for name, v in stored.headers.items() if not name.startswith(("Nats-", "qpf-"))}
        # The stream knows the packet's own message id: under that, it would be a duplicate. Under this one,
        # two who replay it at the same time send it once.
        headers[MESSAGE_ID] = f"replay-{stored.headers.get(_ORIGIN)}-{stored.sequence}"
        await self._jetstream.store(letter.subject, headers, stored.body, STORE_WITHIN)
        await self._jetstream.delete(self._topology.dead_stream, stored.sequence)
        return letter

    def _own(self, letter: DeadLetter) -> bool:
        try:
            return self._topology.read(letter.subject)[0] == letter.agent
        except ValueError:
            return False

    async def forget(self, identity: str) -> None:
        """Let go of the one of that id: it is handled after all."""
        stored = await self._find(identity)
        if stored is not None:
            await self._jetstream.delete(self._topology.dead_stream, stored.sequence)

    async def _find(self, identity: str) -> Stored | None:
        newest = None
        async for stored in self._stored(None):
            if identity in {self._letter(stored).id, stored.headers.get(_ORIGIN)}:
                newest = stored
        return newest

    async def _stored(self, agent: str | None) -> AsyncIterator[Stored]:
        sequence, subject = 1, self._topology.dead(agent or "*")
        stream = self._topology.dead_stream
        while (stored := await self._jetstream.following(stream, sequence, subject)) is not None:
            yield stored
            sequence = stored.sequence + 1

    def _letter(self, stored: Stored) -> DeadLetter:
        headers, attempts = stored.headers, stored.headers.get(_ATTEMPTS, "")
        envelope = self._envelope(stored)
        origin = headers.get(_ORIGIN, f"{self._topology.dead_stream}-{stored.sequence}")
        return DeadLetter(
            id=envelope.id if envelope else _named(headers) or origin,
            agent=stored.subject.rpartition(".")[2],
            code=headers.get(_CODE, "unknown"),
            reason=unquote(headers.get(_REASON, "")),
            at=stored.at,
            attempts=int(attempts) if attempts.isdecimal() else 0,
            subject=headers.get(_SUBJECT, ""),
            raw=stored.body,
            envelope=envelope,
        )

    def _envelope(self, stored: Stored) -> PacketEnvelope | None:
        origin, subject = stored.headers.get(_ORIGIN, ""), stored.headers.get(_SUBJECT, "")
        found = Message(subject, stored.headers, stored.body, f"js-{origin}", stored.at)
        try:
            return read(found, self._topology, lambda _port: ("unknown", 1))
        except WireError:
            return None


def _named(headers: Mapping[str, str]) -> str | None:
    named = next((value for name, value in headers.items() if name.lower() == "ce-id"), "")
    return unquote(named)[:200] or None
