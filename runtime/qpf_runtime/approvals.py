"""The queue of decisions that wait for a person.

A turn that the gate escalates leaves a row here, in its own transaction. Answering it takes the turn through
the rest of its flow once more, under the answer; the row, the audit trail, and all that the rest of the
flow writes and emits are one transaction, so that an answer counts once and has its effects once. (What the
rest of the flow asks others by `request` goes out before, as in every turn.)
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError
from sqlalchemy import Connection, delete, select, tuple_, update

from qpf_runtime.audit import TIMEOUT
from qpf_runtime.config import EscalationPolicy
from qpf_runtime.database import Work, current_unit, stamp
from qpf_runtime.errors import PacketRejected, RuntimeFault, Unavailable
from qpf_runtime.failure import Failure, TurnError
from qpf_runtime.governance import Outcome
from qpf_runtime.held import (
    APPROVALS,
    AnsweredAlready,
    Approval,
    Expired,
    NotApplied,
    State,
    Taken,
    UnknownApproval,
    approval_id,
    columns,
    read,
)
from qpf_runtime.ledger import AlreadyHandled
from qpf_runtime.once import insert_once
from qpf_runtime.turn import Turn

if TYPE_CHECKING:
    from qpf_runtime.agent import Agent

Answer = Literal["approve", "reject"]

LARGEST = 1024 * 1024
"""Most characters of a packet, or of what its turn found out, that can be held."""

LONGEST_PAGE = 200

KEPT = timedelta(days=30)
"""How long answered decisions are listed; the audit trail keeps them."""

SWEPT_AT_ONCE = 1000


class Approvals:
    """The decisions of one agent that wait for a person, or waited."""

    def __init__(self, agent: "Agent") -> None:
        self._agent = agent
        self._deadlines: dict[tuple[str, int], float] = {}
        self._answering = asyncio.Lock()

    @property
    def policy(self) -> EscalationPolicy:
        """What the schema says of those who do not answer; without a policy, they reject."""
        return self._agent.config.governance.escalationpolicy or EscalationPolicy(channel="none")

    async def hold(self, turn: Turn) -> None:
        """Hold a turn whose decision is escalated, with the end of the turn.

        Does nothing if the schema has no escalation policy, or allows no human override.

        Raises:
            PacketRejected: If the packet, or what was found out about it, is too large to be held.
        """
        governance, decision = self._agent.config.governance, turn.decision
        if decision is None or governance.escalationpolicy is None or not governance.humanoverride:
            return
        now = self._agent.clock.now()
        approval = Approval(
            id=approval_id(self._agent.name, turn.envelope.id, turn.step),
            envelope=turn.envelope,
            facts=turn.facts,
            confidence=turn.confidence,
            path=tuple(turn.path),
            step=turn.step,
            decision=decision,
            severity=decision.severity,
            channel=self.policy.channel,
            contacts=self.policy.contacts,
            created_at=now,
            expires_at=now + timedelta(minutes=self.policy.timeout_minutes),
        )
        row = columns(self._agent.name, approval)
        for name in ("envelope", "facts"):
            if len(row[name]) > LARGEST:
                msg = (
                    f"the {name} cannot be held for a person: {len(row[name])} characters, at most {LARGEST}"
                )
                raise PacketRejected(msg)
        # A flow with two gates comes by the second again when the first is answered.
        await self._agent.database.write(lambda connection: insert_once(connection, APPROVALS, row))
        await self._agent.audit.record(
            "held",
            turn.envelope,
            "pending",
            decision.confidence,
            (),
            detail={"approval": approval.id, "channel": approval.channel, "expires_at": row["expires_at"]},
        )

        async def watch() -> None:
            self.due(approval.id, approval.round, approval.expires_at)

        unit = current_unit()
        if unit is not None:
            unit.after.append(watch)

    async def list(
        self, state: State | None = None, after: str | None = None, limit: int = 50
    ) -> tuple[Approval, ...]:
        """Give a page of decisions, the longest waiting first.

        Args:
            state: In which state; in any, if it is None.
            after: Id of the last one of the page before.
            limit: Most that are given, up to 200.

        Raises:
            UnknownApproval: If there is none of the id `after`.
        """
        query = select(APPROVALS).where(APPROVALS.c.agent == self._agent.name)
        if state is not None:
            query = query.where(APPROVALS.c.state == state)
        if after is not None:
            last = await self.get(after)
            place = tuple_(APPROVALS.c.created_at, APPROVALS.c.id)
            query = query.where(place > tuple_(stamp(last.created_at), last.id))
        query = query.order_by(APPROVALS.c.created_at, APPROVALS.c.id).limit(min(limit, LONGEST_PAGE))
        rows = await self._agent.database.run(lambda connection: connection.execute(query).all())
        return tuple(map(read, rows))

    async def get(self, identity: str) -> Approval:
        """Give one decision.

        Raises:
            UnknownApproval: If there is none of that id.
        """
        query = select(APPROVALS).where(APPROVALS.c.agent == self._agent.name, APPROVALS.c.id == identity)
        row = None
        if identity.isalnum():  # what no id can be need not be looked for, and not every database could
            row = await self._agent.database.run(lambda connection: connection.execute(query).first())
        if row is None:
            msg = f"agent {self._agent.name} holds no decision {identity}"
            raise UnknownApproval(msg)
        return read(row)

    async def answer(self, identity: str, answer: Answer, by: str, note: str = "") -> Approval:
        """Answer a decision in the name of a person: once, with all that follows from it.

        Args:
            identity: The decision's id.
            answer: `approve` or `reject`.
            by: Who answers, as they say.
            note: Why.

        Returns:
            The decision as it is now.

        Raises:
            UnknownApproval: If there is none of that id.
            AnsweredAlready: If it was answered; `Expired`, if its time-out has passed.
            NotApplied: If the rest of the turn failed under the answer; it still waits.
            Unavailable: If it failed for a passing reason; it still waits.
        """
        approval = await self.get(identity)
        if approval.state == "pending" and self.due(approval.id, approval.round, approval.expires_at):
            msg = f"decision {identity} waited until {approval.expires_at.isoformat()}; it times out now"
            raise Expired(msg)
        outcome: Literal["approved", "rejected"] = "approved" if answer == "approve" else "rejected"
        why = f"{outcome} by {by}" + (f": {note}" if note else "")
        answered = replace(approval, state=outcome, outcome=outcome, answered_by=by, note=note)
        return await self._apply(approval, answered, why, f"person:{by}")

    async def time_out(self, approval: Approval, outcome: Outcome) -> Approval:
        """Let a decision that nobody answered be what the schema says for that case.

        Raises:
            AnsweredAlready, NotApplied, Unavailable: As `answer`.
        """
        minutes = self.policy.timeout_minutes
        why = f"{outcome}: nobody answered within {minutes} minutes (round {approval.round})"
        answered = replace(approval, state="expired", outcome=outcome, answered_by=TIMEOUT)
        return await self._apply(approval, answered, why, TIMEOUT)

    def due(self, identity: str, number: int, expires_at: datetime) -> bool:
        """Tell whether the time-out of a decision has passed, in a round of that number.

        From when this process first sees it, the rest of its time is measured by the monotonic clock: a wall
        clock that jumps ends no wait and prolongs none. The rest is never more than the time-out.
        """
        clock = self._agent.clock
        key = (identity, number)
        if key not in self._deadlines:
            left = (expires_at - clock.now()).total_seconds()
            self._deadlines[key] = clock.monotonic() + min(max(left, 0.0), self.policy.timeout_minutes * 60.0)
        return self._deadlines[key] <= clock.monotonic()

    def forget_all_but(self, pending: Iterable[tuple[str, int]]) -> None:
        """Measure the time of these ids and rounds only."""
        self._deadlines = {key: self._deadlines[key] for key in pending if key in self._deadlines}

    async def sweep(self) -> int:
        """Let go of what was answered long ago, a thousand at a time; tells how many."""
        mine, old = APPROVALS.c.agent == self._agent.name, stamp(self._agent.clock.now() - KEPT)
        oldest = select(APPROVALS.c.id).where(mine, APPROVALS.c.answered_at < old).limit(SWEPT_AT_ONCE)
        swept = delete(APPROVALS).where(mine, APPROVALS.c.id.in_(oldest))
        return await self._agent.database.run(lambda connection: int(connection.execute(swept).rowcount))

    def claim(self, approval: Approval, answered: Approval, why: str, actor: str) -> Work[None]:
        """Make the work that takes a decision out of its round; it raises `Taken` if somebody else did."""
        row = columns(self._agent.name, replace(answered, answered_at=self._agent.clock.now()))
        if answered.state == "pending":
            row["answered_at"] = None
        changed = (
            "severity",
            "expires_at",
            "round",
            "state",
            "outcome",
            "answered_at",
            "answered_by",
            "note",
        )
        change = update(APPROVALS).where(
            APPROVALS.c.agent == self._agent.name,
            APPROVALS.c.id == approval.id,
            APPROVALS.c.state == "pending",
            APPROVALS.c.round == approval.round,
        )
        change = change.values({name: row[name] for name in changed})
        trail = self._agent.audit.row(
            "timeout" if actor == TIMEOUT else "answer",
            approval.envelope,
            answered.outcome or "escalated",
            approval.confidence,
            (why,),
            actor=actor,
            detail={"approval": approval.id, "round": approval.round, "note": answered.note},
        )

        def work(connection: Connection) -> None:
            if connection.execute(change).rowcount != 1:
                raise Taken(approval.id)
            self._agent.audit.append(connection, trail)

        return work

    async def _apply(self, approval: Approval, answered: Approval, why: str, actor: str) -> Approval:
        outcome = answered.outcome
        assert outcome is not None
        async with self._answering:
            await self._check_pending(approval)
            packet_id, severity = approval.envelope.id, approval.severity
            decision = self._agent.gate.answer(packet_id, approval.decision, outcome, why, severity)
            try:
                await self._agent.resume(approval, decision, self.claim(approval, answered, why, actor))
            except (Taken, AlreadyHandled):
                await self._check_pending(approval)
                raise
            except TurnError as error:
                raise await self._not_applied(approval, error.failure) from error
            except (KeyError, ValidationError) as error:
                msg = f"decision {approval.id} still waits: the agent was changed: {error}"
                raise NotApplied(msg) from error
        return await self.get(approval.id)

    async def _not_applied(self, approval: Approval, failure: Failure) -> RuntimeFault:
        if failure.code == "ungoverned":
            await self._agent.audit.record("bypass", approval.envelope, "refused", None, (failure.message,))
        msg = f"decision {approval.id} still waits: {failure.message} ({failure.code} at {failure.at})"
        return Unavailable(msg) if failure.passing else NotApplied(msg)

    async def _check_pending(self, approval: Approval) -> None:
        now = await self.get(approval.id)
        at = now.answered_at.isoformat(timespec="seconds") if now.answered_at is not None else "?"
        if now.state == "expired":
            msg = f"decision {now.id} timed out at {at}: it is {now.outcome}"
            raise Expired(msg)
        if now.state != "pending":
            msg = f"decision {now.id} was {now.state} by {now.answered_by} at {at}"
            raise AnsweredAlready(msg)
        if now.round != approval.round:
            msg = f"decision {now.id} went into round {now.round} meanwhile; look at it again"
            raise AnsweredAlready(msg)
