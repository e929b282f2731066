"""The audit trail: one chain of rows an agent, appended to and never changed.

Each row holds the digest of the row before it and its own, over everything else it holds; the head of each
chain is kept in a table of its own. The database refuses to change or remove a row. That stops mistakes
and programs; whoever may drop a trigger is found by `qpf_runtime.audit_check`, unless they write the rest
of the chain and its head anew: that only a head shows that was exported before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, insert, select, update

from qpf_runtime.audit_tables import AUDIT, HEADS
from qpf_runtime.clock import Clock
from qpf_runtime.database import Database, moment, stamp
from qpf_runtime.envelope import Json, PacketEnvelope, canonical
from qpf_runtime.once import insert_once

AGENT = "agent"
"""Who acted, if the agent did."""

TIMEOUT = "timeout"
"""Who acted, if nobody answered in time."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the trail.

    Attributes:
        agent: Whose trail it is.
        seq: Its number there, from 1.
        at: When it was written.
        event: What happened: `decision`, `held`, `answer`, `timeout`, `bypass`, `review_KIND` …
        actor: Who did it: `agent`, `timeout`, or `person:NAME`.
        packet_id: The packet it is about.
        correlation_id: Which story that belongs to.
        outcome: What came of it.
        confidence: How sure the agent was; None if nobody measured it.
        reasons: Why, one sentence each.
        detail: What else belongs to it.
        digest: Of all this and of the digest of the row before.
    """

    agent: str
    seq: int
    at: datetime
    event: str
    actor: str
    packet_id: str
    correlation_id: str
    outcome: str
    confidence: float | None
    reasons: tuple[str, ...]
    detail: Mapping[str, Json]
    digest: str


def row_digest(row: Mapping[str, Any]) -> str:
    """Digest a row: SHA-256 over the canonical JSON of all its columns but the digest itself."""
    plain = {name: _plain(value) for name, value in row.items() if name != "digest"}
    return f"sha256:{sha256(canonical(plain)).hexdigest()}"


def _plain(value: object) -> Json:
    # What cannot be in a row that we wrote is spelt some way that is its own.
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float) and abs(value) < float("inf"):
        return value
    return repr(value)


def append(connection: Connection, agent: str, row: Mapping[str, Any]) -> None:
    """Append a row to an agent's chain, in the transaction of the connection.

    The head of the chain is locked until that ends: writers of other processes queue behind it.
    """
    query = select(HEADS.c.seq, HEADS.c.digest).where(HEADS.c.agent == agent).with_for_update()
    head = connection.execute(query).one_or_none()
    if head is None:
        insert_once(connection, HEADS, {"agent": agent, "seq": 0, "digest": ""})
        head = connection.execute(query).one()
    whole = {**row, "agent": agent, "seq": head.seq + 1, "previous": head.digest}
    whole["digest"] = row_digest(whole)
    connection.execute(insert(AUDIT), whole)
    forward = update(HEADS).where(HEADS.c.agent == agent)
    connection.execute(forward.values(seq=whole["seq"], digest=whole["digest"]))


class AuditTrail:
    """The trail of one agent."""

    def __init__(self, database: Database, agent: str, clock: Clock, *, enabled: bool = True) -> None:
        self._database = database
        self._agent = agent
        self._clock = clock
        self.enabled = enabled

    async def record(
        self,
        event: str,
        envelope: PacketEnvelope,
        outcome: str,
        confidence: float | None,
        reasons: tuple[str, ...],
        *,
        actor: str = AGENT,
        detail: Mapping[str, Json] | None = None,
    ) -> None:
        """Append a row with the end of the turn, at once outside of one.

        Does nothing if the schema turned the trail off.
        """
        row = self.row(event, envelope, outcome, confidence, reasons, actor=actor, detail=detail)
        await self._database.write(lambda connection: self.append(connection, row))

    def row(
        self,
        event: str,
        envelope: PacketEnvelope,
        outcome: str,
        confidence: float | None,
        reasons: tuple[str, ...],
        *,
        actor: str = AGENT,
        detail: Mapping[str, Json] | None = None,
    ) -> Mapping[str, Any]:
        """Make a row for `append`."""
        return {
            "at": stamp(self._clock.now()),
            "event": event,
            "actor": actor,
            "packet_id": envelope.id,
            "correlation_id": envelope.correlation_id,
            "outcome": outcome,
            # Databases do not tell 0.0 from -0.0.
            "confidence": None if confidence is None else float(confidence) + 0.0,
            "reasons": _text(list(reasons)),
            "detail": _text(dict(detail or {})),
        }

    def append(self, connection: Connection, row: Mapping[str, Any]) -> None:
        """Append a row that `row` made, in the transaction of the connection.

        Does nothing if the schema turned the trail off.
        """
        if self.enabled:
            append(connection, self._agent, row)

    async def entries(self, correlation_id: str | None = None, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Read the newest rows of this agent, oldest first; of one correlation, if it is named."""
        query = select(AUDIT).where(AUDIT.c.agent == self._agent)
        if correlation_id is not None:
            query = query.where(AUDIT.c.correlation_id == correlation_id)
        query = query.order_by(AUDIT.c.seq.desc()).limit(limit)
        rows = await self._database.run(lambda connection: connection.execute(query).all())
        return tuple(entry(row._mapping) for row in reversed(rows))  # noqa: SLF001 -- SQLAlchemy's public name for it


def entry(row: RowMapping) -> AuditEntry:
    """Read a row of the table."""
    told = {name: row[name] for name in AuditEntry.__slots__ if name not in {"at", "reasons", "detail"}}
    reasons, detail = tuple(from_json(row["reasons"])), from_json(row["detail"])
    return AuditEntry(at=moment(row["at"]), reasons=reasons, detail=detail, **told)


def _text(value: Any) -> str:
    return canonical(value).decode("utf-8", "replace")
