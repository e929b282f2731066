"""Makes the packets one agent sends: addressed, traced to their cause, and the same if a turn runs again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from qpf_runtime.clock import Clock
from qpf_runtime.config import AgentConfig, Route
from qpf_runtime.envelope import LONGEST_PATH, OUTSIDE, Json, PacketEnvelope, Priority, address
from qpf_runtime.ids import Ids
from qpf_runtime.packet import Packet
from qpf_runtime.tracing import Tracer
from qpf_runtime.turn import Turn


class Outgoing:
    """Writes envelopes in the name of one agent."""

    def __init__(self, config: AgentConfig, clock: Clock, ids: Ids, tracer: Tracer) -> None:
        self._config = config
        self._clock = clock
        self._ids = ids
        self._tracer = tracer

    def from_outside(
        self, port: str, payload: Mapping[str, Json], priority: Priority | None, packet_id: str | None
    ) -> PacketEnvelope:
        """Address a payload that no agent sent to an input port.

        Raises:
            KeyError: If there is no such port.
        """
        configured = self._config.inputs.get(port)
        if configured is None:
            msg = f"agent {self._config.name} has no input port {port}"
            raise KeyError(msg)
        fresh = packet_id or self._ids()
        return PacketEnvelope(
            id=fresh,
            kind=configured.packet,
            packet_version=configured.version,
            priority=priority or configured.priority,
            source=OUTSIDE,
            target=address(self._config.name, port),
            correlation_id=fresh,
            created_at=self._clock.now(),
            schema_version=self._config.schema_version,
            traceparent=self._tracer.current(),
            payload=dict(payload),
        )

    def to_route(
        self, turn: Turn | None, port: str, route: Route, packet: Packet, within: float | None = None
    ) -> PacketEnvelope:
        """Address a packet to the receiver at the end of a route.

        Args:
            turn: What causes it; its id is derived from the turn's, so that a second run sends it again and
                not another.
            port: Output port it leaves by.
            route: Where it goes.
            packet: What it says.
            within: Seconds after which nobody waits for an answer.
        """
        now = self._clock.now()
        fresh = self._derived(turn, port, route) if turn is not None else self._ids()
        return PacketEnvelope(
            id=fresh,
            kind=packet.kind,
            packet_version=packet.version,
            priority=route.priority,
            source=address(self._config.name, port),
            target=address(route.target, route.port),
            correlation_id=turn.envelope.correlation_id if turn else fresh,
            causation_id=turn.envelope.id if turn else None,
            created_at=now,
            deadline=self._deadline(now, within),
            schema_version=self._config.schema_version,
            traceparent=self._tracer.current() or (turn.envelope.traceparent if turn else None),
            payload=packet.payload(),
            path=tuple(turn.path[-LONGEST_PATH:]) if turn else (),
        )

    def answer(
        self, to: PacketEnvelope, kind: str, version: int, payload: Mapping[str, Json], path: tuple[str, ...]
    ) -> PacketEnvelope:
        """Address a reply to whoever sent a packet."""
        return PacketEnvelope(
            id=_digest(to.id, to.target, "reply"),
            kind=kind,
            packet_version=version,
            priority=to.priority,
            source=to.target,
            target=to.source,
            correlation_id=to.correlation_id,
            causation_id=to.id,
            created_at=self._clock.now(),
            schema_version=self._config.schema_version,
            traceparent=self._tracer.current() or to.traceparent,
            payload=dict(payload),
            path=path[-LONGEST_PATH:],
        )

    def _derived(self, turn: Turn, port: str, route: Route) -> str:
        way = f"{port}>{route.target}.{route.port}"
        ordinal = turn.sent.get(way, 0)
        turn.sent[way] = ordinal + 1
        return _digest(turn.seed or turn.envelope.id, self._config.name, way, str(ordinal))

    def _deadline(self, now: datetime, within: float | None) -> datetime | None:
        return now + timedelta(seconds=within) if within is not None else None


def _digest(*parts: str) -> str:
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
