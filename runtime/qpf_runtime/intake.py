"""How a packet comes in by HTTP: checked, handed to the bus, and answered, however often it is sent."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from qpf_runtime.door import resent
from qpf_runtime.envelope import (
    OUTSIDE,
    PRIORITIES,
    Json,
    PacketEnvelope,
    Priority,
    address,
    canonical,
    digest,
)
from qpf_runtime.errors import (
    ReplyTimeout,
    Transient,
    Undeliverable,
    field_problems,
    said,
)
from qpf_runtime.failure import TurnError
from qpf_runtime.ledger import Entry
from qpf_runtime.reading import read_object
from qpf_runtime.refusal import Refusal
from qpf_runtime.replies import SOON, accepted, not_taken, reply_with
from qpf_runtime.tracing import here

if TYPE_CHECKING:
    from qpf_runtime.agent import Agent
    from qpf_runtime.metrics import Metrics

MOST_WAITING = 1000
"""Most requests that wait for a reply at a time."""

MOST_REMEMBERED = 10_000
"""Most packets of which is known what was accepted under their id."""

SPARE = 1.0
"""Seconds a reply may take beyond the agent's own limit."""


@dataclass
class Intake:
    """Takes packets for one agent."""

    agent: "Agent"
    metrics: "Metrics | None" = None
    _published: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _running: dict[str, tuple[str, asyncio.Future[PacketEnvelope | None]]] = field(default_factory=dict)

    async def take(self, request: Request, port: str | None = None) -> Response:
        """Take a packet and answer with the reply, or that it was accepted.

        With a port (the argument, or `?port=`) the body is a bare payload, else it is a whole envelope.
        200 carries the reply. 202 says that the bus has accepted the packet: the port gives no reply, or the
        sender does not wait for it (`Prefer: respond-async`, or `?wait=false`).

        Raises:
            Refusal: If it becomes no packet, or gets no reply.
        """
        envelope, named = await self._read(request, port or request.query_params.get("port"))
        known = await self._known(request, envelope) if named else None
        if known is not None:
            return known
        if _waits(request) and self.agent.config.inputs[envelope.port].reply is not None:
            return reply_with(await self._ask(envelope))
        await self._publish(envelope)
        return accepted(envelope, request.url.path)

    async def exchange(self, port: str, payload: dict[str, Json], key: str) -> PacketEnvelope | None:
        """Take a payload under a key its sender chose; gives the reply, None if the port gives none.

        Raises:
            Refusal: If it becomes no packet, or gets no reply.
        """
        envelope = self._from_payload(port, payload, None, key)
        entry = await self._seen(envelope)
        if entry is not None:
            return entry.reply
        if self.agent.config.inputs[port].reply is None:
            await self._publish(envelope)
            return None
        return await self._ask(envelope)

    async def ask(self, envelope: PacketEnvelope) -> PacketEnvelope | None:
        """Hand a checked packet to the bus and wait for its reply, no longer than anybody needs it.

        Raises:
            Refusal: If no reply comes: names why.
        """
        within = self.agent.config.timeout_ms / 1000 + SPARE
        if envelope.deadline is not None:
            left = (envelope.deadline - self.agent.clock.now()).total_seconds()
            within = max(0.001, min(within, left))
        try:
            return await self.agent.bus.request(envelope, within)
        except ReplyTimeout as error:
            raise Refusal(504, "timeout", str(error), again=SOON) from None
        except (Transient, Undeliverable) as error:
            raise not_taken(error) from None

    def check(self, envelope: PacketEnvelope) -> None:
        """Refuse what the agent would refuse, while its sender is still there to hear it.

        Raises:
            Refusal: Naming what is wrong.
        """
        config = self.agent.config
        known = config.inputs.get(envelope.port) if envelope.agent == config.name else None
        if known is None:
            raise self._no_port(envelope.target)
        if envelope.source != OUTSIDE or envelope.path:
            msg = f"what comes by HTTP comes from {OUTSIDE} and has no path yet"
            raise Refusal(403, "forged_source", msg)
        if envelope.kind != known.packet:
            msg = f"{envelope.target} takes {known.packet} packets, not {envelope.kind}"
            raise Refusal(422, "wrong_kind", msg)
        if envelope.packet_version != known.version:
            told = f"version {known.version} of {known.packet}, not {envelope.packet_version}"
            raise Refusal(422, "wrong_version", f"{envelope.target} takes {told}")
        if envelope.expired(self.agent.clock.now()):
            raise Refusal(422, "expired", f"nobody needs it since {envelope.deadline}")
        if envelope.digest != digest(canonical(envelope.payload)):
            msg = "the digest is not that of the payload"
            raise Refusal(422, "invalid_digest", msg)

    async def _read(self, request: Request, port: str | None) -> tuple[PacketEnvelope, bool]:
        """Read a packet; tells also whether its sender named it, so that it may come again."""
        raw, parsed = await read_object(request)
        if port is not None:
            key = _key(request)
            return self._from_payload(port, parsed, _priority(request), key), key is not None
        try:
            envelope = PacketEnvelope.model_validate_json(raw)
        except ValidationError as error:
            problems = field_problems(error)
            msg = f"not an envelope (for a bare payload, name the port: ?port=): {said(problems)}"
            raise Refusal(422, "invalid_envelope", msg, problems) from None
        self.check(envelope)
        context = here()
        if context is not None and ("traceparent" in request.headers or envelope.traceparent is None):
            envelope = envelope.model_copy(update={"traceparent": context.traceparent})
        return envelope, True

    def _from_payload(
        self, port: str, payload: dict[str, Json], priority: Priority | None, key: str | None
    ) -> PacketEnvelope:
        if port not in self.agent.config.inputs:
            raise self._no_port(address(self.agent.name, port[:200]))
        identity = _named(self.agent.name, port, key) if key is not None else None
        try:
            return self.agent.envelope(port, payload, priority, identity)
        except ValidationError as error:
            # Within the bounds of a body, and more than that when it is spelt as it is sent.
            raise Refusal(413, "too_large", said(field_problems(error))) from None

    async def _known(self, request: Request, envelope: PacketEnvelope) -> Response | None:
        """Answer a packet that was handled before from the ledger."""
        entry = await self._seen(envelope)
        if entry is None:
            return None
        return reply_with(entry.reply) if entry.reply is not None else accepted(envelope, request.url.path)

    async def _seen(self, envelope: PacketEnvelope) -> Entry | None:
        try:
            entry = await self.agent.ledger.seen(envelope.id)
            if entry is None:
                return None
            resent(envelope, entry.digest, entry.source, entry.causation_id)
        except TurnError as failed:
            raise Refusal(409, failed.failure.code, failed.failure.message) from None
        except Transient as error:
            raise not_taken(error) from None
        if self.metrics is not None:
            self.metrics.duplicate(self.agent.name)
        return entry

    async def _publish(self, envelope: PacketEnvelope) -> None:
        # Nobody would hear later what is wrong with it.
        try:
            self.agent.input_types[envelope.port].read(envelope.payload)
        except ValidationError as error:
            problems = field_problems(error)
            msg = f"not a {envelope.kind} packet: {said(problems)}"
            raise Refusal(422, "invalid_payload", msg, problems) from None
        # A bus drops what it was sent a moment ago under the same id, whatever it says.
        if self._published.get(envelope.id, envelope.digest) != envelope.digest:
            raise _reused(envelope)
        try:
            await self.agent.bus.publish(envelope)
        except (Transient, Undeliverable) as error:
            raise not_taken(error) from None
        self._published[envelope.id] = envelope.digest
        while len(self._published) > MOST_REMEMBERED:
            self._published.popitem(last=False)

    async def _ask(self, envelope: PacketEnvelope) -> PacketEnvelope | None:
        """Ask the bus; one that is sent again while the first waits gets the same reply."""
        under_way = self._running.get(envelope.id)
        if under_way is not None:
            first, replied = under_way
            if first != envelope.digest:
                raise _reused(envelope)
            return await asyncio.shield(replied)
        if len(self._running) >= MOST_WAITING:
            msg = f"{MOST_WAITING} requests wait for replies; send later, or without waiting"
            raise Refusal(429, "busy", msg, again=SOON)
        asked = asyncio.ensure_future(self.ask(envelope))
        self._running[envelope.id] = envelope.digest, asked
        try:
            return await asked
        finally:
            self._running.pop(envelope.id, None)

    def _no_port(self, target: str) -> Refusal:
        known = ", ".join(sorted(self.agent.config.inputs)) or "none"
        msg = f"agent {self.agent.name} has no input port for {target}; it has {known}"
        return Refusal(404, "unknown_port", msg)


def _reused(envelope: PacketEnvelope) -> Refusal:
    msg = f"{envelope.id} is the id of another packet that is being handled"
    return Refusal(409, "id_reused", msg)


def _waits(request: Request) -> bool:
    preferred = {part.strip().lower() for part in request.headers.get("prefer", "").split(",")}
    return "respond-async" not in preferred and request.query_params.get("wait") != "false"


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not key or len(key) > 200:  # noqa: PLR2004 -- as long as an id may be
        msg = "an Idempotency-Key has 1 to 200 characters"
        raise Refusal(400, "invalid_key", msg)
    return key


def _named(agent: str, port: str, key: str) -> str:
    # Never the key itself: whoever may choose ids freely could take that of a packet still to come.
    return "key-" + blake2b(f"{agent}.{port}\n{key}".encode(), digest_size=16).hexdigest()


def _priority(request: Request) -> Priority | None:
    asked = request.query_params.get("priority")
    if asked is None:
        return None
    for priority in PRIORITIES:
        if priority == asked:
            return priority
    msg = f"priority must be one of {', '.join(PRIORITIES)}, not {asked[:40]}"
    raise Refusal(400, "invalid_priority", msg)
