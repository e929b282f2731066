"""Takes deliveries through their flows: at the door, step by step, and into the ledger in one transaction."""

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpf_runtime.bus.port import Again, Dead, Delivery, Done, Settlement
from qpf_runtime.database import Work, collecting
from qpf_runtime.door import admit, in_time, resent
from qpf_runtime.envelope import ERROR, Json, PacketEnvelope
from qpf_runtime.errors import DatabaseGone, Ungoverned
from qpf_runtime.failure import REFUSALS, Failure, TurnError, explain
from qpf_runtime.governance import Decision
from qpf_runtime.ids import spread
from qpf_runtime.ledger import AlreadyHandled, Entry
from qpf_runtime.outgoing import Outgoing
from qpf_runtime.runtime import Runtime, Settled, TurnRecord
from qpf_runtime.turn import Held, Step, Turn, current
from qpf_runtime.wiring import Flow, Wiring

if TYPE_CHECKING:
    from qpf_runtime.agent import Agent

log = logging.getLogger("qpf_runtime.receiver")

RECENT = 10_000
"""Handled packets this process remembers. One of them, or one that was handed out before, is looked up before
its turn; of any other the commit finds out, which spares most packets a look into the database.
"""

PAUSE = 1.0
"""Seconds, at most, until a database is tried again, and a packet whose agent configures no backoff."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a delivery ended: what the bus is told, and what watchers are told of it."""

    settlement: Settlement
    settled: Settled
    turn: Turn | None = None
    failure: Failure | None = None


class Receiver:
    """Handles the deliveries of one agent."""

    def __init__(self, agent: "Agent", wiring: Wiring, outgoing: Outgoing, runtime: Runtime) -> None:
        self._agent = agent
        self._wiring = wiring
        self._outgoing = outgoing
        self._runtime = runtime
        self._running: dict[str, asyncio.Future[_Outcome]] = {}
        self._recent: OrderedDict[str, None] = OrderedDict()

    @property
    def in_flight(self) -> int:
        """How many packets are being handled."""
        return len(self._running)

    async def receive(self, delivery: Delivery) -> Settlement:
        """Handle one delivery. The same packet delivered twice at a time is handled once."""
        envelope = delivery.envelope
        started = self._agent.clock.monotonic()
        while (running := self._running.get(envelope.id)) is not None:
            # A copy waits for the first: then it is a duplicate, or is tried again in its own time.
            await asyncio.wait([running])
        ended: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
        self._running[envelope.id] = ended
        try:
            await self._agent.relay.room()
            with self._runtime.tracer.turn(envelope, self._agent.name) as span:
                outcome = await self._handle(delivery)
                if outcome.failure is not None:
                    span.fail(outcome.failure.message, outcome.failure.code)
        finally:
            self._running.pop(envelope.id, None)
            ended.cancel()
        turn = outcome.turn
        self._runtime.watched(
            TurnRecord(
                agent=self._agent.name,
                envelope=envelope,
                hops=tuple(turn.path[len(envelope.path) :]) if turn else (),
                seconds=self._agent.clock.monotonic() - started,
                answers=envelope.port in self._wiring.answered,
                decision=turn.decision if turn else None,
                failure=outcome.failure,
                attempt=delivery.attempt,
                settled=outcome.settled,
            )
        )
        return outcome.settlement

    async def resume(self, held: Held, decision: Decision, claim: Work[object]) -> None:
        """Take a turn that waited at the gate through the rest of its flow.

        Raises:
            TurnError: If a step fails, or the flow is another now; nothing was written, and the decision is
                still to be taken.
        """
        flow = self._wiring.inputs[held.envelope.port]
        waited = held.path[-1] if held.path else "nothing"
        if [self._hop(step) for step in flow.steps[held.step : held.step + 1]] != [waited]:
            msg = f"step {held.step} of the flow is no longer {waited}: the agent was changed while it waited"
            raise TurnError(Failure("flow_changed", msg, held.envelope.target))
        turn = Turn(
            held.envelope,
            flow.packet_type.read(held.envelope.payload),
            dict(held.facts),
            held.confidence,
            decision,
            path=list(held.path),
            started=self._agent.clock.monotonic(),
            step=held.step + 1,
            # What it sends now is not what it sent when it was held.
            seed=f"{held.id}+answer",
        )
        with self._runtime.tracer.turn(held.envelope, self._agent.name):
            await self._run(turn, flow, f"{held.id}+answer", claim)

    async def _handle(self, delivery: Delivery) -> _Outcome:
        """Handle a delivery. While the database is gone no packet is to blame: none is given up for it."""
        envelope, told = delivery.envelope, False
        while True:
            try:
                return await self._attempt(delivery)
            except DatabaseGone as error:
                failure = Failure("unavailable", str(error), envelope.target, passing=True)
                if delivery.asked:
                    return await self._failed(delivery, None, failure)
                if not told:
                    log.warning("%s waits for the database: %s", envelope.id, error)
                    told = True
            await asyncio.sleep(spread(PAUSE))

    async def _attempt(self, delivery: Delivery) -> _Outcome:
        envelope = delivery.envelope
        turn: Turn | None = None
        try:
            flow, packet = admit(self._agent.config, self._wiring, envelope)
            if delivery.attempt > 1 or envelope.id in self._recent:
                entry = await self._agent.ledger.seen(envelope.id)
                if entry is not None:
                    return self._duplicate(envelope, entry)
            in_time(envelope, self._agent.clock.now())
            turn = Turn(envelope, packet, path=list(envelope.path), started=self._agent.clock.monotonic())
            try:
                reply = await self._run(turn, flow, envelope.id)
            except AlreadyHandled:
                entry = await self._agent.ledger.seen(envelope.id)
                if entry is None:
                    raise
                return self._duplicate(envelope, entry)
            self._remember_recent(envelope.id)
            return _Outcome(Done(reply), "done", turn)
        except DatabaseGone:
            raise
        except TurnError as failed:
            if isinstance(failed.__cause__, DatabaseGone):
                raise failed.__cause__ from None
            failure = failed.failure
        except Exception as error:  # noqa: BLE001 -- it is logged and answered
            # The flow was well, and what it wrote was not.
            failure = explain(error, envelope.target)
        if turn is not None:
            # It may have been handled where nobody here knows of: then what was answered stands.
            entry = await self._agent.ledger.seen(envelope.id)
            if entry is not None:
                with suppress(TurnError):
                    return self._duplicate(envelope, entry)
        return await self._failed(delivery, turn, failure)

    def _duplicate(self, envelope: PacketEnvelope, entry: Entry) -> _Outcome:
        """What the first one was answered stands, whoever handled it.

        Raises:
            TurnError: If it is another packet under the same id.
        """
        self._remember_recent(envelope.id)
        resent(envelope, entry.digest, entry.source, entry.causation_id)
        self._agent.relay.look()
        return _Outcome(Done(entry.reply), "duplicate")

    def _remember_recent(self, packet_id: str) -> None:
        self._recent[packet_id] = None
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    async def _run(
        self, turn: Turn, flow: Flow, packet_id: str, claim: Work[object] | None = None
    ) -> PacketEnvelope | None:
        envelope, reply = turn.envelope, None
        with collecting() as unit:
            await self._flow(turn, flow)
            if "causal" in self._agent.memory.layers:
                await self._link(turn)
        if turn.reply is not None:
            told = turn.reply
            reply = self._outgoing.answer(envelope, told.kind, told.version, told.payload(), tuple(turn.path))
        clock = self._agent.clock
        entry = Entry(
            packet_id=packet_id,
            kind=envelope.kind,
            port=envelope.port,
            source=envelope.source,
            priority=envelope.priority,
            correlation_id=envelope.correlation_id,
            causation_id=envelope.causation_id,
            digest=envelope.digest,
            created_at=envelope.created_at,
            handled_at=clock.now(),
            seconds=clock.monotonic() - (turn.started or 0.0),
            hops=tuple(turn.path[len(envelope.path) :]),
            outcome=turn.decision.outcome if turn.decision else None,
            reply=reply,
        )
        await self._agent.ledger.commit(entry, unit, turn.outgoing, claim)
        self._agent.relay.take(turn.outgoing)
        for follow in unit.after:
            try:
                await follow()
            except Exception:
                log.exception("something that follows %s failed; the turn stands", envelope.id)
        return reply

    async def _link(self, turn: Turn) -> None:
        """Learn what caused this packet, and what it causes."""
        causal, envelope = self._agent.memory.causal, turn.envelope
        story = envelope.correlation_id
        if envelope.causation_id is not None:
            await causal.link(envelope.causation_id, envelope.id, "packet", story)
        decided = envelope.id
        if turn.decision is not None:
            decided = f"{turn.seed or envelope.id}#{turn.decision.outcome}"
            await causal.link(envelope.id, decided, "decision", story)
        for sent in turn.outgoing:
            await causal.link(decided, sent.id, "packet", story)

    async def _flow(self, turn: Turn, flow: Flow) -> None:
        at = turn.envelope.target
        seconds = self._agent.config.timeout_ms / 1000
        if turn.envelope.deadline is not None and not turn.seed:  # a person's answer comes when it comes
            seconds = min(seconds, (turn.envelope.deadline - self._agent.clock.now()).total_seconds())
        turn.ends = self._agent.clock.monotonic() + seconds
        token = current.set(turn)
        try:
            async with asyncio.timeout(seconds) as limit:
                for step in flow.steps[turn.step :]:
                    at = self._hop(step)
                    turn.path.append(at)
                    with self._runtime.tracer.step(at):
                        await step(turn)
                    turn.step += 1
        except Exception as error:
            late = Failure("timeout", f"not finished within {round(seconds * 1000)} ms", at, passing=True)
            raise TurnError(late if limit.expired() else explain(error, at)) from error
        finally:
            current.reset(token)
        if turn.ungoverned:
            raise TurnError(explain(Ungoverned(turn.ungoverned), at))
        expected = flow.reply_type
        if expected is None:
            turn.reply = None
        elif not isinstance(turn.reply, expected):
            got = turn.reply.kind if turn.reply else "none"
            msg = f"the flow ended with reply {got}; the port owes {expected.kind}"
            raise TurnError(Failure("step_failed", msg, at))

    def _hop(self, step: Step) -> str:
        return f"{self._agent.name}.{getattr(step, '__name__', type(step).__name__)}"

    async def _failed(self, delivery: Delivery, turn: Turn | None, failure: Failure) -> _Outcome:
        envelope = delivery.envelope
        if failure.passing and not delivery.asked and not delivery.last:
            wait = self._agent.config.delivery.backoff_seconds or (PAUSE,)
            longest = wait[min(delivery.attempt, len(wait)) - 1]
            return _Outcome(Again(failure.message, spread(longest)), "again", turn, failure)
        if turn is not None:
            # What is refused at the door is counted; whoever sends it without end must not fill a memory.
            await self._remember(envelope, failure)
        path = tuple(turn.path) if turn else envelope.path
        reply = self._outgoing.answer(envelope, ERROR, 1, failure.payload(), path) if delivery.asked else None
        if delivery.asked and (failure.passing or failure.code in REFUSALS):
            return _Outcome(Done(reply), "refused", turn, failure)
        return _Outcome(Dead(failure.code, failure.message, reply), "dead", turn, failure)

    async def _remember(self, envelope: PacketEnvelope, failure: Failure) -> None:
        content: dict[str, Json] = {**failure.payload(), "packet_id": envelope.id, "kind": envelope.kind}
        try:
            if failure.code == "ungoverned":
                await self._agent.audit.record("bypass", envelope, "refused", None, (failure.message,))
            port = envelope.port[:200]
            await self._agent.memory.episodic.append("failed_turn", port, content, envelope.correlation_id)
        except Exception:
            log.exception("a failed turn of %s could not be remembered", self._agent.name)
