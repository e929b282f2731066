"""The audit trail: one row for each decision and review, appended and never changed.

The database itself refuses to update, delete or replace a row. That stops mistakes and programs, not
somebody who may drop a trigger: only a chain of digests shows that, and this table has none yet.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, Column, Float, Integer, String, Table, event, insert, select
from sqlalchemy.schema import DDL, ExecutableDDLElement

from qpf_runtime.clock import Clock
from qpf_runtime.database import TABLES, Database, moment, stamp
from qpf_runtime.envelope import PacketEnvelope

AUDIT = Table(
    "audit",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("agent", String(40), nullable=False, index=True),
    Column("event", String(40), nullable=False),
    Column("packet_id", String(200), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("confidence", Float),
    Column("reasons", JSON, nullable=False),
    Column("correlation_id", String(200), nullable=False, index=True),
    sqlite_autoincrement=True,  # an id is never given twice
)

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"

for _name, _moment in (
    ("audit_no_update", "BEFORE UPDATE ON audit"),
    ("audit_no_delete", "BEFORE DELETE ON audit"),
    # INSERT OR REPLACE removes the old row without asking the DELETE trigger.
    ("audit_no_replace", "BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)"),
):
    _trigger: ExecutableDDLElement
    _trigger = DDL(f"CREATE TRIGGER {_name} {_moment} {_REFUSE}")  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
    event.listen(AUDIT, "after_create", _trigger.execute_if(dialect="sqlite"))


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the trail."""

    at: datetime
    agent: str
    event: str
    packet_id: str
    outcome: str
    confidence: float | None
    reasons: tuple[str, ...]
    correlation_id: str


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
    ) -> None:
        """Append a row; it is on disk when this returns. Does nothing if the schema turned the trail off."""
        if not self.enabled:
            return
        row = {
            "at": stamp(self._clock.now()),
            "agent": self._agent,
            "event": event,
            "packet_id": envelope.id,
            "outcome": outcome,
            "confidence": confidence,
            "reasons": list(reasons),
            "correlation_id": envelope.correlation_id,
        }
        await self._database.run(lambda connection: connection.execute(insert(AUDIT), row))

    async def entries(self, correlation_id: str | None = None, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Read the newest rows of this agent, oldest first; of one correlation, if it is named."""
        query = select(AUDIT).where(AUDIT.c.agent == self._agent)
        if correlation_id is not None:
            query = query.where(AUDIT.c.correlation_id == correlation_id)
        query = query.order_by(AUDIT.c.id.desc()).limit(limit)
        rows = await self._database.run(lambda connection: connection.execute(query).all())
        return tuple(
            AuditEntry(
                at=moment(row.at),
                agent=row.agent,
                event=row.event,
                packet_id=row.packet_id,
                outcome=row.outcome,
                confidence=row.confidence,
                reasons=tuple(row.reasons),
                correlation_id=row.correlation_id,
            )
            for row in reversed(rows)
        )
