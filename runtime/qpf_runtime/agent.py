"""An agent: takes packets by port, runs the steps of the port's flow, and answers.

It knows no domain: what a step does is the component's business.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from qpf_runtime.audit import AuditTrail
from qpf_runtime.bus.port import Again, Delivery, Settlement
from qpf_runtime.clock import period
from qpf_runtime.config import AgentConfig
from qpf_runtime.database import Work
from qpf_runtime.desk import Desk
from qpf_runtime.envelope import Json, PacketEnvelope, Priority
from qpf_runtime.errors import (
    ConfigurationError,
    RequestFailed,
    Transient,
    Undeliverable,
)
from qpf_runtime.governance import Decision, Gate
from qpf_runtime.ledger import Ledger
from qpf_runtime.outgoing import Outgoing
from qpf_runtime.packet import Packet
from qpf_runtime.reasoning import Means, audited, choose_reasoner
from qpf_runtime.receiver import Receiver
from qpf_runtime.relay import Relay
from qpf_runtime.resilience import Caller, passing
from qpf_runtime.runtime import Runtime
from qpf_runtime.turn import Held, Step, current
from qpf_runtime.wiring import Wiring

log = logging.getLogger("qpf_runtime.agent")

SWEEP = timedelta(minutes=1)
"""How often what is past its retention is let go."""


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
        ledger: What it has handled, and what it still has to send.
        relay: Sends that.
        desk: Where its decisions wait for people.
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
        self._opened = runtime.stores.open(config, runtime.clock)
        self.memory = self._opened.memory
        self.database = self._opened.database
        self.audit = AuditTrail(
            self.database, config.name, runtime.clock, enabled=config.governance.audittrail
        )
        kept = period(config.delivery.dead_letter_retention)
        self.ledger = Ledger(self.database, config.name, runtime.clock, dead_letters=kept)
        self.relay = Relay(runtime.bus, self.ledger, config.name)
        self._caller = Caller(
            config.resilience,
            runtime.clock,
            on_event=lambda event, target: runtime.called(config.name, event, target),
        )
        means = Means(
            agent=self,
            caller=self._caller,
            variables=runtime.variables,
            secrets=runtime.secrets,
            recorder=audited(self),
        )
        try:
            self.reasoner = choose_reasoner(config.reasoning, runtime.models, means)
        except ConfigurationError as error:
            msg = f"agent {config.name}: {error}"
            raise ConfigurationError(msg) from None
        self._runtime = runtime
        self._wiring = Wiring(config)
        self._outgoing = Outgoing(config, runtime.clock, runtime.ids, runtime.tracer)
        self._receiver = Receiver(self, self._wiring, self._outgoing, runtime)
        self.desk = Desk(self)
        self._sweeper: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.config.name

    @property
    def in_flight(self) -> int:
        """How many packets are being handled."""
        return self._receiver.in_flight

    @property
    def packet_types(self) -> Mapping[str, type[Packet]]:
        """By output port, the type of what is sent."""
        return self._wiring.packet_types

    @property
    def reply_types(self) -> Mapping[str, type[Packet]]:
        """By port, the type of the reply."""
        return self._wiring.reply_types

    @property
    def input_types(self) -> Mapping[str, type[Packet]]:
        """By input port, the type of what is taken."""
        return {port: flow.packet_type for port, flow in self._wiring.inputs.items()}

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
        """Check what the agent needs, then begin.

        Raises:
            ConfigurationError: If a configured port was not wired, or a store cannot be what the schema says.
            Unavailable: If a store does not answer; nothing was started, and it may be tried again.
        """
        await self.check()
        await self.begin()

    async def check(self) -> None:
        """See that all ports are wired, and open the stores; raises as `start` does."""
        self._wiring.check()
        await self._opened.check()

    async def begin(self) -> None:
        """Send what is still to be sent, wait at the desk, and take packets from the bus."""
        self._runtime.joined(self)
        self.relay.start()
        self.desk.start()
        self._sweeper = asyncio.create_task(self._sweep(), name=f"sweep-{self.name}")
        await self.bus.subscribe(self.config, self.handle)

    async def stop(self) -> None:
        """Stop what runs beside the packets; the bus hands out none any more."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
            self._sweeper = None
        await self.desk.stop()
        await self.relay.stop()

    def envelope(
        self,
        port: str,
        payload: Mapping[str, Json],
        priority: Priority | None = None,
        packet_id: str | None = None,
    ) -> PacketEnvelope:
        """Put a payload from outside the fleet into an envelope for an input port."""
        return self._outgoing.from_outside(port, payload, priority, packet_id)

    async def handle(self, delivery: Delivery) -> Settlement:
        """Take one packet through its flow, once: a packet that comes again has no second effect."""
        return await self._receiver.receive(delivery)

    async def answer(self, envelope: PacketEnvelope) -> PacketEnvelope | None:
        """Handle a packet that was not on the bus, and give the reply; None if its port gives none."""
        settlement = await self.handle(Delivery(envelope, asked=True))
        return None if isinstance(settlement, Again) else settlement.reply

    async def resume(self, held: Held, decision: Decision, claim: Work[object]) -> None:
        """Take a turn that waited at the gate through the rest of its flow, under a person's decision.

        Args:
            held: The turn.
            decision: What became of it.
            claim: Part of the same transaction: raises if the decision was taken already, and then nothing
                of the turn ever was.
        """
        await self._receiver.resume(held, decision, claim)

    async def request(self, port: str, packet: Packet) -> PacketEnvelope:
        """Send by an output port and wait for the reply; repeated as the schema's failure policy says.

        Raises:
            RequestFailed: If the receiver cannot be reached, answers with an error, or not in time.
            ConfigurationError: If the port does not have exactly one receiver.
            Ungoverned: If the port is governed and no decision permits it.
        """
        routes = self._wiring.routes(port, packet)
        if len(routes) != 1 or port not in self._wiring.asked:
            msg = f"agent {self.name}: a request by {port} needs a reply and one receiver, not {len(routes)}"
            raise ConfigurationError(msg)
        if not self._permitted(port):
            msg = f"the decision does not permit a request by {port}"
            raise RequestFailed(msg)
        turn = current.get()
        within = self.config.timeout_ms / 1000
        if turn is not None and turn.ends is not None:
            within = max(0.001, min(within, turn.ends - self.clock.monotonic()))
        sent = self._outgoing.to_route(turn, port, routes[0], packet, within)
        ends = self.clock.monotonic() + within

        async def ask() -> PacketEnvelope:
            reply = await self.bus.request(sent, max(0.001, ends - self.clock.monotonic()))
            return self._accepted(port, sent, reply)

        answered: PacketEnvelope | None = None
        try:
            answered = await self._caller.call(sent.target, ask, ends)
        except RequestFailed as failed:
            answered = failed.reply
            raise
        except (Transient, Undeliverable) as error:
            raise RequestFailed(str(error), passing=passing(error)) from error
        finally:
            if turn is not None and answered is not None:
                turn.path.extend(answered.path[len(sent.path) :])
        return answered

    async def emit(self, port: str, packet: Packet) -> None:
        """Send by an output port to every receiver, without waiting for what they do.

        What a turn sends leaves when the turn is over, and not at all if it fails.

        Raises:
            Undeliverable: If a receiver is not there.
            Ungoverned: If the port is governed and no decision of the gate is there.
        """
        routes = self._wiring.routes(port, packet)
        if not self._permitted(port):
            log.info("%s: what was to leave by %s is withheld", self.name, port)
            return
        turn = current.get()
        for route in routes:
            if not self.bus.reaches(route.target):
                msg = f"no agent {route.target} takes what {self.name}.{port} sends"
                raise Undeliverable(msg)
            sent = self._outgoing.to_route(turn, port, route, packet)
            if turn is not None:
                turn.outgoing.append(sent)
            else:
                await self.bus.publish(sent)

    def _permitted(self, port: str) -> bool:
        if port not in self.config.governance.governed:
            return True
        return self.gate.permit(current.get(), port)

    def _accepted(self, port: str, sent: PacketEnvelope, reply: PacketEnvelope | None) -> PacketEnvelope:
        if reply is None:
            msg = f"{sent.target} gave no reply"
            raise RequestFailed(msg)
        if reply.failed:
            msg = f"{sent.target} answered: {reply.payload.get('message', 'an error')}"
            # Late by the receiver's clock, which may be off: the turn asks again with a later deadline.
            late = reply.payload.get("code") == "expired"
            raise RequestFailed(msg, reply, passing=late or reply.payload.get("passing") is True)
        self._wiring.check_reply(port, reply)
        return reply

    async def _sweep(self) -> None:
        while True:
            try:
                await self.ledger.sweep()
                await self._opened.sweep()
            except Transient as error:
                log.warning("%s cannot let go of what is past its retention: %s", self.name, error)
            except Exception:
                log.exception("%s cannot let go of what is past its retention", self.name)
            await asyncio.sleep(SWEEP.total_seconds())
