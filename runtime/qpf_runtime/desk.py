"""Where an agent waits for people: it applies what the schema says when nobody answers in time.

Of several processes of one agent each looks; the one whose transaction takes the decision applies it.
"""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from qpf_runtime.approvals import Approvals
from qpf_runtime.audit import TIMEOUT
from qpf_runtime.database import collecting, moment
from qpf_runtime.errors import RuntimeFault, Transient, Undeliverable
from qpf_runtime.governance import SEVERITIES
from qpf_runtime.held import APPROVALS, AnsweredAlready, Approval, Taken
from qpf_runtime.ledger import AlreadyHandled, Entry
from qpf_runtime.turn import Turn, current

if TYPE_CHECKING:
    from qpf_runtime.agent import Agent

log = logging.getLogger("qpf_runtime.desk")

LOOK_SECONDS = 5.0
"""How often it looks for decisions whose time is over."""

SETTLE_SECONDS = 1.0
"""When it looks for the first time."""

LONGEST_PAUSE = 300.0
"""Seconds until a time-out that could not be applied is tried again, at most."""

MOST = 10_000
"""How many waiting decisions it keeps the time of; the others follow when those are gone."""

ROUNDS = 2
"""How often a decision waits, if its time-out escalates it: in the last round the time-out rejects it."""


class Desk:
    """The desk of one agent.

    Attributes:
        approvals: The decisions that wait there, or waited.
    """

    def __init__(self, agent: "Agent") -> None:
        self._agent = agent
        self.approvals = Approvals(agent)
        self._task: asyncio.Task[None] | None = None
        self._pauses: dict[str, tuple[float, float]] = {}

    def start(self) -> None:
        """Begin, with the decisions that wait since before this process."""
        self._task = asyncio.create_task(self._wait(), name=f"desk-{self._agent.name}")

    async def stop(self) -> None:
        """Stop; what waits goes on waiting in the database."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def look(self) -> int:
        """Apply the time-outs that have passed; tells how many.

        Raises:
            Unavailable: If the database does not answer.
        """
        query = select(APPROVALS.c.id, APPROVALS.c.round, APPROVALS.c.expires_at)
        query = query.where(APPROVALS.c.agent == self._agent.name, APPROVALS.c.state == "pending")
        query = query.order_by(APPROVALS.c.expires_at, APPROVALS.c.id).limit(MOST)
        rows = await self._agent.database.run(lambda connection: connection.execute(query).all())
        waiting = [(row.id, row.round) for row in rows]
        self.approvals.forget_all_but(waiting)
        self._pauses = {name: self._pauses[name] for name, _ in waiting if name in self._pauses}
        applied = 0
        for row in rows:
            due = self.approvals.due(row.id, row.round, moment(row.expires_at))
            if due and self._pauses.get(row.id, (0.0, 0.0))[1] <= self._agent.clock.monotonic():
                applied += await self._apply(row.id)
        return applied

    async def _wait(self) -> None:
        # At the start of a fleet those it sends to may not be there yet.
        await asyncio.sleep(SETTLE_SECONDS)
        while True:
            try:
                await self.look()
                await self.approvals.sweep()
            except Transient as error:
                log.warning("%s cannot look after waiting decisions: %s", self._agent.name, error)
            except Exception:
                log.exception("%s cannot look after waiting decisions", self._agent.name)
            await asyncio.sleep(LOOK_SECONDS)

    async def _apply(self, identity: str) -> bool:
        try:
            approval = await self.approvals.get(identity)
            policy = self.approvals.policy
            if policy.on_timeout == "escalate" and approval.round < ROUNDS:
                await self._escalate(approval)
            else:
                approve = policy.on_timeout == "approve"
                await self.approvals.time_out(approval, "approved" if approve else "rejected")
        except (AnsweredAlready, Taken, AlreadyHandled):
            return False  # a person, or another process, was faster
        except Exception as error:
            # One that cannot be applied must not keep the others waiting.
            pause = min(LONGEST_PAUSE, 2 * self._pauses.get(identity, (LOOK_SECONDS / 2, 0.0))[0])
            self._pauses[identity] = (pause, self._agent.clock.monotonic() + pause)
            unforeseen = None if isinstance(error, RuntimeFault) else error
            told = "%s: the time-out of a decision is applied in %g s: %s"
            log.warning(told, self._agent.name, pause, error, exc_info=unforeseen)
            return False
        return True

    async def _escalate(self, approval: Approval) -> None:
        """Let it wait once more, one severity up, and announce that."""
        agent, minutes = self._agent, self.approvals.policy.timeout_minutes
        level = min(SEVERITIES.index(approval.severity) + 1, len(SEVERITIES) - 1)
        why = f"nobody answered within {minutes} minutes: it waits once more"
        now, number = agent.clock.now(), approval.round + 1
        again = replace(
            approval,
            severity=SEVERITIES[level],
            round=number,
            expires_at=now + timedelta(minutes=minutes),
        )
        packet_id, envelope = approval.envelope.id, approval.envelope
        turn = Turn(
            envelope,
            agent.input_types[envelope.port].read(envelope.payload),
            dict(approval.facts),
            approval.confidence,
            agent.gate.answer(packet_id, approval.decision, "escalated", why, again.severity),
            path=list(approval.path),
            seed=f"{approval.id}+{number}",
        )
        with collecting() as unit:
            await self._announce(turn)
        entry = Entry(
            packet_id=f"{approval.id}+{number}",
            kind=envelope.kind,
            port=envelope.port,
            source=envelope.source,
            priority=envelope.priority,
            correlation_id=envelope.correlation_id,
            causation_id=packet_id,
            digest=envelope.digest,
            created_at=envelope.created_at,
            handled_at=now,
            seconds=0.0,
            hops=(),
            outcome="escalated",
            reply=None,
        )
        claim = self.approvals.claim(approval, again, why, TIMEOUT)
        await agent.ledger.commit(entry, unit, turn.outgoing, claim)
        agent.relay.take(turn.outgoing)

    async def _announce(self, turn: Turn) -> None:
        from qpf_runtime.components.governance import announce  # noqa: PLC0415 -- components know the agent, which knows its desk

        token = current.set(turn)
        try:
            await announce(self._agent, turn)
        except Undeliverable as error:
            log.warning("%s announces a waiting decision to nobody: %s", self._agent.name, error)
        finally:
            current.reset(token)
