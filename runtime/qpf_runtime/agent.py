"""An agent: takes packets by port, runs the steps of the port's flow, and answers.

It knows no domain: what a step does is the component's business.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextvars import ContextVar

from pydantic import ValidationError

from qpf_runtime.config import AgentConfig, Route
from qpf_runtime.envelope import ERROR, OUTSIDE, Json, PacketEnvelope, Priority, address
from qpf_runtime.errors import (
    BusClosed,
    ConfigurationError,
    ReplyTimeout,
    RequestFailed,
    Undeliverable,
    field_problems,
    said,
)
from qpf_runtime.failure import Failure, TurnError, explain
from qpf_runtime.governance import Gate
from qpf_runtime.packet import Packet
from qpf_runtime.reasoning import choose_reasoner
from qpf_runtime.runtime import Runtime, TurnRecord
from qpf_runtime.turn import Step, Turn
from qpf_runtime.wiring import Wiring

log = logging.getLogger("qpf_runtime.agent")

_current: ContextVar[Turn | None] = ContextVar("qpf_turn", default=None)


class Agent:
    """One agent.

    Attributes:
        config: What it was configured with.
        memory: What it remembers.
        audit: Its append-only trail.
        gate: Judges its decisions.
        reasoner: Weighs its evidence; None if its schema names no model.
        clock: Where it takes the time from.
        bus: What its packets travel by.
        packet_types: By output port, the type of what is sent.
        reply_types: By port, the type of the reply; an input port wins over an output port of its name.
    """

    def __init__(self, config: AgentConfig, runtime: Runtime) -> None:
        """Make an agent; its steps are wired next.

        Raises:
            ConfigurationError: If this runtime cannot do what the configuration asks.
        """
        self.config = config
        self.clock = runtime.clock
        self.bus = runtime.bus
        self.gate = Gate(config.mode, config.governance)
        try:
            self.reasoner = choose_reasoner(config.reasoning, runtime.models)
        except ValueError as error:
            msg = f"agent {config.name}: {error}"
            raise ConfigurationError(msg) from None
        opened = runtime.stores.open(config, runtime.clock)
        self.memory = opened.memory
        self.audit = opened.audit
        self._runtime = runtime
        self._wiring = Wiring(config)

    @property
    def name(self) -> str:
        """Its name."""
        return self.config.name

    @property
    def packet_types(self) -> Mapping[str, type[Packet]]:
        """By output port, the type of what is sent."""
        return self._wiring.packet_types

    @property
    def reply_types(self) -> Mapping[str, type[Packet]]:
        """By port, the type of the reply."""
        return self._wiring.reply_types

    def on(
        self,
        port: str,
        packet_type: type[Packet],
        steps: Sequence[Step],
        reply_type: type[Packet] | None = None,
    ) -> None:
        """Say what happens to packets of an input port: the steps, in order."""
        self._wiring.add_input(port, packet_type, steps, reply_type)

    def sends(self, port: str, packet_type: type[Packet], reply_type: type[Packet] | None = None) -> None:
        """Say what leaves by an output port."""
        self._wiring.add_output(port, packet_type, reply_type)

    async def start(self) -> None:
        """Take packets from the bus.

        Raises:
            ConfigurationError: If a configured port was not wired.
        """
        self._wiring.check()
        await self.bus.subscribe(self.name, self.handle)

    def envelope(
        self, port: str, payload: Mapping[str, Json], priority: Priority | None = None
    ) -> PacketEnvelope:
        """Put a payload from outside the fleet into an envelope for an input port."""
        configured = self.config.inputs.get(port)
        if configured is None:
            msg = f"agent {self.name} has no input port {port}"
            raise KeyError(msg)
        fresh = self._runtime.ids()
        return PacketEnvelope(
            id=fresh,
            kind=configured.packet,
            priority=priority or configured.priority,
            source=OUTSIDE,
            target=address(self.name, port),
            correlation_id=fresh,
            created_at=self.clock.now(),
            schema_version=self.config.schema_version,
            payload=dict(payload),
        )

    async def handle(self, envelope: PacketEnvelope) -> PacketEnvelope | None:
        """Take one packet through its flow.

        Returns:
            The reply, or an error reply if the turn failed; None if the port gives no reply.
        """
        started = self.clock.monotonic()
        turn: Turn | None = None
        failure: Failure | None = None
        try:
            turn = self._admit(envelope)
            await self._flow(turn)
        except TurnError as failed:
            failure = failed.failure
            await self._remember_failure(envelope, failure)
        path = tuple(turn.path) if turn else envelope.path
        self._runtime.watched(
            TurnRecord(
                agent=self.name,
                envelope=envelope,
                hops=path[len(envelope.path) :],
                seconds=self.clock.monotonic() - started,
                answers=envelope.port in self._wiring.answered,
                decision=turn.decision if turn else None,
                failure=failure,
            )
        )
        if failure is not None:
            return self._answer(envelope, ERROR, failure.payload(), path)
        if turn is None or turn.reply is None:
            return None
        return self._answer(envelope, turn.reply.kind, turn.reply.payload(), path)

    async def request(self, port: str, packet: Packet) -> PacketEnvelope:
        """Send by an output port and wait for the reply.

        Raises:
            RequestFailed: If the receiver cannot be reached, answers with an error, or not in time.
            ConfigurationError: If the port does not have exactly one receiver.
        """
        routes = self._wiring.routes(port, packet)
        if len(routes) != 1 or port not in self._wiring.asked:
            msg = f"agent {self.name}: a request by {port} needs a reply and one receiver, not {len(routes)}"
            raise ConfigurationError(msg)
        sent = self._send(port, routes[0], packet)
        try:
            reply = await self.bus.request(sent, self.config.timeout_ms / 1000)
        except (BusClosed, ReplyTimeout, Undeliverable) as error:
            raise RequestFailed(str(error)) from error
        turn = _current.get()
        if reply is None:
            msg = f"{sent.target} gave no reply"
            raise RequestFailed(msg)
        if turn is not None:
            turn.path.extend(reply.path[len(sent.path) :])
        if reply.failed:
            msg = f"{sent.target} answered: {reply.payload.get('message', 'an error')}"
            raise RequestFailed(msg, reply)
        self._wiring.check_reply(port, reply)
        return reply

    async def emit(self, port: str, packet: Packet) -> None:
        """Send by an output port to every receiver, without waiting for what they do.

        Raises:
            Undeliverable: If a receiver is not there.
        """
        for route in self._wiring.routes(port, packet):
            await self.bus.publish(self._send(port, route, packet))

    def _admit(self, envelope: PacketEnvelope) -> Turn:
        flow = self._wiring.inputs.get(envelope.port)
        at = envelope.target
        if flow is None or envelope.agent != self.name:
            known = ", ".join(sorted(self._wiring.inputs)) or "none"
            msg = f"agent {self.name} has no input port for {at}; it has {known}"
            raise TurnError(Failure("unknown_port", msg, at))
        if envelope.kind != flow.packet_type.kind:
            msg = f"{at} takes {flow.packet_type.kind} packets, not {envelope.kind}"
            raise TurnError(Failure("wrong_kind", msg, at))
        try:
            packet = flow.packet_type.read(envelope.payload)
        except ValidationError as error:
            problems = field_problems(error)
            msg = f"not a {envelope.kind} packet: {said(problems)}"
            raise TurnError(Failure("invalid_payload", msg, at, problems)) from None
        return Turn(envelope, packet, path=list(envelope.path), started=self.clock.monotonic())

    async def _flow(self, turn: Turn) -> None:
        flow = self._wiring.inputs[turn.envelope.port]
        at = turn.envelope.target
        token = _current.set(turn)
        try:
            async with asyncio.timeout(self.config.timeout_ms / 1000) as limit:
                for step in flow.steps:
                    at = f"{self.name}.{getattr(step, '__name__', type(step).__name__)}"
                    turn.path.append(at)
                    await step(turn)
        except Exception as error:
            late = Failure("timeout", f"not finished within {self.config.timeout_ms} ms", at)
            raise TurnError(late if limit.expired() else explain(error, at)) from error
        finally:
            _current.reset(token)
        expected = flow.reply_type
        if expected is None:
            turn.reply = None
        elif not isinstance(turn.reply, expected):
            got = turn.reply.kind if turn.reply else "none"
            msg = f"the flow ended with reply {got}; the port owes {expected.kind}"
            raise TurnError(Failure("step_failed", msg, at))

    async def _remember_failure(self, envelope: PacketEnvelope, failure: Failure) -> None:
        content: dict[str, Json] = {**failure.payload(), "packet_id": envelope.id, "kind": envelope.kind}
        try:
            await self.memory.episodic.append("failed_turn", envelope.port, content, envelope.correlation_id)
        except Exception:
            log.exception("a failed turn of %s could not be remembered", self.name)

    def _answer(
        self, envelope: PacketEnvelope, kind: str, payload: dict[str, Json], path: tuple[str, ...]
    ) -> PacketEnvelope:
        return PacketEnvelope(
            id=self._runtime.ids(),
            kind=kind,
            priority=envelope.priority,
            source=envelope.target,
            target=envelope.source,
            correlation_id=envelope.correlation_id,
            causation_id=envelope.id,
            created_at=self.clock.now(),
            schema_version=self.config.schema_version,
            payload=payload,
            path=path,
        )

    def _send(self, port: str, route: Route, packet: Packet) -> PacketEnvelope:
        turn = _current.get()
        fresh = self._runtime.ids()
        return PacketEnvelope(
            id=fresh,
            kind=packet.kind,
            priority=route.priority,
            source=address(self.name, port),
            target=address(route.target, route.port),
            correlation_id=turn.envelope.correlation_id if turn else fresh,
            causation_id=turn.envelope.id if turn else None,
            created_at=self.clock.now(),
            schema_version=self.config.schema_version,
            payload=packet.payload(),
            path=tuple(turn.path) if turn else (),
        )
