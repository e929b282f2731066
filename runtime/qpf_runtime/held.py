"""One decision that waits for a person, as it is kept in the database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json
from sqlalchemy import Column, Float, Index, Integer, Row, String, Table, Text

from qpf_runtime.config import Severity
from qpf_runtime.database import TABLES, moment, stamp
from qpf_runtime.envelope import Json, PacketEnvelope
from qpf_runtime.errors import RuntimeFault
from qpf_runtime.governance import Decision, Outcome

State = Literal["pending", "approved", "rejected", "expired"]

STATES: tuple[State, ...] = ("pending", "approved", "rejected", "expired")

APPROVALS = Table(
    "approvals",
    TABLES,
    Column("agent", String(40), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("packet_id", String(200), nullable=False),
    Column("correlation_id", String(200), nullable=False),
    Column("envelope", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("confidence", Float),
    Column("path", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("decision", Text, nullable=False),
    Column("severity", String(10), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("contacts", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("round", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("outcome", String(10)),
    Column("answered_at", String(32)),
    Column("answered_by", String(200)),
    Column("note", Text, nullable=False),
    Index("ix_approvals_agent_state", "agent", "state", "created_at"),
)

_LEFT_OUT = frozenset({"id", "envelope", "facts", "path", "step"})

_DECISION = TypeAdapter(Decision)


class UnknownApproval(RuntimeFault):
    """No decision of that id waits here, or waited."""


class AnsweredAlready(RuntimeFault):
    """The decision was answered before: names by whom and when."""


class Expired(AnsweredAlready):
    """Nobody answered the decision in time: what the schema says for that case stands."""


class Taken(RuntimeFault):
    """Somebody else took the decision out of its round; nothing was written."""


class NotApplied(RuntimeFault):
    """The rest of the turn failed under the answer: nothing was written, and the decision still waits."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision that waits for a person, or waited.

    Attributes:
        id: Names it; derived from the packet's id and the step.
        envelope: The packet.
        facts: What the turn had found out.
        confidence: How sure the agent was.
        path: Hops up to the gate.
        step: The step that asked the gate.
        decision: What the gate said.
        severity: How urgently a person must look, now.
        channel: Where people are asked.
        contacts: Who is asked.
        created_at: Since when it waits.
        expires_at: Until when, by the wall clock of the process that held it.
        round: 1, or 2 once its time-out has escalated it.
        state: `pending`; `approved` or `rejected` by a person; `expired` if nobody answered in time.
        outcome: What became of it; None while it waits.
        answered_at: When.
        answered_by: By whom, as they said; `timeout` if nobody did.
        note: What they had to say.
    """

    id: str
    envelope: PacketEnvelope
    facts: Mapping[str, Json]
    confidence: float | None
    path: tuple[str, ...]
    step: int
    decision: Decision
    severity: Severity
    channel: str
    contacts: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    round: int = 1
    state: State = "pending"
    outcome: Outcome | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    note: str = ""


def approval_id(agent: str, packet_id: str, step: int) -> str:
    """Name the decision about a packet in a step of its flow: the same each time it is asked."""
    return sha256(f"{agent}\n{packet_id}\n{step}".encode()).hexdigest()[:16]


def columns(agent: str, approval: Approval) -> dict[str, Any]:
    """Spell it as a row."""
    told = {name: getattr(approval, name) for name in Approval.__slots__}
    decision = {name: value for name, value in asdict(approval.decision).items() if name != "seal"}
    answered = approval.answered_at
    return told | {
        "agent": agent,
        "packet_id": approval.envelope.id,
        "correlation_id": approval.envelope.correlation_id,
        "envelope": approval.envelope.model_dump_json(),
        "facts": _text(approval.facts),
        "path": _text(approval.path),
        "decision": _text(decision),
        "contacts": _text(approval.contacts),
        "created_at": stamp(approval.created_at),
        "expires_at": stamp(approval.expires_at),
        "answered_at": stamp(answered) if answered is not None else None,
    }


def read(row: Row[Any]) -> Approval:
    """Read a row."""
    told = {name: getattr(row, name) for name in Approval.__slots__}
    return Approval(
        **told
        | {
            "envelope": PacketEnvelope.model_validate_json(row.envelope),
            "facts": from_json(row.facts),
            "path": tuple(from_json(row.path)),
            "decision": _DECISION.validate_json(row.decision),
            "contacts": tuple(from_json(row.contacts)),
            "created_at": moment(row.created_at),
            "expires_at": moment(row.expires_at),
            "answered_at": moment(row.answered_at) if row.answered_at is not None else None,
        }
    )


def describe(approval: Approval) -> dict[str, Json]:
    """Spell it as JSON, for those who are to answer it."""
    told: dict[str, Json] = from_json(to_json(approval, inf_nan_mode="null"))
    decision = told["decision"]
    if isinstance(decision, dict):
        decision.pop("seal", None)
    return told


def summary(approval: Approval) -> dict[str, Json]:
    """Spell it as JSON, without the packet and what was found out about it."""
    told = describe(approval)
    envelope = approval.envelope
    named: dict[str, Json] = {
        "packet_id": envelope.id,
        "kind": envelope.kind,
        "correlation_id": envelope.correlation_id,
    }
    return {"id": approval.id} | named | {name: told[name] for name in told if name not in _LEFT_OUT}


def _text(value: object) -> str:
    return to_json(value).decode()
