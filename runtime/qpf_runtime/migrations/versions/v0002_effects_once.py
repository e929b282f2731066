"""Inbox, outbox, held decisions, the graph of causes, vectors; and the audit trail becomes a chain.

What the old trail holds is chained in the order in which it was written.
"""

import json
from collections import defaultdict
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_AT_ONCE = 1000

_SQLITE = """
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit REFUSE
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit REFUSE
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE agent = NEW.agent AND seq = NEW.seq) REFUSE
CREATE TRIGGER audit_heads_forward BEFORE UPDATE ON audit_heads WHEN NEW.agent <> OLD.agent OR NEW.seq <> OLD.seq + 1 REFUSE
CREATE TRIGGER audit_heads_no_delete BEFORE DELETE ON audit_heads REFUSE
CREATE TRIGGER audit_heads_no_replace BEFORE INSERT ON audit_heads WHEN EXISTS (SELECT 1 FROM audit_heads WHERE agent = NEW.agent) REFUSE
""".replace("REFUSE", "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END")  # noqa: E501 -- one statement a line

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN REFUSE END $$
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
CREATE OR REPLACE FUNCTION audit_heads_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'UPDATE' THEN IF NEW.agent = OLD.agent AND NEW.seq = OLD.seq + 1 THEN RETURN NEW; END IF; END IF; REFUSE END $$
CREATE TRIGGER audit_heads_forward BEFORE UPDATE OR DELETE ON audit_heads FOR EACH ROW EXECUTE FUNCTION audit_heads_refuse()
CREATE TRIGGER audit_heads_no_truncate BEFORE TRUNCATE ON audit_heads FOR EACH STATEMENT EXECUTE FUNCTION audit_heads_refuse()
""".replace(  # noqa: E501 -- as above
    "REFUSE",
    "RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';",
)


def upgrade() -> None:
    """Take the step."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "inbox",
        sa.Column("agent", sa.String(40), primary_key=True),
        sa.Column("packet_id", sa.String(200), primary_key=True),
        sa.Column("kind", sa.String(200), nullable=False),
        sa.Column("port", sa.String(200), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("priority", sa.String(10), nullable=False),
        sa.Column("correlation_id", sa.String(200), nullable=False, index=True),
        sa.Column("causation_id", sa.String(200)),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("handled_at", sa.String(32), nullable=False, index=True),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("hops", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(40)),
        sa.Column("reply", sa.Text),
    )
    op.create_table(
        "outbox",
        sa.Column("agent", sa.String(40), primary_key=True),
        sa.Column("packet_id", sa.String(200), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("envelope", sa.Text, nullable=False),
    )
    op.create_index("ix_outbox_agent_at", "outbox", ["agent", "at"])
    op.create_table(
        "approvals",
        sa.Column("agent", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("packet_id", sa.String(200), nullable=False),
        sa.Column("correlation_id", sa.String(200), nullable=False),
        sa.Column("envelope", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(200), nullable=False),
        sa.Column("contacts", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(10)),
        sa.Column("answered_at", sa.String(32)),
        sa.Column("answered_by", sa.String(200)),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("ix_approvals_agent_state", "approvals", ["agent", "state", "created_at"])
    op.create_table(
        "causes",
        sa.Column("id", number, primary_key=True),
        sa.Column("at", sa.String(32), nullable=False, index=True),
        sa.Column("agent", sa.String(40), nullable=False),
        sa.Column("cause", sa.String(200), nullable=False),
        sa.Column("effect", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("correlation_id", sa.String(200), nullable=False),
        sa.Column("exported", sa.Boolean, nullable=False),
        sa.UniqueConstraint("agent", "cause", "effect", "kind", name="uq_causes_edge"),
    )
    op.create_index("ix_causes_cause", "causes", ["cause"])
    op.create_index("ix_causes_effect", "causes", ["effect"])
    op.create_index("ix_causes_agent_exported", "causes", ["agent", "exported"])
    op.create_table(
        "semantic",
        sa.Column("agent", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("version", number, nullable=False),
    )
    op.create_index("ix_semantic_agent_version", "semantic", ["agent", "version"])
    op.create_table(
        "semantic_versions",
        sa.Column("agent", sa.String(40), primary_key=True),
        sa.Column("version", number, nullable=False, autoincrement=False),
    )
    _chain_the_trail()


def _chain_the_trail() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        for trigger in ("audit_no_update", "audit_no_delete", "audit_no_replace"):
            op.execute(f"DROP TRIGGER {trigger}")
    op.drop_index("ix_audit_agent", "audit")
    op.drop_index("ix_audit_correlation_id", "audit")
    op.rename_table("audit", "audit_before")
    if not sqlite:
        op.execute("ALTER INDEX audit_pkey RENAME TO audit_before_pkey")
    audit = op.create_table(
        "audit",
        sa.Column("agent", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(220), nullable=False),
        sa.Column("packet_id", sa.String(200), nullable=False),
        sa.Column("correlation_id", sa.String(200), nullable=False, index=True),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sqlite_with_rowid=False,
    )
    heads = op.create_table(
        "audit_heads",
        sa.Column("agent", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sqlite_with_rowid=False,
    )
    ends = _copy(connection, audit)
    if ends:
        rows = [{"agent": agent, "seq": seq, "digest": digest} for agent, (seq, digest) in ends.items()]
        connection.execute(sa.insert(heads), rows)
    op.drop_table("audit_before")
    for statement in (_SQLITE if sqlite else _POSTGRESQL).strip().splitlines():
        op.execute(statement)


def _copy(connection: sa.Connection, audit: sa.Table) -> dict[str, tuple[int, str]]:
    names = ("id", "at", "agent", "event", "packet_id", "outcome", "confidence", "correlation_id")
    before = sa.table("audit_before", *map(sa.column, names), sa.column("reasons", sa.JSON))
    ends: dict[str, tuple[int, str]] = defaultdict(lambda: (0, ""))
    last = 0
    while True:
        query = sa.select(before).where(before.c.id > last).order_by(before.c.id).limit(_AT_ONCE)
        found = connection.execute(query).mappings().all()
        if not found:
            return dict(ends)
        rows = []
        for old in found:
            seq, digest = ends[old["agent"]]
            row = {name: old[name] for name in names if name != "id"}
            confidence = None if row["confidence"] is None else float(row["confidence"]) + 0.0
            row |= {"actor": "agent", "reasons": _canonical(old["reasons"]), "detail": "{}"}
            row |= {"confidence": confidence, "seq": seq + 1, "previous": digest}
            row["digest"] = f"sha256:{sha256(_canonical(row).encode()).hexdigest()}"
            ends[old["agent"]] = (row["seq"], row["digest"])
            rows.append(row)
        connection.execute(sa.insert(audit), rows)
        last = found[-1]["id"]


def _canonical(value: Any) -> str:
    # As `qpf_runtime.envelope.canonical` did when this step was written: a step never changes.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)  # noqa: TID251 -- see above
